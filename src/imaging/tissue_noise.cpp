#include "imaging/tissue_noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "imaging/quantile.h"

namespace aedenoise::imaging {
namespace {

constexpr int kSide = 12;
constexpr int kStep = 6;
constexpr double kCount = kSide * kSide;
constexpr double kPlane = 3.0;      // degrees of freedom a plane takes
constexpr double kFlattest = 0.05;  // the share of blocks that hold nothing but noise, and little of it
constexpr double kNormal = 1.645;   // how many deviations that share is below the mean
constexpr std::size_t kReach = 3;   // pixels over which noise is taken to be correlated
constexpr std::size_t kFewest = 30;

constexpr double kAir = -1024.0;        // HU, at the lowest; what is darker is padding
constexpr double kHalfOfWater = 500.0;  // which is 1000 HU above air

// Between the darkest (air) and what is bright, but for bone: what is darker is no tissue.
double darkest_tissue(const Image& image) {
  constexpr std::size_t kSamples = 1U << 18U;
  const std::size_t step = std::max<std::size_t>(1, image.values.size() / kSamples);
  std::vector<float> sampled;
  for (std::size_t i = 0; i < image.values.size(); i += step) {
    if (std::isfinite(image.values[i])) sampled.push_back(image.values[i]);
  }
  if (sampled.empty()) return 0.0;
  const double dark = std::max<double>(quantile(sampled, 0.01), kAir);
  return dark + std::min(0.5 * (quantile(sampled, 0.95) - dark), kHalfOfWater);
}

// One block, around the plane that fits it.
class Block {
 public:
  // Whether it is tissue: finite, not clipped, and brighter than `least`.
  bool load(const float* corner, int width, double least, float low, float high) {
    double sum = 0.0, down = 0.0, across = 0.0, moment = 0.0;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const float value = corner[static_cast<std::ptrdiff_t>(y) * width + x];
        if (!std::isfinite(value) || value <= low || value >= high) return false;
        const double d = static_cast<double>(value) - least;
        at(y, x) = d;
        sum += d;
        down += d * from_middle(y);
        across += d * from_middle(x);
        moment += from_middle(y) * from_middle(y);
      }
    }
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        at(y, x) -= sum / kCount + (down * from_middle(y) + across * from_middle(x)) / moment;
      }
    }
    return sum > 0.0;
  }

  double deviation() const {
    double square = 0.0;
    for (const double value : rest_) square += value * value;
    return std::sqrt(square / (kCount - kPlane));
  }

  // Mean products with the pixels so far away.
  double product(int down, int across) const {
    double sum = 0.0;
    for (int y = 0; y + down < kSide; ++y) {
      for (int x = 0; x + across < kSide; ++x) sum += at(y, x) * at(y + down, x + across);
    }
    return sum / ((kSide - down) * (kSide - across));
  }

 private:
  static double from_middle(int i) { return i - 0.5 * (kSide - 1); }
  static std::size_t index(int y, int x) {
    return static_cast<std::size_t>(y) * kSide + static_cast<std::size_t>(x);
  }
  double& at(int y, int x) { return rest_[index(y, x)]; }
  double at(int y, int x) const { return rest_[index(y, x)]; }
  std::array<double, kSide * kSide> rest_{};
};

// Calls visit(block) for every block of tissue.
template <typename Visit>
void visit_tissue(const Image& image, Visit visit) {
  const double least = darkest_tissue(image);
  float low = INFINITY;
  float high = -INFINITY;
  for (const float value : image.values) {
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  }
  Block block;
  for (int plane = 0; plane < image.channels * image.depth; ++plane) {
    const float* values = image.plane(plane / image.depth, plane % image.depth);
    for (int y = 0; y + kSide <= image.height; y += kStep) {
      const float* row = values + static_cast<std::ptrdiff_t>(y) * image.width;
      for (int x = 0; x + kSide <= image.width; x += kStep) {
        if (block.load(row + x, image.width, least, low, high)) visit(block);
      }
    }
  }
}

// How many independent values a block amounts to, as the flattest tell: the number of pixels over the sum of
// squared correlations.
double degrees_of_freedom(const Image& image, double flattest) {
  std::array<double, 2 * kReach + 1> products{};
  visit_tissue(image, [&](const Block& block) {
    if (block.deviation() > flattest) return;
    products[0] += block.product(0, 0);
    for (std::size_t lag = 1; lag <= kReach; ++lag) {
      products[lag] += block.product(static_cast<int>(lag), 0);
      products[kReach + lag] += block.product(0, static_cast<int>(lag));
    }
  });
  if (!(products[0] > 0.0)) return kCount - kPlane;
  double down = 1.0;
  double across = 1.0;
  for (std::size_t lag = 1; lag <= kReach; ++lag) {
    down += 2.0 * std::pow(products[lag] / products[0], 2.0);
    across += 2.0 * std::pow(products[kReach + lag] / products[0], 2.0);
  }
  return (kCount - kPlane) / (down * across);
}

}  // namespace

double estimate_tissue_noise(const Image& image) {
  std::vector<float> deviations;
  visit_tissue(image,
               [&](const Block& block) { deviations.push_back(static_cast<float>(block.deviation())); });
  if (deviations.size() < kFewest) return 0.0;
  // The flattest are flat by chance too: the less so, the more independent values they hold.
  const double flattest = quantile(deviations, kFlattest);
  const double chance = 1.0 - kNormal / std::sqrt(2.0 * degrees_of_freedom(image, flattest));
  return flattest / chance;
}

}  // namespace aedenoise::imaging
