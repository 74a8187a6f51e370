#include "imaging/drawing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace aedenoise::imaging {
namespace {

constexpr int kSide = 8;                    // of a patch
constexpr std::int64_t kPatches = 1 << 14;  // about so many are looked at in each channel

// Of 55 screenshots, plots and icons all but one (a logo with shadows) are beyond both bounds; of photographs
// at most 0.01 of the patches have such a line, with noise or without, and of sparse counts at least 0.14 of
// the pixels stand out.
constexpr double kLined = 0.4;
constexpr double kStandOut = 0.1;

struct Counts {
  std::size_t varied = 0;   // patches of more than one value
  std::size_t lined = 0;    // of these: with a row or column of one value
  std::size_t uneven = 0;   // pixels unlike one of their four neighbours
  std::size_t extreme = 0;  // pixels above all four or below all four
};

// Of the pixels at 0, step, 2 step...
bool is_line(const float* first, std::int64_t step) {
  for (int i = 1; i < kSide; ++i) {
    if (first[i * step] != first[0]) return false;
  }
  return true;
}

void count_pixels(const float* patch, std::int64_t stride, Counts& counts) {
  for (int y = 1; y < kSide - 1; ++y) {
    for (int x = 1; x < kSide - 1; ++x) {
      const float* at = patch + y * stride + x;
      const auto [low, high] = std::minmax({at[-1], at[1], at[-stride], at[stride]});
      counts.uneven += static_cast<std::size_t>(low != *at || high != *at);
      counts.extreme += static_cast<std::size_t>(*at < low || *at > high);
    }
  }
}

void count_patch(const float* patch, std::int64_t stride, Counts& counts) {
  bool constant = true;
  bool lined = false;
  for (int i = 0; i < kSide; ++i) {
    const bool row = is_line(patch + i * stride, 1);
    constant = constant && row && patch[i * stride] == patch[0];
    lined = lined || row || is_line(patch + i, stride);
  }
  if (constant) return;
  ++counts.varied;
  counts.lined += static_cast<std::size_t>(lined);
  count_pixels(patch, stride, counts);
}

}  // namespace

bool is_drawn(const Image& image) {
  const bool picture = image.depth == 1 && image.modality == Modality::other;
  if (!picture || image.height < kSide || image.width < kSide) return false;
  const double all = static_cast<double>(image.height) * image.width;
  const auto step = static_cast<std::int64_t>(std::ceil(std::sqrt(all / static_cast<double>(kPatches))));
  Counts counts;
  for (int channel = 0; channel < image.channels; ++channel) {
    for (std::int64_t y = 0; y + kSide <= image.height; y += step) {
      for (std::int64_t x = 0; x + kSide <= image.width; x += step) {
        count_patch(image.plane(channel) + y * image.width + x, image.width, counts);
      }
    }
  }
  return static_cast<double>(counts.lined) > kLined * static_cast<double>(counts.varied) &&
         static_cast<double>(counts.extreme) < kStandOut * static_cast<double>(counts.uneven);
}

}  // namespace aedenoise::imaging
