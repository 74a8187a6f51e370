#include "imaging/noise_floor.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace aedenoise::imaging {
namespace {

constexpr int kBlockSide = 6;
constexpr int kValues = kBlockSide * kBlockSide;
constexpr std::size_t kMostBlocks = std::size_t{1} << 17U;

constexpr double kMeanOfSigma = 1.2533141373155001;  // sqrt(pi / 2)
// Mean over deviation is 1.91; of 36 values it is measured to 12%, twice which is allowed for.
constexpr double kLowestRatio = 1.5;
constexpr double kHighestRatio = 2.4;
// Means of blocks of air differ by 9%.
constexpr double kNearLow = 0.8;
constexpr double kNearHigh = 1.25;

constexpr std::size_t kFewestBlocks = 50;
constexpr double kFewestShare = 0.02;
constexpr double kLikeAir = 0.7;     // of the blocks as bright as air
constexpr double kDarker = 0.6;      // times air's brightness is darker than air
constexpr double kMostDarker = 0.1;  // of the number of blocks of air

struct BlockStatistics {
  double mean = 0.0;
  double ratio = 0.0;  // mean / deviation
};

// Appends a block's statistics unless it holds a zero or a value that is not finite, or does not vary.
void measure(const float* corner, std::int64_t stride, std::vector<BlockStatistics>& out) {
  double sum = 0.0;
  double squares = 0.0;
  for (int y = 0; y < kBlockSide; ++y) {
    for (int x = 0; x < kBlockSide; ++x) {
      const auto value = static_cast<double>(corner[y * stride + x]);
      if (value == 0.0 || !std::isfinite(value)) return;
      sum += value;
      squares += value * value;
    }
  }
  const double mean = sum / kValues;
  const double variance = (squares - sum * mean) / (kValues - 1);
  if (variance > 1e-12 * squares) out.push_back({mean, mean / std::sqrt(variance)});
}

std::vector<BlockStatistics> measure_blocks(const Image& image) {
  const std::int64_t rows = image.height / kBlockSide;
  const std::int64_t columns = image.width / kBlockSide;
  const auto count = static_cast<std::size_t>(rows * columns * image.depth);
  const std::size_t step = std::max<std::size_t>(1, count / kMostBlocks) | 1U;
  std::vector<BlockStatistics> blocks;
  for (std::size_t i = 0; i < count; i += step) {
    const auto block = static_cast<std::int64_t>(i);
    const auto slice = static_cast<int>(block / (rows * columns));
    const std::int64_t y = block / columns % rows * kBlockSide;
    measure(image.plane(0, slice) + y * image.width + block % columns * kBlockSide, image.width, blocks);
  }
  return blocks;
}

bool like_air(const BlockStatistics& block) {
  return block.ratio >= kLowestRatio && block.ratio <= kHighestRatio;
}

}  // namespace

std::optional<double> rayleigh_floor(const Image& image) {
  if (image.channels != 1 || std::ranges::any_of(image.values, [](float v) { return v < 0.0F; })) return {};
  const std::vector<BlockStatistics> blocks = measure_blocks(image);
  std::vector<double> means;
  for (const BlockStatistics& block : blocks) {
    if (like_air(block)) means.push_back(block.mean);
  }
  const auto fewest =
      std::max(kFewestBlocks, static_cast<std::size_t>(kFewestShare * static_cast<double>(blocks.size())));
  if (means.size() < fewest) return {};
  std::ranges::nth_element(means, means.begin() + static_cast<std::ptrdiff_t>(means.size() / 2));
  const double middle = means[means.size() / 2];

  std::size_t near = 0;
  std::size_t air = 0;
  std::size_t darker = 0;
  double sum = 0.0;
  for (const BlockStatistics& block : blocks) {
    if (block.mean < kDarker * middle) ++darker;
    if (block.mean < kNearLow * middle || block.mean > kNearHigh * middle) continue;
    ++near;
    if (!like_air(block)) continue;
    ++air;
    sum += block.mean;
  }
  const auto air_count = static_cast<double>(air);
  if (air < fewest || air_count < kLikeAir * static_cast<double>(near) ||
      static_cast<double>(darker) > kMostDarker * air_count) {
    return {};
  }
  return sum / air_count / kMeanOfSigma;
}

}  // namespace aedenoise::imaging
