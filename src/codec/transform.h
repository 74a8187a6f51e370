// Lossy coding of volumes: wavelet transform of whole planes, across slices too where that pays,
// quantisation, and the coefficients of each tile coded by themselves.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/samples.h"
#include "codec/step_encoder.h"

namespace aedenoise::codec {

class TransformEncoder : public StepEncoder {
 public:
  // Transforms `samples`, which must outlive this.
  explicit TransformEncoder(const Samples& samples);

  std::vector<std::vector<std::uint8_t>> encode(Quantisation& quantisation, std::span<const Box> boxes,
                                                std::size_t together) const override;
  void decode(std::span<const std::span<const std::uint8_t>> tiles, const Quantisation& quantisation,
              Samples& samples) const override;

 private:
  Samples shape_;  // without values
  int levels_ = 0;
  std::array<std::vector<std::int32_t>, 2> coefficients_;  // by slice_levels; the second only of volumes
};

// Of `samples`, which has its size, range and no content, the part `wanted`; the rest is arbitrary. `tiles`:
// the coded ones; those that needed() says no to may be empty. Error{data} when one is damaged.
void decode_transform(std::span<const std::span<const std::uint8_t>> tiles, const Quantisation& quantisation,
                      const Box& wanted, Samples& samples);
// Whether `tile` matters to `wanted`.
bool needed(const Box& tile, const Box& wanted, int width, int height);

}  // namespace aedenoise::codec
