// Training on noise that is made from whole slices (CT): a few fields for each picture, made once and mixed
// anew for every patch.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/rng.h"
#include "imaging/noise.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

// Makes the fields, of several sharpnesses, and estimates the level of the noise that scans have themselves.
// Photographs stand for slices of CT with 0.75 mm between pixels, black for -1024 HU and white for 376.
// `before_each` is told how many pictures are done, some tenths of a second apart. Error{data} that names a
// scan which is not CT, Error{usage} for colour.
void make_noise_fields(Dataset& data, const imaging::SliceNoise& noise, std::uint64_t seed,
                       const std::function<void(std::size_t)>& before_each = {});

// What the noise of one patch and the slices around it has in common.
struct FieldDraw {
  std::size_t sharpness = 0;  // which
  float shared = 0.0F;        // correlation with that of the next slice
  float added = 0.0F;         // its level
  float own = 0.0F;           // that of the picture before
  float total() const;
  // The clean picture is unknown where it has noise of its own. By as much as that is weaker than what is
  // added, that has to be taken away on top of it so that the target's mean over all noise that gives the
  // same sum is the clean picture (Moran et al., "Noisier2Noise", CVPR 2020, solved for the target).
  float excess() const;
};

// Levels between `low` and `high` in HU (low + (high - low) u^2 with u uniform) for the sum of own and added
// noise, or above where that would be little beside the picture's own.
FieldDraw draw_fields(const Picture& picture, double low, double high, core::Rng& rng);

// A mix of a picture's fields of one sharpness, of level 1: a field as likely as any of them.
class FieldMix {
 public:
  FieldMix(const Picture& picture, std::size_t sharpness, core::Rng& rng);
  float at(int y, int x) const;

 private:
  int width_;
  const NoiseField* first_;
  const NoiseField* second_;
  float of_first_;
  float of_second_;
};

// The noise of the next slice: `drawn` becomes what has this share in common with `field`, of the same level.
void follow(std::span<const float> field, float shared, std::span<float> drawn);

// Adds noise of this level to every slice of an image in HU; neighbouring slices have 0.3 of it in common, as
// of a spiral scan. Error{data} when the values are no HU.
void add_slice_noise(Image& image, const imaging::SliceNoise& noise, double level, core::Rng& rng);

}  // namespace aedenoise::pipeline
