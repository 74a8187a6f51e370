#include "codec/learned_transform.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "codec/wavelet.h"
#include "core/parallel.h"

namespace aedenoise::codec {
namespace {

int ceil_div(int a, int b) { return (a + b - 1) / b; }

Values plane_of(int width, int height, int channels) {
  return {width, height, channels,
          std::vector<std::int16_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                    static_cast<std::size_t>(channels))};
}

SampleRange range_of(const Samples& samples) {
  constexpr std::int32_t kBytes = 255;
  if (samples.high - samples.low <= kBytes) return {samples.low, samples.high};
  const auto [low, high] = std::ranges::minmax(samples.values);
  return {low, high};
}

// How slice `z` of a volume came about.
SliceKind kind_of_slice(const Samples& shape, int z, int slice_levels) {
  const int first = z / kGroupDepth * kGroupDepth;
  return slice_kind(z - first, std::min(kGroupDepth, shape.depth - first), slice_levels);
}

std::int64_t unit_of(const Samples& shape, std::size_t plane, const SampleRange& range, int slice_levels) {
  const auto z = static_cast<int>(plane % static_cast<std::size_t>(shape.depth));
  return value_unit(range, kind_of_slice(shape, z, slice_levels));
}

// A plane in blocks of pixels; its last pixels are repeated to whole code values.
Values blocks_of(const LearnedModel& model, const Samples& shape, const std::int32_t* plane,
                 std::int64_t unit) {
  constexpr int kShift = kValueFraction - kSampleFraction;
  const int shuffle = model.shuffle;
  const int scale = model.synthesis.scale();
  Values out = plane_of(ceil_div(shape.width, model.side()) * scale,
                        ceil_div(shape.height, model.side()) * scale, shuffle * shuffle);
  std::int16_t* value = out.values.data();
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      for (int k = 0; k < out.channels; ++k, ++value) {
        const int row = std::min(y * shuffle + k / shuffle, shape.height - 1);
        const int column = std::min(x * shuffle + k % shuffle, shape.width - 1);
        const std::int64_t sample = plane[std::ptrdiff_t{row} * shape.width + column];
        const std::int64_t scaled = (sample * (2 << kShift) + unit) / (2 * unit);
        *value = static_cast<std::int16_t>(std::clamp<std::int64_t>(scaled, -32768, 32767));
      }
    }
  }
  return out;
}

// Parts of a whole plane for the analysis: broad, so that little is computed twice.
std::vector<Window> strips_of(const LearnedModel& model, const Values& plane) {
  constexpr int kMany = 4;
  const int columns = 8 * kTileSide / model.side();
  const int tile = kTileSide / model.side();
  const int rows = plane.height < kMany * tile ? tile / 2 : tile;
  std::vector<Window> parts;
  for (int top = 0; top < plane.height; top += rows) {
    for (int left = 0; left < plane.width; left += columns)
      parts.push_back({left, top, std::min(plane.width, left + columns), std::min(plane.height, top + rows)});
  }
  return parts;
}

CodeValues analyse_planes(const LearnedModel& model, const IntegerNetwork& analysis, const Samples& shape,
                          const Planes& planes, const SampleRange& range, int slice_levels) {
  CodeValues code = empty_code(model, shape);
  for (std::size_t p = 0; p < code.size(); ++p) {
    const Values blocks = blocks_of(model, shape, planes.data() + p * shape.plane_size(),
                                    unit_of(shape, p, range, slice_levels));
    Values& plane = code[p];
    const std::vector<Window> parts = strips_of(model, plane);
    core::parallel_for(parts.size(), [&](std::size_t i) {
      const Window& part = parts[i];
      const Values found = analysis.run(blocks, part);
      for (int y = 0; y < found.height; ++y)
        std::copy(found.at(0, y), found.at(0, y + 1), plane.at(part.left, part.top + y));
    });
  }
  return code;
}

// Parts of tiles of one slice large enough for their overlaps to cost little, small enough for all threads to
// have work.
std::vector<Window> parts_of(const LearnedModel& model, const std::vector<Box>& boxes, const Box& wanted) {
  constexpr std::size_t kMany = 4;
  const int rows = (boxes.size() < kMany ? kTileSide / 2 : 2 * kTileSide) / model.side();
  std::vector<Window> parts;
  for (const Box& box : boxes) {
    if (!box.meets(wanted)) continue;
    const Window part = part_of(model, box);
    for (int top = part.top; top < part.bottom; top += rows)
      parts.push_back({part.left, top, part.right, std::min(part.bottom, top + rows)});
  }
  return parts;
}

// Results of the synthesis for a part of a plane.
void put_blocks(const LearnedModel& model, const Values& values, std::int64_t unit, const Window& part,
                const Samples& shape, std::int32_t* plane) {
  constexpr int kShift = kValueFraction - kSampleFraction;
  const int shuffle = model.shuffle;
  const int left = part.left * model.side();
  const int top = part.top * model.side();
  const int width = std::min(values.width * shuffle, shape.width - left);
  const int height = std::min(values.height * shuffle, shape.height - top);
  for (int y = 0; y < height; ++y) {
    std::int32_t* out = plane + std::ptrdiff_t{top + y} * shape.width + left;
    const std::int16_t* row = values.at(0, y / shuffle) + y % shuffle * shuffle;
    for (int x = 0; x < width; ++x) {
      const std::int64_t value =
          row[static_cast<std::ptrdiff_t>(x / shuffle) * values.channels + x % shuffle];
      out[x] = static_cast<std::int32_t>((value * unit + (1 << (kShift - 1))) >> kShift);
    }
  }
}

}  // namespace

void LearnedModel::check() const {
  tables.check();
  const bool fits = shuffle >= 1 && synthesis.channels() == shuffle * shuffle &&
                    synthesis.source_channels() == tables.channels && kTileGrid % side() == 0;
  if (!fits) throw Error(ErrorCode::data, "the codec's parts do not fit each other");
}

Window part_of(const LearnedModel& model, const Box& tile) {
  const int side = model.side();
  return {tile.x / side, tile.y / side, ceil_div(tile.x + tile.width, side),
          ceil_div(tile.y + tile.height, side)};
}

CodeValues empty_code(const LearnedModel& model, const Samples& shape) {
  return {static_cast<std::size_t>(shape.channels) * static_cast<std::size_t>(shape.depth),
          plane_of(ceil_div(shape.width, model.side()), ceil_div(shape.height, model.side()),
                   model.synthesis.source_channels())};
}

LearnedCode analyse(const LearnedModel& model, const IntegerNetwork& analysis, const Samples& samples) {
  if (analysis.source_channels() != model.synthesis.channels() ||
      analysis.channels() != model.tables.channels || analysis.shrink() != model.synthesis.scale())
    throw Error(ErrorCode::data, "the codec's parts do not fit each other");
  LearnedCode out{&model, range_of(samples), {}};
  Planes planes = split_planes(samples, out.range);
  out.values[0] = analyse_planes(model, analysis, samples, planes, out.range, 0);
  if (samples.depth < 2) return out;
  analyse_slices(samples, planes);
  out.values[1] = analyse_planes(model, analysis, samples, planes, out.range, 1);
  return out;
}

void synthesise(const LearnedModel& model, const CodeValues& code, const SampleRange& range, int slice_levels,
                const Box& wanted, Samples& samples) {
  samples.values.assign(samples.size(), 0);
  const Box in_plane{wanted.x, wanted.y, 0, wanted.width, wanted.height, 1};
  const std::vector<Window> parts = parts_of(model, tiles_of(samples.width, samples.height, 1), in_plane);
  const int scale = model.synthesis.scale();
  const int first = wanted.z / kGroupDepth * kGroupDepth;
  const int end = std::min(samples.depth, ceil_div(wanted.z + wanted.depth, kGroupDepth) * kGroupDepth);
  core::parallel_for(parts.size() * code.size(), [&](std::size_t i) {
    const Window& part = parts[i % parts.size()];
    const std::size_t p = i / parts.size();
    const auto z = static_cast<int>(p % static_cast<std::size_t>(samples.depth));
    if (z < first || z >= end) return;
    const Window results{part.left * scale, part.top * scale, part.right * scale, part.bottom * scale};
    put_blocks(model, model.synthesis.run(code[p], results), unit_of(samples, p, range, slice_levels), part,
               samples, samples.values.data() + p * samples.plane_size());
  });
  if (slice_levels > 0) synthesise_slices(samples, samples.values);
  join_planes(range, samples);
}

}  // namespace aedenoise::codec
