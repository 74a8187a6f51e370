// Lossy coding of pictures and volumes with a learned transform: the code of each plane, quantised, is coded
// tile by tile; integers turn it back into samples.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/learned_transform.h"
#include "codec/samples.h"
#include "codec/step_encoder.h"

namespace aedenoise::codec {

class LearnedEncoder : public StepEncoder {
 public:
  // `code` must outlive this. `shape`: of what it is the code of.
  LearnedEncoder(const LearnedCode& code, const Samples& shape);
  std::vector<std::vector<std::uint8_t>> encode(Quantisation& quantisation, std::span<const Box> boxes,
                                                std::size_t together) const override;
  // From the code, without reading the tiles.
  void decode(std::span<const std::span<const std::uint8_t>> tiles, const Quantisation& quantisation,
              Samples& samples) const override;

 private:
  const LearnedCode& code_;
  Samples shape_;  // its size
};

// What coding the codes of typical pictures teaches; see CodeTables::prior.
class PriorLearner {
 public:
  explicit PriorLearner(const LearnedModel& model) : model_(model), coder_(decisions_, model.tables) {}
  // `shape`: of one group of slices at most.
  void see(const LearnedCode& code, const Samples& shape, const Quantisation& quantisation);
  std::vector<std::int16_t> prior() const { return coder_.prior(); }

 private:
  const LearnedModel& model_;
  RansEncoder decisions_;
  CodeCoder<RansEncoder> coder_;
};

// Like decode_transform().
void decode_learned(const LearnedModel& model, std::span<const std::span<const std::uint8_t>> tiles,
                    const SampleRange& range, const Quantisation& quantisation, const Box& wanted,
                    Samples& samples);
bool needed(const LearnedModel& model, const Box& tile, const Box& wanted);

}  // namespace aedenoise::codec
