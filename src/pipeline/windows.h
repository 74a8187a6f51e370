// A large image as an autoencoder of small ones sees it: cut into overlapping windows of the samples' size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/coder.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

// Pixels from one window to the next: `wanted`, for 0 a quarter of the windows' shorter side. Error{usage}
// when the model's samples are not images or the stride leaves gaps.
std::int64_t window_stride(const Coder& coder, std::int64_t wanted);

class WindowGrid {
 public:
  struct Place {
    std::int64_t top;
    std::int64_t left;
  };

  // Windows of `sizes` (channels, height, width) at every `stride`-th row and column from `first` on, the
  // last ones at the picture's end, so that from 0 on they cover it. Error{data} for a picture smaller than a
  // window. The picture must live on.
  WindowGrid(const Picture& picture, const std::vector<std::int64_t>& sizes, std::int64_t stride,
             std::int64_t first = 0);

  const std::vector<Place>& places() const { return places_; }
  // The windows' values, one window after another, channels side by side.
  std::vector<float> values(std::span<const Place> chosen) const;

  // use(pixel of the picture, pixel of the window, weight) for every pixel of a window; the weight is highest
  // in the middle and never 0.
  template <typename Use>
  void for_each_pixel(const Place& place, const Use& use) const {
    for (std::int64_t y = 0; y < rows_; ++y) {
      for (std::int64_t x = 0; x < columns_; ++x) {
        use(static_cast<std::size_t>((place.top + y) * picture_.width + place.left + x),
            static_cast<std::size_t>(y * columns_ + x),
            weight_y_[static_cast<std::size_t>(y)] * weight_x_[static_cast<std::size_t>(x)]);
      }
    }
  }

 private:
  const Picture& picture_;
  std::int64_t channels_, rows_, columns_;
  std::vector<Place> places_;
  std::vector<float> weight_y_, weight_x_;
};

}  // namespace aedenoise::pipeline
