#include "pipeline/noise_fields.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>

#include "aedenoise/error.h"
#include "imaging/tissue_noise.h"
#include "pipeline/scans.h"

namespace aedenoise::pipeline {
namespace {

// Kernels from smooth to sharp, beside the usual one: that of every field, those of one kernel side by side.
constexpr std::size_t kFieldsOfEach = 2;
constexpr std::array kSharpness{0.7, 0.7, 0.95, 0.95, 1.3, 1.3};
constexpr Picture::Hounsfield kPhotograph{-1024.0F, 1400.0F, 0.75};
constexpr float kLeastAdded = 0.7F;  // of a picture's own level: less says too little about the clean one
// Neighbouring slices of a spiral scan overlap: from hardly to half.
constexpr float kMostShared = 0.5F;

std::vector<float> hounsfield_values(const Picture& picture) {
  std::vector<float> out = interleaved(picture);
  for (float& value : out) value = picture.hounsfield->shift + value * picture.hounsfield->scale;
  return out;
}

NoiseField quantised(const std::vector<float>& field) {
  static constexpr float kLargest = std::numeric_limits<std::int16_t>::max();
  NoiseField out(field.size());
  std::ranges::transform(field, out.begin(), [](float value) {
    return static_cast<std::int16_t>(std::lround(std::clamp(value / kFieldStep, -kLargest, kLargest)));
  });
  return out;
}

void require_slices(Picture& picture) {
  if (picture.channels != 1) {
    throw Error(ErrorCode::usage, "noise of kind ct is for networks of one channel");
  }
  if (picture.hounsfield) return;
  if (picture.is_scan()) {
    throw Error(ErrorCode::data, picture.path.string() +
                                     ": its values are not Hounsfield units, which noise of kind ct needs");
  }
  picture.hounsfield = kPhotograph;
}

// One level for the pictures from `begin` to `end`, slices of a volume.
void estimate_own(std::span<Picture> slices) {
  Image image;
  image.channels = 1;
  image.depth = static_cast<int>(slices.size());
  image.height = slices.front().height;
  image.width = slices.front().width;
  for (const Picture& picture : slices) {
    const std::vector<float> values = interleaved(picture);
    image.values.insert(image.values.end(), values.begin(), values.end());
  }
  const auto level = static_cast<float>(imaging::estimate_tissue_noise(image));
  for (Picture& picture : slices) picture.level = level;
}

}  // namespace

void make_noise_fields(Dataset& data, const imaging::SliceNoise& noise, std::uint64_t seed,
                       const std::function<void(std::size_t)>& before_each) {
  std::ranges::for_each(data.clean, require_slices);
  for (std::size_t begin = 0; begin < data.clean.size();) {
    std::size_t end = begin + 1;
    while (end < data.clean.size() && data.clean[end].volume == data.clean[begin].volume) ++end;
    if (data.clean[begin].is_scan()) estimate_own(std::span(data.clean).subspan(begin, end - begin));
    begin = end;
  }
  for (std::size_t i = 0; i < data.clean.size(); ++i) {
    if (before_each) before_each(i);
    Picture& picture = data.clean[i];
    const std::vector<float> values = hounsfield_values(picture);
    core::Rng rng(seed, i);
    const auto fields = noise.unit_fields(
        {values, picture.height, picture.width, picture.hounsfield->spacing}, kSharpness, rng);
    std::ranges::transform(fields, std::back_inserter(picture.fields), quantised);
  }
}

float FieldDraw::total() const { return std::hypot(added, own); }

float FieldDraw::excess() const { return own > 0.0F ? own * own / (added * added) : 0.0F; }

FieldDraw draw_fields(const Picture& picture, double low, double high, core::Rng& rng) {
  FieldDraw out;
  out.sharpness = rng.below(kSharpness.size() / kFieldsOfEach);
  out.shared = rng.uniform(0.0F, kMostShared);
  // Weak noise is drawn more often: heads have a tenth of the noise that chests have, and bones as bright.
  const float place = rng.uniform();
  const float total =
      (static_cast<float>(low) + static_cast<float>(high - low) * place * place) / picture.hounsfield->scale;
  out.own = picture.level;
  const float rest = std::max(total * total - out.own * out.own, 0.0F);
  out.added = std::max(std::sqrt(rest), kLeastAdded * out.own);
  return out;
}

void follow(std::span<const float> field, float shared, std::span<float> drawn) {
  const float fresh = std::sqrt(1.0F - shared * shared);
  for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = shared * field[i] + fresh * drawn[i];
}

void add_slice_noise(Image& image, const imaging::SliceNoise& noise, double level, core::Rng& rng) {
  constexpr float kShared = 0.3F;
  if (image.channels != 1 || !is_hounsfield(image)) {
    throw Error(ErrorCode::data, "its values are not Hounsfield units (CT), which noise of kind ct needs");
  }
  std::vector<float> field;
  for (int slice = 0; slice < image.depth; ++slice) {
    const std::span<float> values(image.plane(0, slice), image.plane_size());
    std::vector<float> drawn =
        noise.unit_field({values, image.height, image.width, image.spacing[0]}, 1.0, rng);
    if (!field.empty()) follow(field, kShared, drawn);
    for (std::size_t i = 0; i < drawn.size(); ++i) values[i] += static_cast<float>(level) * drawn[i];
    field = std::move(drawn);
  }
}

FieldMix::FieldMix(const Picture& picture, std::size_t sharpness, core::Rng& rng)
    : width_(picture.width), first_(&picture.fields[sharpness * kFieldsOfEach]), second_(first_ + 1) {
  const float angle = rng.uniform(0.0F, 2.0F * std::numbers::pi_v<float>);
  of_first_ = kFieldStep * std::cos(angle);
  of_second_ = kFieldStep * std::sin(angle);
}

float FieldMix::at(int y, int x) const {
  const std::size_t i =
      static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x);
  return of_first_ * static_cast<float>((*first_)[i]) + of_second_ * static_cast<float>((*second_)[i]);
}

}  // namespace aedenoise::pipeline
