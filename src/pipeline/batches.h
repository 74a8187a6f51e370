// Training batches: random patches, flipped and rotated, with fresh noise; each a pure function of seed and
// step.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "imaging/noise.h"
#include "pipeline/dataset.h"
#include "pipeline/noise_fields.h"

namespace aedenoise::pipeline {

struct NoiseRange {
  // None: pictures are noisy themselves, of the level they state, and are given as they are.
  const imaging::NoiseModel* model = nullptr;
  // Level on the 0-255 scale, drawn uniformly per patch, but for one patch in eight evenly over its
  // magnitudes down to a thousandth of the highest: the weaker the noise beside the edges, the more a network
  // without biases can go wrong, and the seldomer a uniform level is as weak. Of noise made from whole slices
  // in HU and as draw_fields() says.
  double low = 0.0;
  double high = 55.0;
};

// Channels-last, values 0..1 before noise.
struct Batch {
  std::vector<float> noisy;       // N, C, H, W
  std::vector<float> noise_map;   // N, 1, H, W: the level, 0..1 scale
  std::vector<float> clean;       // N, C, H, W; of noisy scans what has the clean one as its mean
  std::vector<float> neighbours;  // N, slices - 1, H, W, noisy; empty for one slice
};

class BatchMaker {
 public:
  // `data` must outlive this, and have fields (make_noise_fields()) for noise made from whole slices.
  // Pictures are drawn in proportion to their area, patches of scans again where they hold little but air.
  // With `slices` > 1 (odd) those around a patch come with it, each with noise of its own, in either order;
  // where a volume ends, and one time in eight before that, the last is repeated. `anywhere`: air is as good
  // as tissue.
  BatchMaker(const Dataset& data, const NoiseRange& noise, std::uint64_t seed, int slices = 1,
             bool anywhere = false);

  // Fills `batch` with `count` patches of size x size.
  void make(std::int64_t step, std::int64_t count, int size, Batch& batch) const;
  // One patch of a certain picture.
  void make_of(std::size_t picture, int size, Batch& batch) const;
  // The top left height x width pixels of a certain picture, not flipped.
  void make_corner(std::size_t picture, int height, int width, Batch& batch) const;

  // What a network takes, in the order of its inputs.
  static std::vector<const float*> inputs(const Batch& batch);

 private:
  struct Crop;
  struct Patch;  // what goes into a batch, and where
  void resize(std::int64_t count, int height, int width, Batch& batch) const;
  void make_patch(std::int64_t step, std::int64_t index, std::optional<std::size_t> wanted, int size,
                  Batch& batch) const;
  void fill(std::size_t picture, const Crop& crop, std::int64_t index, core::Rng& rng, Batch& batch) const;
  void corrupt(std::span<float> values, float level, core::Rng& rng) const;
  template <typename Visit>
  static void visit(const Crop& crop, Visit visit_pixel);
  static void copy_crop(const Picture& picture, const Crop& crop, float* out);
  static std::vector<float> field_of(const Picture& picture, const Patch& patch, core::Rng& rng);
  Crop draw_crop(const Picture& picture, int size, core::Rng& rng) const;
  // Adds what a patch has of noise that is made from whole slices.
  void add_field(Patch& patch, core::Rng& rng) const;
  // Replaces `values` by a noisy slice; `field` is the noise of the one before, and then its own.
  void make_noisy_slice(const Patch& patch, std::size_t slice, std::span<float> values,
                        std::vector<float>& field, core::Rng& rng) const;
  void make_neighbours(const Patch& patch, core::Rng& rng) const;

  const Dataset& data_;
  NoiseRange noise_;
  bool made_from_slices_;
  std::uint64_t seed_;
  int slices_;
  bool anywhere_;
  std::vector<std::uint64_t> cumulative_area_;
};

}  // namespace aedenoise::pipeline
