// One denoising network over image planes of any size, tile by tile.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "aedenoise/denoiser.h"
#include "aedenoise/image.h"
#include "model/model_file.h"
#include "nn/program.h"
#include "onednn/aligned.h"
#include "pipeline/memory.h"
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
  Image* denoised = nullptr;         // same shape as noisy; the same planes are overwritten
};

// Called between tiles: with the share of the job done; returns whether to stop, which throws
// Error{interrupted}.
using TileCallback = std::function<bool(double)>;

// Kept part of a tile where nobody asks for another. Larger ones recompute less of their overlap (28% here,
// for a reach of 67) but need more memory (240 bytes per pixel) for no more speed per pixel.
inline constexpr std::int64_t kDefaultTile = 1024;

class Network {
 public:
  Network(model::ModelFile file, nn::Precision precision);

  const model::ModelFile& file() const { return file_; }
  int channels() const { return static_cast<int>(file_.architecture.channels); }
  int slices() const { return static_cast<int>(file_.architecture.slices); }  // seen at a time
  nn::Precision precision() const { return precision_; }
  const TileRule& rule() const { return rule_; }

  // Compiles the network for planes of height x width in tiles whose kept part has sides of at most `tile`
  // pixels (0: chosen for speed), smaller if the process would otherwise come to hold more than `limit`.
  // Keeps what is compiled already if it fits. Error{resource} that says how much memory is needed when even
  // the smallest tile takes more.
  void prepare(std::int64_t height, std::int64_t width, std::int64_t tile, const MemoryLimit& limit);

  // Needs prepare() for the job's size.
  void run(const NetworkJob& job, const TileCallback& callback);

  std::int64_t tile_height() const { return rows_.side; }
  std::int64_t tile_width() const { return columns_.side; }
  std::int64_t tiles() const { return static_cast<std::int64_t>(rows_.spans.size() * columns_.spans.size()); }

 private:
  void plan(std::int64_t height, std::int64_t width, std::int64_t side);
  bool is_compiled() const;
  void compile();
  void load();
  void compile_within(const MemoryLimit& limit, std::int64_t height, std::int64_t width, std::int64_t side);
  std::uint64_t bytes_to_come() const;
  void gather(const NetworkJob& job, const TileSpan& row, const TileSpan& column);
  void scatter(const NetworkJob& job, const TileSpan& row, const TileSpan& column) const;
  float* input() { return reinterpret_cast<float*>(input_.data()); }
  float* level() { return reinterpret_cast<float*>(level_.data()); }
  float* neighbours() { return reinterpret_cast<float*>(neighbours_.data()); }
  float* output() { return reinterpret_cast<float*>(output_.data()); }

  model::ModelFile file_;
  nn::Precision precision_;
  nn::Graph graph_;
  TileRule rule_;
  TileAxis rows_;
  TileAxis columns_;
  std::optional<nn::InferenceProgram> program_;
  std::int64_t compiled_height_ = 0;
  std::int64_t compiled_width_ = 0;
  std::int64_t limited_side_ = 0;  // what a memory limit made of the last plan's side; 0: nothing yet
  onednn::AlignedBytes input_;
  onednn::AlignedBytes level_;
  onednn::AlignedBytes neighbours_;
  onednn::AlignedBytes output_;
};

}  // namespace aedenoise::pipeline
