#include "pipeline/batches.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/parallel.h"

namespace aedenoise::pipeline {
namespace {

// Whether a quarter of the patch, looked at on a coarse grid, is as bright as tissue.
bool has_tissue(const Picture& picture, int top, int left, int size) {
  constexpr int kStep = 8;
  constexpr float kFaintest = 0.1F;
  int seen = 0;
  int bright = 0;
  for (int y = 0; y < size; y += kStep) {
    for (int x = 0; x < size; x += kStep) {
      ++seen;
      bright += picture.at(top + y, left + x, 0) >= kFaintest ? 1 : 0;
    }
  }
  return 4 * bright >= seen;
}

float draw_level(const NoiseRange& noise, core::Rng& rng) {
  constexpr float kShareByMagnitude = 0.125F;
  constexpr float kMagnitudes = 10.0F;  // powers of two
  const auto low = static_cast<float>(noise.low);
  const auto high = static_cast<float>(noise.high);
  if (rng.uniform() >= kShareByMagnitude) return rng.uniform(low, high);
  return std::max(low, high * std::exp2(-kMagnitudes * rng.uniform()));
}

float root_mean_square_difference(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2.0);
  return static_cast<float>(std::sqrt(sum / static_cast<double>(a.size())));
}

}  // namespace

// Where a patch comes from: its corner and size, and one of the eight symmetries of the square.
struct BatchMaker::Crop {
  int top = 0;
  int left = 0;
  std::uint32_t symmetry = 0;
  int height = 0;
  int width = 0;
};

struct BatchMaker::Patch {
  std::size_t picture = 0;
  Crop crop;
  float level = 0.0F;
  std::span<float> clean;
  std::span<float> noisy;
  std::span<float> neighbours;  // slices - 1 values per pixel
  FieldDraw draw;               // of noise made from whole slices
  std::vector<float> field;     // and that noise at level 1
};

// Visits the pixels of a picture, (row, column), that a crop takes, in its own order.
template <typename Visit>
void BatchMaker::visit(const Crop& crop, Visit visit_pixel) {
  for (int y = 0; y < crop.height; ++y) {
    for (int x = 0; x < crop.width; ++x) {
      int sy = (crop.symmetry & 1U) != 0 ? crop.height - 1 - y : y;
      int sx = (crop.symmetry & 2U) != 0 ? crop.width - 1 - x : x;
      if ((crop.symmetry & 4U) != 0) std::swap(sy, sx);
      visit_pixel(crop.top + sy, crop.left + sx);
    }
  }
}

void BatchMaker::copy_crop(const Picture& picture, const Crop& crop, float* out) {
  visit(crop, [&](int y, int x) {
    for (int c = 0; c < picture.channels; ++c) *out++ = picture.at(y, x, c);
  });
}

std::vector<float> BatchMaker::field_of(const Picture& picture, const Patch& patch, core::Rng& rng) {
  const FieldMix mix(picture, patch.draw.sharpness, rng);
  std::vector<float> out;
  out.reserve(patch.noisy.size());
  visit(patch.crop, [&](int y, int x) { out.push_back(mix.at(y, x)); });
  return out;
}

BatchMaker::Crop BatchMaker::draw_crop(const Picture& picture, int size, core::Rng& rng) const {
  constexpr int kTries = 4;
  Crop crop;
  for (int i = 0; i < kTries; ++i) {
    crop = {static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.height - size + 1))),
            static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.width - size + 1))), rng.below(8),
            size, size};
    if (anywhere_ || !picture.is_scan() || has_tissue(picture, crop.top, crop.left, size)) break;
  }
  return crop;
}

BatchMaker::BatchMaker(const Dataset& data, const NoiseRange& noise, std::uint64_t seed, int slices,
                       bool anywhere)
    : data_(data),
      noise_(noise),
      made_from_slices_(noise.model != nullptr && noise.model->of_slices() != nullptr),
      seed_(seed),
      slices_(slices),
      anywhere_(anywhere) {
  std::uint64_t total = 0;
  for (const Picture& picture : data.clean) {
    total += static_cast<std::uint64_t>(picture.height) * static_cast<std::uint64_t>(picture.width);
    cumulative_area_.push_back(total);
  }
}

void BatchMaker::resize(std::int64_t count, int height, int width, Batch& batch) const {
  const auto pixels =
      static_cast<std::size_t>(count) * static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  const auto channels = static_cast<std::size_t>(data_.clean.front().channels);
  batch.noisy.resize(pixels * channels);
  batch.clean.resize(pixels * channels);
  batch.noise_map.resize(pixels);
  batch.neighbours.resize(pixels * static_cast<std::size_t>(slices_ - 1));
}

void BatchMaker::make(std::int64_t step, std::int64_t count, int size, Batch& batch) const {
  resize(count, size, size, batch);
  core::parallel_for(static_cast<std::size_t>(count),
                     [&](std::size_t i) { make_patch(step, static_cast<std::int64_t>(i), {}, size, batch); });
}

void BatchMaker::make_of(std::size_t picture, int size, Batch& batch) const {
  resize(1, size, size, batch);
  make_patch(0, 0, picture, size, batch);
}

void BatchMaker::make_corner(std::size_t picture, int height, int width, Batch& batch) const {
  resize(1, height, width, batch);
  core::Rng rng(seed_, picture);
  fill(picture, {0, 0, 0, height, width}, 0, rng, batch);
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
  const Crop crop = draw_crop(data_.clean[chosen], size, rng);
  fill(chosen, crop, index, rng, batch);
}

void BatchMaker::corrupt(std::span<float> values, float level, core::Rng& rng) const {
  if (noise_.model != nullptr) noise_.model->corrupt(values, level, 1.0F, rng);
}

void BatchMaker::add_field(Patch& patch, core::Rng& rng) const {
  const Picture& picture = data_.clean[patch.picture];
  patch.draw = draw_fields(picture, noise_.low, noise_.high, rng);
  patch.field = field_of(picture, patch, rng);
  patch.level = patch.draw.total();
  for (std::size_t i = 0; i < patch.field.size(); ++i) {
    const float added = patch.draw.added * patch.field[i];
    patch.noisy[i] = patch.clean[i] + added;
    patch.clean[i] -= patch.draw.excess() * added;
  }
}

void BatchMaker::fill(std::size_t chosen, const Crop& crop, std::int64_t index, core::Rng& rng,
                      Batch& batch) const {
  const Picture& picture = data_.clean[chosen];
  const std::size_t area = static_cast<std::size_t>(crop.height) * static_cast<std::size_t>(crop.width);
  const auto part = [&](std::vector<float>& values, std::size_t channels) {
    return std::span(values).subspan(static_cast<std::size_t>(index) * area * channels, area * channels);
  };
  const auto channels = static_cast<std::size_t>(picture.channels);
  Patch patch{chosen, crop, picture.level, part(batch.clean, channels), part(batch.noisy, channels), {},
              {},     {}};
  copy_crop(picture, crop, patch.clean.data());

  if (!data_.noisy.empty()) {
    copy_crop(data_.noisy[chosen], crop, patch.noisy.data());
    patch.level = root_mean_square_difference(patch.noisy, patch.clean) * data_.share_of_noise();
  } else if (made_from_slices_) {
    add_field(patch, rng);
  } else {
    if (noise_.model != nullptr) {
      patch.level = draw_level(noise_, rng) / 255.0F;
    }
    std::ranges::copy(patch.clean, patch.noisy.begin());
    corrupt(patch.noisy, patch.level, rng);
  }
  std::ranges::fill(part(batch.noise_map, 1), patch.level);
  if (slices_ == 1) return;
  patch.neighbours = part(batch.neighbours, static_cast<std::size_t>(slices_ - 1));
  make_neighbours(patch, rng);
}

void BatchMaker::make_noisy_slice(const Patch& patch, std::size_t slice, std::span<float> values,
                                  std::vector<float>& field, core::Rng& rng) const {
  if (!data_.noisy.empty()) {
    copy_crop(data_.noisy[slice], patch.crop, values.data());
    return;
  }
  copy_crop(data_.clean[slice], patch.crop, values.data());
  if (!made_from_slices_) {
    corrupt(values, patch.level, rng);
    return;
  }
  std::vector<float> drawn = field_of(data_.clean[slice], patch, rng);
  follow(field, patch.draw.shared, drawn);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += patch.draw.added * drawn[i];
  field = std::move(drawn);
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
    std::vector<float> field = patch.field;
    std::size_t held = patch.picture;
    for (int distance = 1; distance <= half; ++distance) {
      const std::size_t next = data_.neighbour(patch.picture, side * std::min(distance, reach));
      if (next != held) {
        make_noisy_slice(patch, next, values, field, rng);
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
