#include "pipeline/batches.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace aedenoise::pipeline {
namespace {

// Where a patch comes from: its corner, and one of the eight symmetries of the square.
struct Crop {
  int top = 0;
  int left = 0;
  std::uint32_t symmetry = 0;
};

void copy_patch(const Picture& picture, const Crop& crop, int size, float* out) {
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      int sy = (crop.symmetry & 1U) != 0 ? size - 1 - y : y;
      int sx = (crop.symmetry & 2U) != 0 ? size - 1 - x : x;
      if ((crop.symmetry & 4U) != 0) std::swap(sy, sx);
      for (int c = 0; c < picture.channels; ++c) *out++ = picture.at(crop.top + sy, crop.left + sx, c);
    }
  }
}

float root_mean_square_difference(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2.0);
  return static_cast<float>(std::sqrt(sum / static_cast<double>(a.size())));
}

}  // namespace

BatchMaker::BatchMaker(const Dataset& data, const NoiseRange& noise, std::uint64_t seed)
    : data_(data), noise_(noise), seed_(seed) {
  std::uint64_t total = 0;
  for (const Picture& picture : data.clean) {
    total += static_cast<std::uint64_t>(picture.height) * static_cast<std::uint64_t>(picture.width);
    cumulative_area_.push_back(total);
  }
}

void BatchMaker::make(std::int64_t step, std::int64_t count, int size, Batch& batch) const {
  const auto pixels =
      static_cast<std::size_t>(count) * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const auto channels = static_cast<std::size_t>(data_.clean.front().channels);
  batch.noisy.resize(pixels * channels);
  batch.clean.resize(pixels * channels);
  batch.noise_map.resize(pixels);
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i) make_patch(step, i, size, batch);
}

void BatchMaker::make_patch(std::int64_t step, std::int64_t index, int size, Batch& batch) const {
  constexpr std::uint64_t kPatchesPerStep = 1U << 20U;
  core::Rng rng(seed_,
                static_cast<std::uint64_t>(step) * kPatchesPerStep + static_cast<std::uint64_t>(index));
  const std::uint64_t place =
      (static_cast<std::uint64_t>(rng.next_u32()) << 32U | rng.next_u32()) % cumulative_area_.back();
  const auto chosen =
      static_cast<std::size_t>(std::ranges::upper_bound(cumulative_area_, place) - cumulative_area_.begin());
  const Picture& picture = data_.clean[chosen];
  const Crop crop{static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.height - size + 1))),
                  static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.width - size + 1))),
                  rng.below(8)};

  const std::size_t area = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const std::size_t values = area * static_cast<std::size_t>(picture.channels);
  const std::span<float> clean(batch.clean.data() + static_cast<std::size_t>(index) * values, values);
  const std::span<float> noisy(batch.noisy.data() + static_cast<std::size_t>(index) * values, values);
  copy_patch(picture, crop, size, clean.data());

  float level = 0.0F;
  if (data_.noisy.empty()) {
    level = rng.uniform(static_cast<float>(noise_.low), static_cast<float>(noise_.high)) / 255.0F;
    std::ranges::copy(clean, noisy.begin());
    noise_.model->corrupt(noisy, level, 1.0F, rng);
  } else {
    copy_patch(data_.noisy[chosen], crop, size, noisy.data());
    level = root_mean_square_difference(noisy, clean);
  }
  const std::span<float> map(batch.noise_map.data() + static_cast<std::size_t>(index) * area, area);
  std::ranges::fill(map, level);
}

}  // namespace aedenoise::pipeline
