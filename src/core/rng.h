// Counter-based random numbers: every draw is a pure function of (seed, stream, index), so work can be split
// over threads and resumed at any step with the same result. Philox 4x32-10, Salmon et al., SC 2011.
#pragma once

#include <array>
#include <cstdint>

namespace aedenoise::core {

class Rng {
 public:
  // `stream` separates independent users of one seed, for example a training step and a patch within it.
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  std::uint32_t next_u32();
  float uniform();  // in [0, 1), 24 bits
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  std::uint32_t below(std::uint32_t bound);  // in [0, bound), unbiased enough for bound << 2^32; bound > 0
  float normal();                            // mean 0, variance 1 (Box-Muller)

  // Fills `out` with standard normals, several times faster than calling normal(). Starts at a fresh block,
  // so the result does not depend on what was drawn in between from other streams.
  void fill_normal(float* out, std::int64_t count);

 private:
  void refill();

  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
  bool has_spare_ = false;
  float spare_ = 0.0F;
};

}  // namespace aedenoise::core
