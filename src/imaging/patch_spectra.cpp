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

constexpr int kPatchSide = 8;
constexpr std::int64_t kMaxPatches = 1 << 15;  // of one channel

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

constexpr std::size_t kLanes = 16;  // windows or patches side by side
using Lanes = std::array<float, kLanes>;
using Line = std::array<Lanes, kPatchSide>;

// The smallest and the largest value where many pixels have it, else NaN, which equals nothing.
struct Clipping {
  float low = std::numeric_limits<float>::quiet_NaN();
  float high = std::numeric_limits<float>::quiet_NaN();
};

// Orthonormal DCT-II basis: row u is frequency u.
std::array<std::array<float, kPatchSide>, kPatchSide> make_basis() {
  std::array<std::array<float, kPatchSide>, kPatchSide> basis{};
  for (int u = 0; u < kPatchSide; ++u) {
    for (int x = 0; x < kPatchSide; ++x) {
      const double scale = u == 0 ? std::sqrt(1.0 / kPatchSide) : std::sqrt(2.0 / kPatchSide);
      basis[u][x] =
          static_cast<float>(scale * std::cos((2 * x + 1) * u * std::numbers::pi / (2 * kPatchSide)));
    }
  }
  return basis;
}

// DCT of 8 values. The basis is symmetric for even frequencies and antisymmetric for odd ones, which halves
// the work.
AEDENOISE_CLONES void transform(const Line& in, Line& out) {
  static const auto basis = make_basis();
  Line half;
  for (int x = 0; x < kPatchSide / 2; ++x) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      half[x][lane] = in[x][lane] + in[kPatchSide - 1 - x][lane];
      half[kPatchSide / 2 + x][lane] = in[x][lane] - in[kPatchSide - 1 - x][lane];
    }
  }
  for (int u = 0; u < kPatchSide; ++u) {
    const Lanes* part = half.data() + u % 2 * (kPatchSide / 2);
    const auto [a, b, c, d] = std::array{basis[u][0], basis[u][1], basis[u][2], basis[u][3]};
    Lanes sum;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sum[lane] = a * part[0][lane] + b * part[1][lane] + c * part[2][lane] + d * part[3][lane];
    }
    out[u] = sum;
  }
}

// kLanes windows of 8 values in one row of the image: the horizontal half of the patches' transforms, which
// patches one above the other share, and what decides whether a patch is used.
struct Windows {
  Line coefficients;  // of the values less `first`
  Lanes first;
  Lanes low;
  Lanes high;
  Lanes magnitude;  // sum
  Lanes clipped;    // how many
};

// Of the windows at 0, step, 2 step...; beyond the last, it is repeated.
void transform_row(const float* row, std::int64_t count, std::int64_t step, const Clipping& clipping,
                   std::vector<Windows>& out) {
  for (std::size_t group = 0; group < out.size(); ++group) {
    Windows& windows = out[group];
    Line values;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto window = std::min(static_cast<std::int64_t>(group * kLanes + lane), count - 1);
      const float* from = row + window * step;
      float low = from[0];
      float high = from[0];
      float magnitude = 0.0F;
      int clipped = 0;
      for (int x = 0; x < kPatchSide; ++x) {
        const float value = from[x];
        low = std::min(low, value);
        high = std::max(high, value);
        magnitude += std::abs(value);
        clipped += static_cast<int>(value == clipping.low || value == clipping.high);
        values[x][lane] = value - from[0];
      }
      windows.first[lane] = from[0];
      windows.low[lane] = low;
      windows.high[lane] = high;
      windows.magnitude[lane] = magnitude;
      windows.clipped[lane] = static_cast<float>(clipped);
    }
    transform(values, windows.coefficients);
  }
}

using Rows = std::array<const Windows*, kPatchSide>;  // of kLanes patches

// False for patches that cannot tell anything: constant (masked or synthetic background), not finite, or
// clipped.
bool is_telling(const Rows& rows, std::size_t lane) {
  float low = rows[0]->low[lane];
  float high = rows[0]->high[lane];
  float magnitude = 0.0F;
  float clipped = 0.0F;
  for (const Windows* row : rows) {
    low = std::min(low, row->low[lane]);
    high = std::max(high, row->high[lane]);
    magnitude += row->magnitude[lane];
    clipped += row->clipped[lane];
  }
  return low != high && clipped <= kMaxClipped && magnitude < kLargest;
}

// Appends what the patches of the first `count` lanes tell.
void append(const Rows& rows, std::size_t count, PatchSpectra& spectra) {
  std::array<Line, kPatchSide> block;  // by horizontal, then vertical frequency
  for (int u = 0; u < kPatchSide; ++u) {
    Line column;
    for (int y = 0; y < kPatchSide; ++y) column[y] = rows[y]->coefficients[u];
    for (int y = 0; u == 0 && y < kPatchSide; ++y) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        column[y][lane] +=
            std::sqrt(static_cast<float>(kPatchSide)) * (rows[y]->first[lane] - rows[0]->first[lane]);
      }
    }
    transform(column, block[u]);
  }
  for (std::size_t lane = 0; lane < count; ++lane) {
    if (!is_telling(rows, lane)) continue;
    float mid = 0.0F;
    for (int u = 0; u < kPatchSide; ++u) {
      for (int v = std::max(0, kMidFrom - u); v < kFineFrom - u; ++v)
        mid += block[u][v][lane] * block[u][v][lane];
    }
    spectra.mean.push_back(rows[0]->first[lane] + block[0][0][lane] / kPatchSide);
    spectra.mid_energy.push_back(mid);
    for (int u = 1; u < kPatchSide; ++u) {
      for (int v = kFineFrom - u; v < kPatchSide; ++v)
        spectra.fine_squares.push_back(block[u][v][lane] * block[u][v][lane]);
    }
  }
}

PatchSpectra collect(const Image& image, int channel, const Clipping& clipping) {
  const std::int64_t columns = image.width - kPatchSide + 1;
  const std::int64_t rows = image.height - kPatchSide + 1;
  // Odd, so that the patches of a JPEG image never all lie on its 8x8 blocks.
  std::int64_t step = 1;
  while (columns * rows * image.depth > kMaxPatches * step * step) step += 2;
  const std::int64_t count = (columns + step - 1) / step;
  PatchSpectra spectra;
  const auto most = static_cast<std::size_t>(count * ((rows + step - 1) / step) * image.depth);
  spectra.mean.reserve(most);
  spectra.mid_energy.reserve(most);
  spectra.fine_squares.reserve(most * kFineCount);
  const auto groups = static_cast<std::size_t>(count + kLanes - 1) / kLanes;
  std::array<std::vector<Windows>, kPatchSide> ring;  // of the last rows
  for (auto& windows : ring) windows.resize(groups);
  for (int slice = 0; slice < image.depth; ++slice) {
    std::int64_t done = 0;  // rows
    for (std::int64_t y = 0; y < rows; y += step) {
      for (done = std::max(done, y); done < y + kPatchSide; ++done) {
        transform_row(image.plane(channel, slice) + done * image.width, count, step, clipping,
                      ring[done % kPatchSide]);
      }
      for (std::size_t group = 0; group < groups; ++group) {
        Rows patch{};
        for (int i = 0; i < kPatchSide; ++i) patch[i] = &ring[(y + i) % kPatchSide][group];
        append(patch, std::min(kLanes, static_cast<std::size_t>(count) - group * kLanes), spectra);
      }
    }
  }
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
