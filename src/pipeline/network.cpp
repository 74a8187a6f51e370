#include "pipeline/network.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "aedenoise/error.h"
#include "model/architecture.h"
#include "onednn/engine.h"

namespace aedenoise::pipeline {
namespace {

// Source column or row of every position of a tile, mirrored at the image's borders.
std::vector<std::int64_t> source_positions(const TileSpan& span, std::int64_t side, std::int64_t size) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(side));
  for (std::int64_t i = 0; i < side; ++i) out[static_cast<std::size_t>(i)] = mirrored(span.origin + i, size);
  return out;
}

// The slices seen around `slice`: those before, then those after it.
std::vector<int> slices_around(int slice, int count, int depth) {
  std::vector<int> out;
  for (int offset = -(count / 2); offset <= count / 2; ++offset) {
    if (offset != 0) out.push_back(std::clamp(slice + offset, 0, depth - 1));
  }
  return out;
}

// Pages of libraries and stacks that the first tile touches; 2.4 MB were measured.
constexpr std::uint64_t kUnforeseen = std::uint64_t{4} << 20U;
// What a memory limit must leave of a tile besides its overlap: with less, that takes nearly all the time.
constexpr std::int64_t kLeastTile = 64;

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + (1U << 20U) - 1) >> 20U) + " MB";
}

}  // namespace

nn::Precision precision_here(Precision wanted) {
  const bool bf16 = wanted == Precision::automatic ? onednn::bf16_is_faster()
                                                   : wanted == Precision::bf16 && onednn::supports_bf16();
  return bf16 ? nn::Precision::bf16 : nn::Precision::f32;
}

Network::Network(model::ModelFile file, nn::Precision precision)
    : file_(std::move(file)), precision_(precision), graph_(model::build(file_.architecture)) {
  if (model::family(file_.architecture.kind).coding() != nullptr || model::is_codec(file_.architecture)) {
    throw Error(ErrorCode::usage, file_.origin +
                                      ": denoising needs a denoising model, this is an autoencoder of kind " +
                                      file_.architecture.kind);
  }
  rule_.multiple = model::size_multiple(file_.architecture);
  const nn::Interval reach = nn::reach(graph_, rule_.multiple);
  rule_.halo = std::max(-reach.first, reach.last);
}

void Network::plan(std::int64_t height, std::int64_t width, std::int64_t side) {
  rows_ = plan_axis(height, rule_, side);
  columns_ = plan_axis(width, rule_, side);
}

bool Network::is_compiled() const {
  return program_ && compiled_height_ == rows_.side && compiled_width_ == columns_.side;
}

void Network::compile() {
  program_.reset();  // before the next one is allocated
  const auto shapes = model::input_shapes(file_.architecture, 1, rows_.side, columns_.side);
  program_.emplace(graph_, shapes, precision_);
  compiled_height_ = rows_.side;
  compiled_width_ = columns_.side;
}

void Network::load() {
  program_->load(file_.weights);
  const auto plane = static_cast<std::size_t>(rows_.side * columns_.side) * sizeof(float);
  input_.resize(plane * static_cast<std::size_t>(channels()));
  output_.resize(plane * static_cast<std::size_t>(channels()));
  level_.resize(plane);
  neighbours_.resize(plane * static_cast<std::size_t>(slices() - 1));
}

// What a program takes once it is loaded and run, after having been compiled.
std::uint64_t Network::bytes_to_come() const {
  const auto plane = static_cast<std::uint64_t>(rows_.side * columns_.side) * sizeof(float);
  const auto planes = std::uint64_t{2} * channels() + slices();  // in, out, level, neighbours
  return program_->activation_bytes() + program_->weight_bytes() + plane * planes + kUnforeseen;
}

void Network::prepare(std::int64_t height, std::int64_t width, std::int64_t tile, const MemoryLimit& limit) {
  const std::int64_t side = (tile > 0 ? tile : kDefaultTile) + 2 * rule_.halo;
  if (limit.bytes == 0) {
    plan(height, width, side);
    if (is_compiled()) return;
    compile();
    load();
    return;
  }
  if (limited_side_ > 0) {
    plan(height, width, std::min(side, limited_side_));
    if (is_compiled() && resident_bytes() + limit.reserved <= limit.bytes) return;
  }
  compile_within(limit, height, width, side);
  load();
}

void Network::compile_within(const MemoryLimit& limit, std::int64_t height, std::int64_t width,
                             std::int64_t side) {
  const std::int64_t least = std::min(side, kLeastTile + 2 * rule_.halo);
  input_.resize(0);
  output_.resize(0);
  level_.resize(0);
  neighbours_.resize(0);
  for (;;) {
    program_.reset();
    plan(height, width, side);
    compile();
    return_freed_bytes();
    const std::uint64_t needed = resident_bytes() + bytes_to_come() + limit.reserved;
    limited_side_ = side;
    if (needed <= limit.bytes) return;
    const std::int64_t longest = std::max(rows_.side, columns_.side);
    if (side <= least || longest <= smallest_side(rule_)) {
      program_.reset();
      throw Error(ErrorCode::resource, "the memory limit of " + megabytes(limit.bytes) +
                                           " is too little: with the smallest tiles " + megabytes(needed) +
                                           " are needed");
    }
    // Activations grow with the tile's area, the rest does not.
    const auto variable = static_cast<double>(program_->activation_bytes());
    const double left = std::max(variable - static_cast<double>(needed - limit.bytes), 0.0);
    const double shrink = std::min(std::sqrt(left / variable), 0.95);
    side = std::max(static_cast<std::int64_t>(static_cast<double>(longest) * shrink), least);
  }
}

void Network::gather(const NetworkJob& job, const TileSpan& row, const TileSpan& column) {
  const Image& image = *job.noisy;
  const auto rows = source_positions(row, rows_.side, image.height);
  const auto columns = source_positions(column, columns_.side, image.width);
  const std::int64_t side = columns_.side;
  const std::int64_t count = channels();
  const std::vector<int> around = slices_around(job.slice, slices(), image.depth);
  const auto others = static_cast<std::int64_t>(around.size());
  const auto factor = static_cast<float>(1.0 / job.normalisation.scale);
  const auto shift = static_cast<float>(job.normalisation.shift);
#pragma omp parallel for
  for (std::int64_t y = 0; y < rows_.side; ++y) {
    const std::int64_t source = rows[static_cast<std::size_t>(y)] * image.width;
    const auto copy_row = [&](const float* plane, float* to, std::int64_t stride) {
      const float* from = plane + source;
      for (std::int64_t x = 0; x < side; ++x) {
        to[x * stride] = (from[columns[static_cast<std::size_t>(x)]] - shift) * factor;
      }
    };
    for (std::int64_t c = 0; c < count; ++c) {
      copy_row(image.plane(job.channel + static_cast<int>(c), job.slice), input() + y * side * count + c,
               count);
    }
    for (std::int64_t i = 0; i < others; ++i) {
      copy_row(image.plane(job.channel, around[static_cast<std::size_t>(i)]),
               neighbours() + y * side * others + i, others);
    }
    if (job.noise_map == nullptr) continue;
    for (std::int64_t x = 0; x < side; ++x) {
      level()[y * side + x] = job.noise_map[source + columns[static_cast<std::size_t>(x)]] * factor;
    }
  }
}

void Network::scatter(const NetworkJob& job, const TileSpan& row, const TileSpan& column) const {
  Image& image = *job.denoised;
  const std::int64_t count = channels();
  const auto scale = static_cast<float>(job.normalisation.scale);
  const auto shift = static_cast<float>(job.normalisation.shift);
  const auto* result = reinterpret_cast<const float*>(output_.data());
#pragma omp parallel for
  for (std::int64_t y = row.begin; y < row.end; ++y) {
    const float* from = result + ((y - row.origin) * columns_.side - column.origin) * count;
    for (std::int64_t c = 0; c < count; ++c) {
      float* to = image.plane(job.channel + static_cast<int>(c), job.slice) + y * image.width;
      for (std::int64_t x = column.begin; x < column.end; ++x) to[x] = from[x * count + c] * scale + shift;
    }
  }
}

void Network::run(const NetworkJob& job, const TileCallback& callback) {
  if (job.noise_map == nullptr) {
    const auto level_value = static_cast<float>(job.sigma / job.normalisation.scale);
    std::fill_n(level(), level_.size() / sizeof(float), level_value);
  }
  std::vector<const float*> inputs{input(), level()};
  if (slices() > 1) inputs.push_back(neighbours());
  const std::array<float*, 1> outputs{output()};
  double done = 0.0;
  for (const TileSpan& row : rows_.spans) {
    for (const TileSpan& column : columns_.spans) {
      if (callback && callback(done / static_cast<double>(tiles()))) {
        throw Error(ErrorCode::interrupted, "interrupted");
      }
      gather(job, row, column);
      program_->run(inputs, outputs);
      scatter(job, row, column);
      done += 1.0;
    }
  }
}

}  // namespace aedenoise::pipeline
