// Lossy coding of gray pictures with a learned transform: its code, quantised, is coded tile by tile;
// integers turn it back into samples.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/code_coder.h"
#include "codec/integer_network.h"
#include "codec/samples.h"
#include "codec/step_encoder.h"

namespace aedenoise::codec {

using ModelHash = std::array<std::uint8_t, 32>;  // SHA-256 of a model file

// All that decoding needs of a model.
struct LearnedModel {
  ModelHash hash{};
  IntegerNetwork synthesis;
  int shuffle = 1;  // results of the synthesis become blocks of so many pixels squared: channels row by row
  CodeTables tables;

  // Pixels per code value along an axis.
  int side() const { return synthesis.scale() * shuffle; }
  // Error{data} unless the parts fit each other and the grid of tiles.
  void check() const;
};

// What an analysis network made of a picture, padded to whole values: ranges of samples (1 is high - low)
// with kValueFraction bits.
struct LearnedCode {
  const LearnedModel* model = nullptr;
  Values plane;
};

// The code of a gray picture of one slice. `analysis` takes blocks of pixels as the synthesis gives them,
// less half of the range. Error{data} when it does not fit the model, which must outlive the result.
LearnedCode analyse(const LearnedModel& model, const IntegerNetwork& analysis, const Samples& samples);

class LearnedEncoder : public StepEncoder {
 public:
  // Both must outlive this. `shape`: of the picture, of one channel and slice.
  LearnedEncoder(const LearnedCode& code, const Samples& shape);
  std::vector<std::vector<std::uint8_t>> encode(Quantisation& quantisation, std::span<const Box> boxes,
                                                std::size_t together) const override;
  // From the code, without reading the tiles.
  void decode(std::span<const std::span<const std::uint8_t>> tiles, const Quantisation& quantisation,
              Samples& samples) const override;

 private:
  const LearnedCode& code_;
  Samples shape_;  // without values
};

// What coding the codes of typical pictures teaches; see CodeTables::prior.
class PriorLearner {
 public:
  explicit PriorLearner(const LearnedModel& model) : model_(model), coder_(decisions_, model.tables) {}
  void see(const LearnedCode& code, const Samples& shape, std::uint32_t step);
  std::vector<std::int16_t> prior() const { return coder_.prior(); }

 private:
  const LearnedModel& model_;
  RansEncoder decisions_;
  CodeCoder<RansEncoder> coder_;
};

// Like decode_transform().
void decode_learned(const LearnedModel& model, std::span<const std::span<const std::uint8_t>> tiles,
                    const Quantisation& quantisation, const Box& wanted, Samples& samples);
bool needed(const LearnedModel& model, const Box& tile, const Box& wanted);

}  // namespace aedenoise::codec
