#include "pipeline/map_judge.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::size_t kMostPerMap = 1 << 16U;  // usual pixels of a map that are kept

// Highest value within `reach` of each position along one axis: positions are `step` apart, `count` of them.
void spread_highest(std::vector<float>& values, std::size_t first, std::size_t step, std::int64_t count,
                    std::int64_t reach) {
  std::vector<float> line(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < line.size(); ++i) line[i] = values[first + i * step];
  for (std::int64_t i = 0; i < count; ++i) {
    const auto begin = line.begin() + std::max<std::int64_t>(0, i - reach);
    const auto end = line.begin() + std::min(count, i + reach + 1);
    values[first + static_cast<std::size_t>(i) * step] = *std::max_element(begin, end);
  }
}

double share_above(const std::vector<float>& sorted, float threshold) {
  const auto above = sorted.end() - std::ranges::upper_bound(sorted, threshold);
  return static_cast<double>(above) / static_cast<double>(sorted.size());
}

}  // namespace

std::vector<Region> regions_of(const std::vector<bool>& mask, std::int64_t height, std::int64_t width) {
  std::vector<bool> open(mask);
  std::vector<Region> regions;
  std::vector<std::size_t> waiting;
  for (std::size_t start = 0; start < open.size(); ++start) {
    if (!open[start]) continue;
    Region region{{}, height, width, 0, 0};
    waiting.push_back(start);
    open[start] = false;
    while (!waiting.empty()) {
      const std::size_t pixel = waiting.back();
      waiting.pop_back();
      region.pixels.push_back(pixel);
      const auto y = static_cast<std::int64_t>(pixel) / width;
      const auto x = static_cast<std::int64_t>(pixel) % width;
      region.top = std::min(region.top, y);
      region.bottom = std::max(region.bottom, y);
      region.left = std::min(region.left, x);
      region.right = std::max(region.right, x);
      for (std::int64_t v = std::max<std::int64_t>(0, y - 1); v <= std::min(height - 1, y + 1); ++v) {
        for (std::int64_t u = std::max<std::int64_t>(0, x - 1); u <= std::min(width - 1, x + 1); ++u) {
          const auto next = static_cast<std::size_t>(v * width + u);
          if (!open[next]) continue;
          open[next] = false;
          waiting.push_back(next);
        }
      }
    }
    regions.push_back(std::move(region));
  }
  return regions;
}

std::vector<Peak> peaks_of(std::span<const float> map, std::int64_t height, std::int64_t width,
                           std::int64_t reach) {
  std::vector<float> highest(map.begin(), map.end());
  for (std::int64_t y = 0; y < height; ++y)
    spread_highest(highest, static_cast<std::size_t>(y * width), 1, width, reach);
  for (std::int64_t x = 0; x < width; ++x)
    spread_highest(highest, static_cast<std::size_t>(x), static_cast<std::size_t>(width), height, reach);
  std::vector<Peak> peaks;
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (map[i] != highest[i]) continue;
    const Peak peak{map[i], static_cast<std::int64_t>(i) / width, static_cast<std::int64_t>(i) % width};
    const bool known = std::ranges::any_of(peaks, [&](const Peak& other) {
      return other.value == peak.value && std::abs(other.y - peak.y) <= reach &&
             std::abs(other.x - peak.x) <= reach;
    });
    if (!known) peaks.push_back(peak);
  }
  return peaks;
}

void MapJudge::add(std::span<const float> map, const std::vector<bool>& mask, std::int64_t height,
                   std::int64_t width) {
  const std::vector<Region> regions = regions_of(mask, height, width);
  const std::size_t first = overlaps_.size();
  for (const Region& region : regions) {
    std::vector<float> values;
    for (const std::size_t pixel : region.pixels) values.push_back(map[pixel]);
    std::ranges::sort(values);
    overlaps_.push_back(std::move(values));
  }
  const std::size_t stride = 1 + map.size() / kMostPerMap;
  for (std::size_t i = 0; i < map.size(); i += stride) {
    if (!mask[i]) usual_.push_back(map[i]);
  }
  if (regions.empty()) return;
  ++maps_with_regions_;
  for (const Peak& peak : peaks_of(map, height, width, reach_)) {
    Found found{peak.value, {}};
    for (std::size_t k = 0; k < regions.size(); ++k) {
      const Region& r = regions[k];
      if (peak.y >= r.top && peak.y <= r.bottom && peak.x >= r.left && peak.x <= r.right)
        found.regions.push_back(first + k);
    }
    found_.push_back(std::move(found));
  }
}

std::vector<float> MapJudge::sorted_usual() const {
  if (overlaps_.empty() || usual_.empty())
    throw Error(ErrorCode::data, "the masks name only one kind of pixel: 0 is normal, others are anomalies");
  std::vector<float> usual(usual_);
  std::ranges::sort(usual);
  return usual;
}

double MapJudge::pixel_auroc() const {
  const std::vector<float> usual = sorted_usual();
  double wins = 0.0;
  double pixels = 0.0;
  for (const std::vector<float>& region : overlaps_) {
    for (const float value : region) {
      const auto [first, last] = std::ranges::equal_range(usual, value);
      wins += static_cast<double>(first - usual.begin()) + 0.5 * static_cast<double>(last - first);
    }
    pixels += static_cast<double>(region.size());
  }
  return wins / (pixels * static_cast<double>(usual.size()));
}

double MapJudge::region_overlap() const {
  constexpr int kSteps = 300;
  constexpr double kMostFalse = 0.3;
  const std::vector<float> usual = sorted_usual();
  double sum = 0.0;
  for (int step = 0; step < kSteps; ++step) {
    const double rate = kMostFalse * (step + 0.5) / kSteps;
    const auto above = static_cast<std::size_t>(rate * static_cast<double>(usual.size()));
    const float threshold = usual[usual.size() - 1 - above];
    for (const std::vector<float>& region : overlaps_) sum += share_above(region, threshold);
  }
  return sum / (kSteps * static_cast<double>(overlaps_.size()));
}

double MapJudge::region_recall(double false_peaks) const {
  std::vector<const Found*> order;
  for (const Found& found : found_) order.push_back(&found);
  std::ranges::stable_sort(order, [](const Found* a, const Found* b) { return a->value > b->value; });
  const double most = false_peaks * static_cast<double>(maps_with_regions_);
  std::set<std::size_t> hit;
  double wrong = 0.0;
  for (const Found* found : order) {
    if (found->regions.empty()) wrong += 1.0;
    if (wrong > most) break;
    hit.insert(found->regions.begin(), found->regions.end());
  }
  return overlaps_.empty() ? 0.0 : static_cast<double>(hit.size()) / static_cast<double>(overlaps_.size());
}

}  // namespace aedenoise::pipeline
