#include "pipeline/window_scorer.h"

#include <algorithm>
#include <cmath>

#include "pipeline/error_map.h"
#include "pipeline/windows.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::size_t kAtOnce = 1024;  // windows

// Weighted means of what overlapping windows say of each pixel.
class Blend {
 public:
  Blend(std::size_t pixels, std::size_t channels)
      : channels_(channels), sums_(pixels * channels, 0.0F), weights_(pixels, 0.0F) {}

  void add(std::size_t pixel, float weight, const float* values) {
    for (std::size_t c = 0; c < channels_; ++c) sums_[pixel * channels_ + c] += weight * values[c];
    weights_[pixel] += weight;
  }

  std::vector<float> means() && {
    for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] /= weights_[i / channels_];
    return std::move(sums_);
  }

 private:
  std::size_t channels_;
  std::vector<float> sums_;
  std::vector<float> weights_;
};

// Where distances alone tell the place they are taken for that of a window's middle. Never 0.
float narrowed(float weight) {
  const float square = weight * weight;
  return square * square + 1e-12F;
}

}  // namespace

WindowScorer::WindowScorer(Coder& coder, const AnomalyScorer& scorer, std::int64_t stride)
    : coder_(coder), scorer_(scorer), stride_(stride) {}

std::vector<float> WindowScorer::map(const Picture& picture) {
  const auto& sizes = coder_.architecture().coding.sample;
  const WindowGrid grid(picture, sizes, stride_);
  const auto channels = static_cast<std::size_t>(sizes[0]);
  const auto values = static_cast<std::size_t>(sizes[0] * sizes[1] * sizes[2]);
  const auto pixels = static_cast<std::size_t>(picture.height) * static_cast<std::size_t>(picture.width);
  const bool errors = scorer_.counts_errors();
  Blend restored(errors ? pixels : 0, channels);
  Blend distances(scorer_.calibrated() ? pixels : 0, 1);
  for (std::size_t first = 0; first < grid.places().size(); first += kAtOnce) {
    const auto chosen =
        std::span(grid.places()).subspan(first, std::min(kAtOnce, grid.places().size() - first));
    const std::vector<float> codes = coder_.encode(grid.values(chosen));
    const std::vector<float> back = errors ? coder_.decode(codes) : std::vector<float>();
    const std::vector<float> far = scorer_.calibrated() ? scorer_.log_distances(codes) : std::vector<float>();
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      grid.for_each_pixel(chosen[k], [&](std::size_t at, std::size_t inside, float weight) {
        if (errors) restored.add(at, weight, back.data() + k * values + inside * channels);
        if (!far.empty()) distances.add(at, errors ? weight : narrowed(weight), far.data() + k);
      });
    }
  }
  std::vector<float> map(pixels, 0.0F);
  if (errors) {
    map = error_map(interleaved(picture), std::move(restored).means(),
                    {sizes[0], picture.height, picture.width}, 1.0 / coder_.scale().scale);
    for (float& value : map) value = std::log(std::max(value, 1e-12F));
  }
  if (!scorer_.calibrated()) return map;
  const std::vector<float> far = std::move(distances).means();
  for (std::size_t i = 0; i < pixels; ++i)
    map[i] = static_cast<float>(scorer_.score(static_cast<double>(map[i]), static_cast<double>(far[i])));
  return map;
}

double top_mean(std::span<const float> map, double share) {
  std::vector<float> values(map.begin(), map.end());
  const auto wanted = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  const std::size_t count = std::clamp<std::size_t>(wanted, 1, values.size());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(values.begin(), middle - 1, values.end(), std::greater<>());
  double sum = 0.0;
  for (auto value = values.begin(); value != middle; ++value) sum += static_cast<double>(*value);
  return sum / static_cast<double>(count);
}

}  // namespace aedenoise::pipeline
