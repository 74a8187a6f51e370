#include "pipeline/window_scorer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "aedenoise/error.h"
#include "pipeline/error_map.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::size_t kAtOnce = 1024;  // windows

// Where windows of `side` begin along `length`: every `stride`, the last at the end.
std::vector<std::int64_t> places_along(std::int64_t length, std::int64_t side, std::int64_t stride) {
  std::vector<std::int64_t> places;
  for (std::int64_t place = 0; place + side < length; place += stride) places.push_back(place);
  places.push_back(length - side);
  return places;
}

// Weights of the pixels along a window: highest in the middle, never 0.
std::vector<float> taper(std::int64_t side) {
  std::vector<float> weights;
  for (std::int64_t i = 0; i < side; ++i) {
    const double phase = std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(side);
    weights.push_back(static_cast<float>(std::sin(phase) * std::sin(phase)));
  }
  return weights;
}

}  // namespace

// Windows of one picture, and what overlaps of them add up to.
struct WindowScorer::Grid {
  struct Place {
    std::int64_t top;
    std::int64_t left;
  };

  Grid(const Picture& source, const std::vector<std::int64_t>& sizes, std::int64_t stride)
      : picture(source),
        channels(sizes[0]),
        rows(sizes[1]),
        columns(sizes[2]),
        weight_y(taper(rows)),
        weight_x(taper(columns)),
        total(static_cast<std::size_t>(source.height) * static_cast<std::size_t>(source.width), 0.0F) {
    const std::vector<std::int64_t> lefts = places_along(source.width, columns, stride);
    for (const std::int64_t top : places_along(source.height, rows, stride)) {
      for (const std::int64_t left : lefts) places.push_back({top, left});
    }
  }

  // The values of windows, one after another.
  std::vector<float> windows(std::span<const Place> chosen) const {
    std::vector<float> out;
    out.reserve(chosen.size() * static_cast<std::size_t>(rows * columns * channels));
    for (const auto& [top, left] : chosen) {
      for (std::int64_t y = 0; y < rows; ++y) {
        for (std::int64_t x = 0; x < columns; ++x) {
          for (std::int64_t c = 0; c < channels; ++c)
            out.push_back(
                picture.at(static_cast<int>(top + y), static_cast<int>(left + x), static_cast<int>(c)));
        }
      }
    }
    return out;
  }

  // use(pixel of the picture, pixel of the window, weight) for every pixel of a window.
  template <typename Use>
  void for_each_pixel(const Place& place, const Use& use) const {
    for (std::int64_t y = 0; y < rows; ++y) {
      for (std::int64_t x = 0; x < columns; ++x) {
        use(static_cast<std::size_t>((place.top + y) * picture.width + place.left + x),
            static_cast<std::size_t>(y * columns + x),
            weight_y[static_cast<std::size_t>(y)] * weight_x[static_cast<std::size_t>(x)]);
      }
    }
  }

  const Picture& picture;
  std::int64_t channels, rows, columns;
  std::vector<Place> places;
  std::vector<float> weight_y, weight_x;
  std::vector<float> total;  // of the weights, per pixel
};

WindowScorer::WindowScorer(Coder& coder, const AnomalyScorer& scorer, std::int64_t stride)
    : coder_(coder), scorer_(scorer), stride_(stride) {
  const auto& sizes = coder.architecture().coding.sample;
  if (sizes.size() != 3)
    throw Error(ErrorCode::usage, coder.file().origin + " takes rows of numbers, the input holds images");
  if (coder.file().weights.metadata.contains("binarize")) {
    throw Error(ErrorCode::usage,
                coder.file().origin + ": a model of binarised samples takes images of its own size only");
  }
  const std::int64_t side = std::min(sizes[1], sizes[2]);
  if (stride_ == 0) stride_ = std::max<std::int64_t>(1, side / 4);
  if (stride_ > side) {
    throw Error(ErrorCode::usage, "a stride of " + std::to_string(stride_) +
                                      " leaves gaps between windows of " + std::to_string(side) + " pixels");
  }
}

std::vector<float> WindowScorer::map(const Picture& picture) {
  const auto& sizes = coder_.architecture().coding.sample;
  if (picture.height < sizes[1] || picture.width < sizes[2]) {
    throw Error(ErrorCode::data, picture.path.string() + ": " + std::to_string(picture.width) + " x " +
                                     std::to_string(picture.height) + " pixels are fewer than the model's " +
                                     std::to_string(sizes[2]) + " x " + std::to_string(sizes[1]));
  }
  Grid grid(picture, sizes, stride_);
  const auto channels = static_cast<std::size_t>(grid.channels);
  const auto code = static_cast<std::size_t>(coder_.code_size());
  std::vector<float> restored(grid.total.size() * channels, 0.0F);
  std::vector<float> distances(scorer_.calibrated() ? grid.total.size() : 0, 0.0F);
  for (std::size_t first = 0; first < grid.places.size(); first += kAtOnce) {
    const auto chosen = std::span(grid.places).subspan(first, std::min(kAtOnce, grid.places.size() - first));
    const std::vector<float> codes = coder_.encode(grid.windows(chosen));
    const std::vector<float> back = coder_.decode(codes);
    const std::vector<float> far = scorer_.calibrated() ? scorer_.log_distances(codes) : std::vector<float>();
    const std::size_t values = back.size() / (codes.size() / code);
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      grid.for_each_pixel(chosen[k], [&](std::size_t at, std::size_t inside, float weight) {
        for (std::size_t c = 0; c < channels; ++c)
          restored[at * channels + c] += weight * back[k * values + inside * channels + c];
        if (!far.empty()) distances[at] += weight * far[k];
        grid.total[at] += weight;
      });
    }
  }
  for (std::size_t i = 0; i < restored.size(); ++i) restored[i] /= grid.total[i / channels];
  std::vector<float> map =
      error_map(interleaved(picture), restored, {grid.channels, picture.height, picture.width},
                1.0 / coder_.scale().scale);
  for (std::size_t i = 0; i < map.size(); ++i) {
    const double error = std::log(std::max(static_cast<double>(map[i]), 1e-12));
    map[i] = static_cast<float>(scorer_.calibrated()
                                    ? scorer_.score(error, static_cast<double>(distances[i] / grid.total[i]))
                                    : error);
  }
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
