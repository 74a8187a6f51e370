#include "imaging/patch_spectra.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

#include "core/clones.h"

namespace aedenoise::imaging {
namespace {

constexpr int kSide = 8;
constexpr int kValues = kSide * kSide;
constexpr std::int64_t kMaxPatches = 1 << 16;  // of one channel, about as many as 256x256 pixels have

// DCT coefficients by u + v: below kMidFrom is the patch's mean and slope, which say nothing about texture;
// those below kFineFrom choose the patches, the 28 others measure the noise. White noise is independent
// between the two.
constexpr int kMidFrom = 2;
constexpr int kFineFrom = 8;
constexpr int kMidCount = 33;

constexpr double kSmallestShare = 0.01;  // of the patches, the smoothest, are always used
constexpr int kMaxRounds = 12;
constexpr double kConverged = 2e-3;

constexpr double kClippedShare =
    1e-3;                       // of the pixels at the smallest or largest value: the image is clipped there
constexpr int kMaxClipped = 3;  // clipped pixels that a patch may have

constexpr float kLargest = 1e18F;  // of the sum of a patch's magnitudes: squares stay finite

constexpr std::size_t kLanes = 16;
using Block = std::array<std::array<float, kLanes>, kValues>;  // kLanes patches side by side
using Corners = std::array<float, kLanes>;                     // their first values

// The smallest and the largest value where many pixels have it, else NaN, which equals nothing.
struct Clipping {
  float low = std::numeric_limits<float>::quiet_NaN();
  float high = std::numeric_limits<float>::quiet_NaN();
};

// Orthonormal DCT-II basis: row u is frequency u.
std::array<std::array<float, kSide>, kSide> make_basis() {
  std::array<std::array<float, kSide>, kSide> basis{};
  for (int u = 0; u < kSide; ++u) {
    for (int x = 0; x < kSide; ++x) {
      const double scale = u == 0 ? std::sqrt(1.0 / kSide) : std::sqrt(2.0 / kSide);
      basis[u][x] = static_cast<float>(scale * std::cos((2 * x + 1) * u * std::numbers::pi / (2 * kSide)));
    }
  }
  return basis;
}

// One-dimensional DCT of every 8 values `step` apart, results likewise.
AEDENOISE_CLONES void transform_lines(const Block& in, int line_step, int step, Block& out) {
  static const auto basis = make_basis();
  for (int line = 0; line < kSide; ++line) {
    for (int u = 0; u < kSide; ++u) {
      std::array<float, kLanes> sum{};
      for (int x = 0; x < kSide; ++x) {
        const auto& values = in[line * line_step + x * step];
        for (std::size_t lane = 0; lane < kLanes; ++lane) sum[lane] += basis[u][x] * values[lane];
      }
      out[line * line_step + u * step] = sum;
    }
  }
}

// Appends the first `count` patches of `block`, which it transforms.
void append(Block& block, const Corners& corners, std::size_t count, PatchSpectra& spectra) {
  Block rows;
  transform_lines(block, kSide, 1, rows);
  transform_lines(rows, 1, kSide, block);
  const std::size_t first = spectra.mid_energy.size();
  spectra.mid_energy.resize(first + count);
  for (std::size_t i = 0; i < count; ++i) spectra.mean.push_back(corners[i] + block[0][i] / kSide);
  spectra.fine_squares.resize((first + count) * kFineCount);
  std::size_t fine = 0;
  for (int v = 0; v < kSide; ++v) {
    for (int u = 0; u < kSide; ++u) {
      const auto& coefficient = block[v * kSide + u];
      if (u + v >= kFineFrom) {
        for (std::size_t i = 0; i < count; ++i) {
          spectra.fine_squares[(first + i) * kFineCount + fine] = coefficient[i] * coefficient[i];
        }
        ++fine;
      } else if (u + v >= kMidFrom) {
        for (std::size_t i = 0; i < count; ++i)
          spectra.mid_energy[first + i] += coefficient[i] * coefficient[i];
      }
    }
  }
}

// Copies the patch at `corner` to a lane of `block`, less its first value. False for patches that cannot tell
// anything: constant (masked or synthetic background), not finite, or clipped.
bool load_patch(const float* corner, std::int64_t stride, const Clipping& clipping, Block& block,
                std::size_t lane) {
  int clipped = 0;
  bool constant = true;
  float magnitude = 0.0F;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const float value = corner[y * stride + x];
      clipped += static_cast<int>(value == clipping.low || value == clipping.high);
      constant = constant && value == corner[0];
      magnitude += std::abs(value);
      block[y * kSide + x][lane] = value - corner[0];
    }
  }
  return !constant && clipped <= kMaxClipped && magnitude < kLargest;
}

PatchSpectra collect(const Image& image, int channel, const Clipping& clipping) {
  const std::int64_t columns = image.width - kSide + 1;
  const std::int64_t rows = image.height - kSide + 1;
  // Odd, so that the patches of a JPEG image never all lie on its 8x8 blocks.
  std::int64_t step = 1;
  while (columns * rows * image.depth > kMaxPatches * step * step) step += 2;
  PatchSpectra spectra;
  Block block{};
  Corners corners{};
  std::size_t filled = 0;
  for (int slice = 0; slice < image.depth; ++slice) {
    for (std::int64_t y = 0; y < rows; y += step) {
      const float* row = image.plane(channel, slice) + y * image.width;
      for (std::int64_t x = 0; x < columns; x += step) {
        corners[filled] = row[x];
        if (load_patch(row + x, image.width, clipping, block, filled)) ++filled;
        if (filled < kLanes) continue;
        append(block, corners, filled, spectra);
        filled = 0;
      }
    }
  }
  append(block, corners, filled, spectra);
  return spectra;
}

// Chen et al.'s rule: the largest of the ascending `variances` are texture until the mean of the others is no
// more than their median.
double untextured(const std::array<double, kFineCount>& variances) {
  double sum = std::accumulate(variances.begin(), variances.end(), 0.0);
  for (std::size_t count = variances.size(); count > 1; --count) {
    const double mean = sum / static_cast<double>(count);
    const double median = 0.5 * (variances[(count - 1) / 2] + variances[count / 2]);
    if (mean <= median) return mean;
    sum -= variances[count - 1];
  }
  return variances[0];
}

// Noise variance from the fine coefficients of the patches with at most `threshold` of mid energy.
AEDENOISE_CLONES double variance_below(const PatchSpectra& spectra, float threshold) {
  std::array<double, kFineCount> sums{};
  double used = 0.0;
  for (std::size_t i = 0; i < spectra.mid_energy.size(); ++i) {
    if (spectra.mid_energy[i] > threshold) continue;
    const float* squares = spectra.fine_squares.data() + i * kFineCount;
    for (std::size_t k = 0; k < kFineCount; ++k) sums[k] += static_cast<double>(squares[k]);
    used += 1.0;
  }
  for (double& sum : sums) sum /= used;
  std::ranges::sort(sums);
  return untextured(sums);
}

Clipping find_clipping(const Image& image, int channel) {
  const float* begin = image.plane(channel);
  const float* end = begin + image.plane_size() * static_cast<std::size_t>(image.depth);
  const auto [low, high] = std::minmax_element(begin, end);
  const double many = kClippedShare * static_cast<double>(end - begin);
  Clipping clipping;
  if (static_cast<double>(std::count(begin, end, *low)) > many) clipping.low = *low;
  if (static_cast<double>(std::count(begin, end, *high)) > many) clipping.high = *high;
  return clipping;
}

}  // namespace

PatchSpectra collect_spectra(const Image& image, int channel, std::size_t fewest) {
  PatchSpectra spectra = collect(image, channel, find_clipping(image, channel));
  return spectra.mean.size() < fewest ? collect(image, channel, {}) : spectra;
}

// From above: all patches first, then those with no more mid energy than noise of the variance found would
// have, until that settles.
double noise_variance(const PatchSpectra& spectra, std::size_t fewest) {
  std::vector<float> energies = spectra.mid_energy;
  const auto share = static_cast<std::size_t>(kSmallestShare * static_cast<double>(energies.size()));
  const std::size_t always = std::min(energies.size() - 1, std::max(fewest, share));
  std::ranges::nth_element(energies, energies.begin() + static_cast<std::ptrdiff_t>(always));
  double variance = variance_below(spectra, std::numeric_limits<float>::infinity());
  for (int round = 0; round < kMaxRounds; ++round) {
    const double next =
        variance_below(spectra, std::max(energies[always], static_cast<float>(variance * kMidCount)));
    const bool settled = std::abs(next - variance) <= kConverged * variance;
    variance = next;
    if (settled) break;
  }
  return variance;
}

}  // namespace aedenoise::imaging
