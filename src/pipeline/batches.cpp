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

// Whether a quarter of the patch, looked at on a coarse grid, is as bright as tissue.
bool has_tissue(const Picture& picture, const Crop& crop, int size) {
  constexpr int kStep = 8;
  constexpr float kFaintest = 0.1F;
  int seen = 0;
  int bright = 0;
  for (int y = 0; y < size; y += kStep) {
    for (int x = 0; x < size; x += kStep) {
      ++seen;
      bright += picture.at(crop.top + y, crop.left + x, 0) >= kFaintest ? 1 : 0;
    }
  }
  return 4 * bright >= seen;
}

Crop draw_crop(const Picture& picture, int size, core::Rng& rng) {
  constexpr int kTries = 4;
  Crop crop;
  for (int i = 0; i < kTries; ++i) {
    crop = {static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.height - size + 1))),
            static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.width - size + 1))), rng.below(8)};
    if (!picture.is_scan() || has_tissue(picture, crop, size)) break;
  }
  return crop;
}

float root_mean_square_difference(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2.0);
  return static_cast<float>(std::sqrt(sum / static_cast<double>(a.size())));
}

}  // namespace

struct BatchMaker::Patch {
  std::size_t picture = 0;
  Crop crop;
  int size = 0;
  float level = 0.0F;
  std::span<const float> noisy;
  std::span<float> neighbours;  // slices - 1 values per pixel
};

BatchMaker::BatchMaker(const Dataset& data, const NoiseRange& noise, std::uint64_t seed, int slices)
    : data_(data), noise_(noise), seed_(seed), slices_(slices) {
  std::uint64_t total = 0;
  for (const Picture& picture : data.clean) {
    total += static_cast<std::uint64_t>(picture.height) * static_cast<std::uint64_t>(picture.width);
    cumulative_area_.push_back(total);
  }
}

void BatchMaker::resize(std::int64_t count, int size, Batch& batch) const {
  const auto pixels =
      static_cast<std::size_t>(count) * static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const auto channels = static_cast<std::size_t>(data_.clean.front().channels);
  batch.noisy.resize(pixels * channels);
  batch.clean.resize(pixels * channels);
  batch.noise_map.resize(pixels);
  batch.neighbours.resize(pixels * static_cast<std::size_t>(slices_ - 1));
}

void BatchMaker::make(std::int64_t step, std::int64_t count, int size, Batch& batch) const {
  resize(count, size, batch);
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < count; ++i) make_patch(step, i, {}, size, batch);
}

void BatchMaker::make_of(std::size_t picture, int size, Batch& batch) const {
  resize(1, size, batch);
  make_patch(0, 0, picture, size, batch);
}

std::vector<const float*> BatchMaker::inputs(const Batch& batch) {
  std::vector<const float*> out{batch.noisy.data(), batch.noise_map.data()};
  if (!batch.neighbours.empty()) out.push_back(batch.neighbours.data());
  return out;
}

void BatchMaker::make_patch(std::int64_t step, std::int64_t index, std::optional<std::size_t> wanted,
                            int size, Batch& batch) const {
  constexpr std::uint64_t kPatchesPerStep = 1U << 20U;
  core::Rng rng(seed_,
                static_cast<std::uint64_t>(step) * kPatchesPerStep + static_cast<std::uint64_t>(index));
  const std::uint64_t place =
      (static_cast<std::uint64_t>(rng.next_u32()) << 32U | rng.next_u32()) % cumulative_area_.back();
  const auto drawn =
      static_cast<std::size_t>(std::ranges::upper_bound(cumulative_area_, place) - cumulative_area_.begin());
  const std::size_t chosen = wanted.value_or(drawn);
  const Picture& picture = data_.clean[chosen];
  const Crop crop = draw_crop(picture, size, rng);

  const std::size_t area = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const auto part = [&](std::vector<float>& values, std::size_t channels) {
    return std::span(values).subspan(static_cast<std::size_t>(index) * area * channels, area * channels);
  };
  const std::span<float> clean = part(batch.clean, static_cast<std::size_t>(picture.channels));
  const std::span<float> noisy = part(batch.noisy, static_cast<std::size_t>(picture.channels));
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
  std::ranges::fill(part(batch.noise_map, 1), level);
  if (slices_ == 1) return;
  const std::span<float> neighbours = part(batch.neighbours, static_cast<std::size_t>(slices_ - 1));
  make_neighbours({chosen, crop, size, level, noisy, neighbours}, rng);
}

void BatchMaker::make_neighbours(const Patch& patch, core::Rng& rng) const {
  constexpr std::uint32_t kShortened = 8;
  const int half = slices_ / 2;
  const int direction = rng.below(2) == 0 ? 1 : -1;  // of the first side
  const bool shortened = rng.below(kShortened) == 0;
  std::vector<float> values(patch.noisy.size());
  for (const int side : {direction, -direction}) {
    const int reach = shortened ? static_cast<int>(rng.below(static_cast<std::uint32_t>(half) + 1)) : half;
    std::ranges::copy(patch.noisy, values.begin());
    std::size_t held = patch.picture;
    for (int distance = 1; distance <= half; ++distance) {
      const std::size_t next = data_.neighbour(patch.picture, side * std::min(distance, reach));
      if (next != held) {
        copy_patch(data_.noisy.empty() ? data_.clean[next] : data_.noisy[next], patch.crop, patch.size,
                   values.data());
        if (data_.noisy.empty()) noise_.model->corrupt(values, patch.level, 1.0F, rng);
        held = next;
      }
      // The first side comes before the image, nearest slice last, the other after it, nearest first.
      const int channel = side == direction ? half - distance : half + distance - 1;
      for (std::size_t i = 0; i < values.size(); ++i) {
        patch.neighbours[i * static_cast<std::size_t>(slices_ - 1) + static_cast<std::size_t>(channel)] =
            values[i];
      }
    }
  }
}

}  // namespace aedenoise::pipeline
