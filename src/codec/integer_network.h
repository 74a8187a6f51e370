// A convolutional network evaluated in integers, exactly the same on every machine: what turns the code of
// the learned codec into samples, and so must not depend on how a float library sums. It lies here, and not
// beside the float networks, because it is part of the file format: it needs nothing but the tables a model
// file holds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/pair_products.h"

namespace aedenoise::codec {

// Values between layers are 16-bit fractions with so many bits after the point; beyond +-8 they saturate.
inline constexpr int kValueFraction = 12;

struct IntegerLayer {
  enum class Kind : std::uint8_t {
    convolution,  // 3x3, zeros around the plane
    up,           // transposed 2x2 with stride 2: twice the size
    down,         // 2x2 with stride 2: half the size, which was even
  };
  Kind kind = Kind::convolution;
  int src = 1;  // channels
  int dst = 1;
  bool relu = false;
  bool adds = false;                  // the source of the layer before is added to the result
  std::vector<std::int16_t> weights;  // dst, src, kernel, kernel; `shift` bits after the point
  std::vector<std::int32_t> bias;     // dst; shift + kValueFraction bits after the point
  int shift = 1;                      // the sum is rounded, halves upwards, and shifted by this
};

// A plane of values, channels side by side.
struct Values {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::int16_t> values;

  std::int16_t* at(int x, int y) { return values.data() + offset(x, y); }
  const std::int16_t* at(int x, int y) const { return values.data() + offset(x, y); }

 private:
  std::ptrdiff_t offset(int x, int y) const { return (std::ptrdiff_t{y} * width + x) * channels; }
};

// A rectangle of a plane, ends excluded.
struct Window {
  int left = 0;
  int top = 0;
  int right = 0;
  int bottom = 0;
};

class IntegerNetwork {
 public:
  // Error{data} when layers do not fit each other or a sum could exceed 32 bits.
  explicit IntegerNetwork(std::vector<IntegerLayer> layers);

  int source_channels() const { return layers_.front().src; }
  int channels() const { return layers_.back().dst; }
  // How much larger results are than the source for its layers up, and smaller for those down.
  int scale() const;
  int shrink() const;
  // How far from a source value its influence ends, in source values, when there are no layers down.
  int reach() const;

  // The part `wanted` of the result for a whole source plane: exactly that part of the whole result, which
  // computes no more than it takes. Safe to call from several threads.
  Values run(const Values& source, const Window& wanted) const;

 private:
  struct Packed {
    PairWeights weights;
    std::vector<std::int32_t> bias;
  };
  class Step;
  void pack(const IntegerLayer& layer);

  std::vector<IntegerLayer> layers_;
  std::vector<Packed> packed_;
};

}  // namespace aedenoise::codec
