// One denoising network over image planes of any size: small ones at once, others in bands of rows, wide ones
// in columns of tiles besides.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "aedenoise/denoiser.h"
#include "aedenoise/image.h"
#include "core/memory.h"
#include "model/model_file.h"
#include "nn/streaming.h"
#include "pipeline/normalise.h"
#include "pipeline/tiler.h"

namespace aedenoise::pipeline {

// What this CPU computes with: f32 instead of a bf16 that it has not.
nn::Precision precision_here(Precision wanted);

// What to denoise: as many planes of `noisy` as the network has channels, of one slice. `noisy` must be
// finite. A network that sees several slices takes those around it from `noisy`; before the first and after
// the last, those are repeated.
struct NetworkJob {
  const Image* noisy = nullptr;
  int channel = 0;  // the first of the planes
  int slice = 0;
  Normalisation normalisation;
  double sigma = 0.0;                // standard deviation in the image's units
  const float* noise_map = nullptr;  // height x width values like sigma, instead of it
  // No value is moved by more than so many standard deviations: what the network has never seen it may answer
  // with any value.
  float largest_deviation = std::numeric_limits<float>::infinity();
  Image* denoised = nullptr;  // same shape as noisy; the same planes are overwritten

  float level(std::int64_t pixel) const {
    return noise_map != nullptr ? noise_map[pixel] : static_cast<float>(sigma);
  }
};

// Called before each band: with the share of the job done; returns whether to stop, which throws
// Error{interrupted}.
using TileCallback = std::function<bool(double)>;

class Network {
 public:
  Network(model::ModelFile file, nn::Precision precision);

  const model::ModelFile& file() const { return file_; }
  int channels() const { return static_cast<int>(file_.architecture.channels); }
  int slices() const { return static_cast<int>(file_.architecture.slices); }  // seen at a time
  nn::Precision precision() const { return precision_; }
  const TileRule& rule() const { return rule_; }

  // Compiles the network for planes of height x width: at once where neither is longer than `tile` pixels and
  // two halos, else in bands of rows and in columns whose kept part has at most `tile` pixels (0: chosen for
  // speed); in smaller ones if the process would otherwise come to hold more than `limit`. Keeps what is
  // compiled already if it fits. Error{resource} that says how much memory is needed when even the smallest
  // take more.
  void prepare(std::int64_t height, std::int64_t width, std::int64_t tile, const core::MemoryLimit& limit);

  // Needs prepare() for the job's size. Samples that stand alone (lone_samples.h) keep their value, and the
  // network sees their surroundings instead.
  void run(const NetworkJob& job, const TileCallback& callback);

  // What is run at a time, overlap included.
  std::int64_t tile_height() const { return layout_.band; }
  std::int64_t tile_width() const { return layout_.columns.side; }
  std::int64_t tiles() const {
    return static_cast<std::int64_t>(layout_.columns.spans.size()) * program_->bands();
  }

 private:
  struct Layout {
    std::int64_t height = 0;  // of the padded image
    std::int64_t band = 0;    // rows taken at a time, at most `height`
    TileAxis columns;
  };
  // What a memory limit makes smaller.
  struct Extent {
    std::int64_t side = 0;     // of the largest image that is taken at once
    std::int64_t columns = 0;  // of others: width of a column of tiles
    std::int64_t band = 0;     // and pixels of a band
  };
  Layout lay_out(std::int64_t height, std::int64_t width, const Extent& extent) const;
  std::int64_t band_unit() const;
  void compile(const Layout& layout);
  bool is_compiled(const Layout& layout) const;
  void compile_within(const core::MemoryLimit& limit, std::int64_t height, std::int64_t width, Extent extent);
  void gather(const NetworkJob& job, std::int64_t origin, std::int64_t first, std::int64_t count,
              std::span<float* const> inputs) const;
  void scatter(const NetworkJob& job, const TileSpan& column, std::int64_t first, std::int64_t count,
               const float* output) const;

  model::ModelFile file_;
  nn::Precision precision_;
  nn::Graph graph_;
  TileRule rule_;
  Layout layout_;
  std::optional<nn::StreamingProgram> program_;
  std::optional<Extent> limited_;  // what a memory limit made of the last extent
};

}  // namespace aedenoise::pipeline
