#include "pipeline/windows.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

// Where windows of `side` begin along `length`: every `stride` from `first` on, the last at the end.
std::vector<std::int64_t> places_along(std::int64_t length, std::int64_t side, std::int64_t stride,
                                       std::int64_t first) {
  std::vector<std::int64_t> places;
  for (std::int64_t place = first; place + side < length; place += stride) places.push_back(place);
  places.push_back(length - side);
  return places;
}

std::vector<float> taper(std::int64_t side) {
  std::vector<float> weights;
  for (std::int64_t i = 0; i < side; ++i) {
    const double phase = std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(side);
    weights.push_back(static_cast<float>(std::sin(phase) * std::sin(phase)));
  }
  return weights;
}

}  // namespace

std::int64_t window_stride(const Coder& coder, std::int64_t wanted) {
  const auto& sizes = coder.architecture().coding.sample;
  if (sizes.size() != 3)
    throw Error(ErrorCode::usage, coder.file().title() + " takes rows of numbers, the input holds images");
  if (coder.file().text("binarize")) {
    throw Error(ErrorCode::usage,
                coder.file().title() + ": a model of binarised samples takes images of its own size only");
  }
  const std::int64_t side = std::min(sizes[1], sizes[2]);
  if (wanted == 0) return std::max<std::int64_t>(1, side / 4);
  if (wanted > side) {
    throw Error(ErrorCode::usage, "a stride of " + std::to_string(wanted) +
                                      " leaves gaps between windows of " + std::to_string(side) + " pixels");
  }
  return wanted;
}

WindowGrid::WindowGrid(const Picture& picture, const std::vector<std::int64_t>& sizes, std::int64_t stride,
                       std::int64_t first)
    : picture_(picture),
      channels_(sizes[0]),
      rows_(sizes[1]),
      columns_(sizes[2]),
      weight_y_(taper(rows_)),
      weight_x_(taper(columns_)) {
  if (picture.height < rows_ || picture.width < columns_) {
    throw Error(ErrorCode::data, "is smaller than a window of " + std::to_string(columns_) + " x " +
                                     std::to_string(rows_) + " pixels");
  }
  const std::vector<std::int64_t> lefts = places_along(picture.width, columns_, stride, first);
  for (const std::int64_t top : places_along(picture.height, rows_, stride, first)) {
    for (const std::int64_t left : lefts) places_.push_back({top, left});
  }
}

std::vector<float> WindowGrid::values(std::span<const Place> chosen) const {
  std::vector<float> out;
  out.reserve(chosen.size() * static_cast<std::size_t>(rows_ * columns_ * channels_));
  for (const auto& [top, left] : chosen) {
    for (std::int64_t y = 0; y < rows_; ++y) {
      for (std::int64_t x = 0; x < columns_; ++x) {
        for (std::int64_t c = 0; c < channels_; ++c)
          out.push_back(
              picture_.at(static_cast<int>(top + y), static_cast<int>(left + x), static_cast<int>(c)));
      }
    }
  }
  return out;
}

}  // namespace aedenoise::pipeline
