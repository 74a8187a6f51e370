#include "pipeline/network.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aedenoise/error.h"
#include "model/architecture.h"
#include "onednn/engine.h"
#include "pipeline/lone_samples.h"

namespace aedenoise::pipeline {
namespace {

// Source column or row of `count` positions from `first` on, mirrored at the image's borders.
std::vector<std::int64_t> source_positions(std::int64_t first, std::int64_t count, std::int64_t size) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) out[static_cast<std::size_t>(i)] = mirrored(first + i, size);
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
// Sides of what is taken at once, and widths of columns, where nobody asks for others: wider columns compute
// less of their overlap twice, larger images at once are no faster and need more memory (240 bytes per
// pixel).
constexpr std::int64_t kLargestAtOnce = 512;
constexpr std::int64_t kWidestColumn = 4096;
// What a memory limit must leave of a column besides its overlap: with less, that takes nearly all the time.
constexpr std::int64_t kNarrowestColumn = 64;
// Pixels of a band: what a convolution reads and writes of it (4 MB each at 32 bytes per pixel, as in `gray`)
// then stays in most CPUs' last cache, and what every band costs does not count.
constexpr std::int64_t kBandPixels = std::int64_t{1} << 17U;

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
    throw Error(ErrorCode::usage, file_.title() +
                                      ": denoising needs a denoising model, this is an autoencoder of kind " +
                                      file_.architecture.kind);
  }
  rule_.multiple = model::size_multiple(file_.architecture);
  const nn::Interval reach = nn::reach(graph_, rule_.multiple);
  rule_.halo = std::max(-reach.first, reach.last);
}

// Rows that give every scale of the network as many as its convolutions take at a time.
std::int64_t Network::band_unit() const { return 4 * rule_.multiple; }

Network::Layout Network::lay_out(std::int64_t height, std::int64_t width, const Extent& extent) const {
  Layout layout;
  layout.height = round_up(height, rule_.multiple);
  if (layout.height <= extent.side && round_up(width, rule_.multiple) <= extent.side) {
    layout.band = layout.height;
    layout.columns = plan_axis(width, rule_, extent.side);
    return layout;
  }
  layout.columns = plan_axis(width, rule_, extent.columns);
  const std::int64_t rows = std::max<std::int64_t>(extent.band / layout.columns.side, 1);
  layout.band = std::min(round_up(rows, band_unit()), layout.height);
  return layout;
}

bool Network::is_compiled(const Layout& layout) const {
  return program_ && layout.height == layout_.height && layout.band == layout_.band &&
         layout.columns.side == layout_.columns.side;
}

void Network::compile(const Layout& layout) {
  program_.reset();  // before the next one is allocated
  layout_ = layout;
  const auto shapes = model::input_shapes(file_.architecture, 1, layout.height, layout.columns.side);
  program_.emplace(graph_, shapes, layout.band, precision_);
}

void Network::prepare(std::int64_t height, std::int64_t width, std::int64_t tile,
                      const core::MemoryLimit& limit) {
  const std::int64_t halos = 2 * rule_.halo;
  const std::int64_t side = (tile > 0 ? tile : kLargestAtOnce) + halos;
  const Extent extent{side, (tile > 0 ? tile : kWidestColumn) + halos, kBandPixels};
  const Layout layout = lay_out(height, width, limited_ && limit.bytes > 0 ? *limited_ : extent);
  const bool fits = limit.bytes == 0 || (limited_ && core::resident_bytes() + limit.reserved <= limit.bytes);
  if (fits && is_compiled(layout)) {
    layout_ = layout;
    return;
  }
  if (limit.bytes == 0) {
    compile(layout);
  } else {
    compile_within(limit, height, width, extent);
  }
  program_->load(file_.weights);
}

void Network::compile_within(const core::MemoryLimit& limit, std::int64_t height, std::int64_t width,
                             Extent extent) {
  const std::int64_t narrowest =
      std::max(std::min(extent.columns, kNarrowestColumn + 2 * rule_.halo), smallest_side(rule_));
  for (;;) {
    const Layout layout = lay_out(height, width, extent);
    compile(layout);
    core::return_freed_bytes();
    const std::uint64_t needed = core::resident_bytes() + program_->activation_bytes() +
                                 program_->weight_bytes() + kUnforeseen + limit.reserved;
    limited_ = extent;
    if (needed <= limit.bytes) return;
    const auto variable = static_cast<double>(program_->activation_bytes());
    program_.reset();
    onednn::forget_primitives();
    // After not taking the image at once, bands become lower, then columns narrower.
    const bool lowest = layout.band == std::min(band_unit(), layout.height);
    if (lowest && layout.columns.side <= narrowest) {
      throw Error(ErrorCode::resource, "the memory limit of " + megabytes(limit.bytes) +
                                           " is too little: with the smallest tiles " + megabytes(needed) +
                                           " are needed");
    }
    if (layout.height <= extent.side && layout.columns.side <= extent.side) {
      extent.side = 0;
      continue;
    }
    // Activations grow with what is taken at a time, the rest does not.
    const double left = std::max(variable - static_cast<double>(needed - limit.bytes), 0.0);
    const auto less = [&](std::int64_t size) {
      return static_cast<std::int64_t>(static_cast<double>(size) * std::min(left / variable, 0.9));
    };
    if (lowest) {
      extent.columns = std::max(less(layout.columns.side), narrowest);
      extent.band = 0;
    } else {
      extent.band = std::min(less(extent.band), (layout.band - band_unit()) * layout.columns.side);
    }
  }
}

void Network::gather(const NetworkJob& job, std::int64_t origin, std::int64_t first, std::int64_t count,
                     std::span<float* const> inputs) const {
  const Image& image = *job.noisy;
  const std::int64_t width = layout_.columns.side;
  const auto rows = source_positions(first, count, image.height);
  const auto columns = source_positions(origin, width, image.width);
  const std::vector<int> around = slices_around(job.slice, slices(), image.depth);
  const auto others = static_cast<std::int64_t>(around.size());
  const auto factor = static_cast<float>(1.0 / job.normalisation.scale);
  const auto shift = static_cast<float>(job.normalisation.shift);
  const auto level = static_cast<float>(job.sigma / job.normalisation.scale);
#pragma omp parallel for
  for (std::int64_t y = 0; y < count; ++y) {
    const std::int64_t row = rows[static_cast<std::size_t>(y)];
    const std::int64_t source = row * image.width;
    const auto copy_row = [&](const float* values, float* to, std::int64_t stride) {
      const float* from = values + source;
      const Plane plane{values, image.height, image.width};
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t column = columns[static_cast<std::size_t>(x)];
        const bool alone = stands_alone(plane, row, column, job.level(source + column));
        const float value = alone ? surroundings(plane, row, column) : from[column];
        to[x * stride] = (value - shift) * factor;
      }
    };
    for (int c = 0; c < channels(); ++c) {
      copy_row(image.plane(job.channel + c, job.slice), inputs[0] + y * width * channels() + c, channels());
    }
    for (std::int64_t i = 0; i < others; ++i) {
      copy_row(image.plane(job.channel, around[static_cast<std::size_t>(i)]),
               inputs[2] + y * width * others + i, others);
    }
    float* levels = inputs[1] + y * width;
    if (job.noise_map == nullptr) {
      std::fill_n(levels, width, level);
      continue;
    }
    for (std::int64_t x = 0; x < width; ++x) {
      levels[x] = job.noise_map[source + columns[static_cast<std::size_t>(x)]] * factor;
    }
  }
}

void Network::scatter(const NetworkJob& job, const TileSpan& column, std::int64_t first, std::int64_t count,
                      const float* output) const {
  Image& image = *job.denoised;
  const auto scale = static_cast<float>(job.normalisation.scale);
  const auto shift = static_cast<float>(job.normalisation.shift);
  const bool limited = std::isfinite(job.largest_deviation);
  const std::int64_t last = std::min<std::int64_t>(first + count, image.height);
#pragma omp parallel for
  for (std::int64_t y = first; y < last; ++y) {
    const float* from = output + ((y - first) * layout_.columns.side - column.origin) * channels();
    for (int c = 0; c < channels(); ++c) {
      float* to = image.plane(job.channel + c, job.slice) + y * image.width;
      const Plane plane{job.noisy->plane(job.channel + c, job.slice), image.height, image.width};
      const float* noisy = plane.values + y * image.width;
      for (std::int64_t x = column.begin; x < column.end; ++x) {
        to[x] = from[x * channels() + c] * scale + shift;
        const float sigma = job.level(y * image.width + x);
        if (limited) {
          const float farthest = job.largest_deviation * sigma;
          to[x] = std::clamp(to[x], noisy[x] - farthest, noisy[x] + farthest);
        }
        if (stands_alone(plane, y, x, sigma)) to[x] = noisy[x];
      }
    }
  }
}

void Network::run(const NetworkJob& job, const TileCallback& callback) {
  double done = 0.0;
  for (const TileSpan& column : layout_.columns.spans) {
    const auto read = [&](std::int64_t first, std::int64_t count, std::span<float* const> inputs) {
      if (callback && callback(done / static_cast<double>(tiles()))) {
        throw Error(ErrorCode::interrupted, "interrupted");
      }
      gather(job, column.origin, first, count, inputs);
      done += 1.0;
    };
    program_->run(read, [&](std::int64_t first, std::int64_t count, const float* output) {
      scatter(job, column, first, count, output);
    });
  }
}

}  // namespace aedenoise::pipeline
