#include "core/rng.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "core/clones.h"

namespace aedenoise::core {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;
constexpr int kLanes = 64;  // blocks of four numbers that fill_normal makes at a time

using Block = std::array<std::uint32_t, 4>;

// Block number `counter + lane`; high and low halves of products apart, a form that compilers vectorise.
[[gnu::always_inline]] inline Block philox(std::uint64_t counter, std::uint32_t lane, std::uint64_t stream,
                                           std::uint64_t seed) {
  std::uint32_t c0 = static_cast<std::uint32_t>(counter) + lane;
  std::uint32_t c1 = static_cast<std::uint32_t>(counter >> 32U) + (c0 < lane ? 1U : 0U);
  auto c2 = static_cast<std::uint32_t>(stream);
  auto c3 = static_cast<std::uint32_t>(stream >> 32U);
  auto k0 = static_cast<std::uint32_t>(seed);
  auto k1 = static_cast<std::uint32_t>(seed >> 32U);
#pragma GCC unroll 10
  for (int round = 0; round < kRounds; ++round) {
    const std::uint32_t low0 = kMultiplier0 * c0;
    const std::uint32_t low1 = kMultiplier1 * c2;
    const auto high0 = static_cast<std::uint32_t>((static_cast<std::uint64_t>(kMultiplier0) * c0) >> 32U);
    const auto high1 = static_cast<std::uint32_t>((static_cast<std::uint64_t>(kMultiplier1) * c2) >> 32U);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return {c0, c1, c2, c3};
}

// The top 24 bits as an integer; signed, because that is what vector units convert to float.
[[gnu::always_inline]] inline std::int32_t top24(std::uint32_t bits) {
  return static_cast<std::int32_t>(bits >> 8U);
}

// Natural logarithm of u in (0, 1], relative error below 2e-7: u = m 2^e with m in [sqrt(1/2), sqrt(2)), and
// log m = 2 atanh((m - 1) / (m + 1)) as a power series.
[[gnu::always_inline]] inline float fast_log(float u) {
  constexpr std::uint32_t kRootHalf = 0x3F3504F3U;  // sqrt(1/2)
  const std::uint32_t offset = std::bit_cast<std::uint32_t>(u) - kRootHalf;
  const std::int32_t exponent = static_cast<std::int32_t>(offset) >> 23;
  const float m = std::bit_cast<float>((offset & 0x007FFFFFU) + kRootHalf);
  const float s = (m - 1.0F) / (m + 1.0F);
  const float z = s * s;
  const float series = z * (1.0F / 3.0F + z * (1.0F / 5.0F + z * (1.0F / 7.0F + z * (1.0F / 9.0F))));
  return static_cast<float>(exponent) * std::numbers::ln2_v<float> + 2.0F * (s + s * series);
}

// Two independent standard normals from 48 random bits (Box and Muller, 1958). The angle is a quarter turn
// times `quadrant` plus `a` in [-pi/4, pi/4), where short Taylor series of sine and cosine are exact to float
// precision.
[[gnu::always_inline]] inline void box_muller(std::uint32_t radius_bits, std::uint32_t angle_bits,
                                              float& first, float& second) {
  const float u = static_cast<float>(top24(radius_bits) + 1) * 0x1.0p-24F;  // in (0, 1]: a finite logarithm
  const float radius = std::sqrt(-2.0F * fast_log(u));
  const std::uint32_t quadrant = angle_bits >> 30U;
  const float a =
      static_cast<float>(top24(angle_bits << 2U) - (1 << 23)) * (std::numbers::pi_v<float> * 0x1.0p-25F);
  const float z = a * a;
  const float sine =
      a * (1.0F + z * (-1.0F / 6.0F + z * (1.0F / 120.0F + z * (-1.0F / 5040.0F + z * (1.0F / 362880.0F)))));
  const float cosine = 1.0F + z * (-0.5F + z * (1.0F / 24.0F + z * (-1.0F / 720.0F + z * (1.0F / 40320.0F))));
  const bool odd = (quadrant & 1U) != 0;
  const float x = odd ? sine : cosine;
  const float y = odd ? cosine : sine;
  const std::uint32_t flip_x = ((quadrant + 1U) & 2U) << 30U;
  const std::uint32_t flip_y = (quadrant & 2U) << 30U;
  first = radius * std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ flip_x);
  second = radius * std::bit_cast<float>(std::bit_cast<std::uint32_t>(y) ^ flip_y);
}

// 4 kLanes normals from the kLanes blocks that start at `counter`.
AEDENOISE_CLONES void fill_lanes(float* out, std::uint64_t counter, std::uint64_t stream,
                                 std::uint64_t seed) {
  alignas(32) std::array<std::array<std::uint32_t, kLanes>, 4> bits;
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    const Block block = philox(counter, lane, stream, seed);
    for (std::size_t k = 0; k < 4; ++k) bits[k][lane] = block[k];
  }
  alignas(32) std::array<std::array<float, kLanes>, 4> normals;
  for (std::size_t half = 0; half < 4; half += 2) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      box_muller(bits[half][lane], bits[half + 1][lane], normals[half][lane], normals[half + 1][lane]);
    }
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (std::size_t k = 0; k < 4; ++k) out[4 * lane + k] = normals[k][lane];
  }
}

}  // namespace

void Rng::refill() {
  block_ = philox(counter_++, 0, stream_, seed_);
  used_ = 0;
}

std::uint32_t Rng::next_u32() {
  if (used_ == 4) refill();
  return block_[static_cast<std::size_t>(used_++)];
}

float Rng::uniform() { return static_cast<float>(next_u32() >> 8U) * 0x1.0p-24F; }

std::uint32_t Rng::below(std::uint32_t bound) {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(next_u32()) * bound) >> 32U);
}

float Rng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const std::uint32_t a = next_u32();
  const std::uint32_t b = next_u32();
  float first = 0.0F;
  box_muller(a, b, first, spare_);
  has_spare_ = true;
  return first;
}

void Rng::fill_normal(float* out, std::int64_t count) {
  constexpr std::int64_t kValues = 4 * kLanes;
  const auto blocks = [](std::int64_t values) { return static_cast<std::uint64_t>((values + 3) / 4); };
  std::int64_t done = 0;
  for (; done + kValues <= count; done += kValues)
    fill_lanes(out + done, counter_ + blocks(done), stream_, seed_);
  if (done < count) {
    std::array<float, kValues> rest;
    fill_lanes(rest.data(), counter_ + blocks(done), stream_, seed_);
    std::copy_n(rest.begin(), count - done, out + done);
  }
  counter_ += blocks(count);
  used_ = 4;
  has_spare_ = false;
}

}  // namespace aedenoise::core
