#include "codec/learned_transform.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "codec/parallel.h"
#include "codec/wavelet.h"

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

// Samples less the middle of a range.
Planes centred(const Samples& samples, const SampleRange& range) {
  Planes planes = samples.values;
  const std::int32_t middle = range.low + range.high;  // twice
  for (std::int32_t& value : planes) value = (2 * value - middle) * (1 << (kSampleFraction - 1));
  return planes;
}

std::size_t place_of(const Samples& shape, int channel, int slice, int y) {
  const std::size_t plane = static_cast<std::size_t>(channel) * static_cast<std::size_t>(shape.depth) +
                            static_cast<std::size_t>(slice);
  return (plane * static_cast<std::size_t>(shape.height) + static_cast<std::size_t>(y)) *
         static_cast<std::size_t>(shape.width);
}

// A slice in blocks of pixels; its last pixels are repeated to whole code values.
Values blocks_of(const LearnedModel& model, const Samples& shape, const Planes& planes, std::int64_t size,
                 int slice) {
  constexpr int kShift = kValueFraction - kSampleFraction;
  const int shuffle = model.shuffle;
  const int scale = model.synthesis.scale();
  Values out = plane_of(ceil_div(shape.width, model.side()) * scale,
                        ceil_div(shape.height, model.side()) * scale, model.synthesis.channels());
  std::int16_t* value = out.values.data();
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      for (int k = 0; k < out.channels; ++k, ++value) {
        const int row = std::min(y * shuffle + k / shuffle % shuffle, shape.height - 1);
        const int column = std::min(x * shuffle + k % shuffle, shape.width - 1);
        const std::int64_t sample =
            planes[place_of(shape, k / (shuffle * shuffle), slice, row) + static_cast<std::size_t>(column)];
        const std::int64_t scaled = (sample * (2 << kShift) + size) / (2 * size);
        *value = static_cast<std::int16_t>(std::clamp<std::int64_t>(scaled, -32768, 32767));
      }
    }
  }
  return out;
}

// Parts of a whole slice for the analysis: broad, so that little is computed twice.
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
  for (int z = 0; z < shape.depth; ++z) {
    const Values blocks =
        blocks_of(model, shape, planes, range.size(slice_kind_of(shape, z, slice_levels)), z);
    Values& plane = code[static_cast<std::size_t>(z)];
    const std::vector<Window> parts = strips_of(model, plane);
    parallel_for(parts.size(), [&](std::size_t i) {
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

// Results of the synthesis for a part of a slice.
void put_blocks(const LearnedModel& model, const Values& values, std::int64_t size, const Window& part,
                int slice, Samples& shape) {
  constexpr int kShift = kValueFraction - kSampleFraction;
  const int shuffle = model.shuffle;
  const int left = part.left * model.side();
  const int top = part.top * model.side();
  const int width = std::min(values.width * shuffle, shape.width - left);
  const int height = std::min(values.height * shuffle, shape.height - top);
  for (int channel = 0; channel < shape.channels; ++channel) {
    for (int y = 0; y < height; ++y) {
      std::int32_t* out = shape.row(channel, slice, top + y) + left;
      const std::int16_t* row = values.at(0, y / shuffle) + (channel * shuffle + y % shuffle) * shuffle;
      for (int x = 0; x < width; ++x) {
        const std::int64_t value =
            row[static_cast<std::ptrdiff_t>(x / shuffle) * values.channels + x % shuffle];
        out[x] = static_cast<std::int32_t>((value * size + (1 << (kShift - 1))) >> kShift);
      }
    }
  }
}

}  // namespace

void LearnedModel::check() const {
  tables.check();
  const bool fits = shuffle >= 1 && synthesis.channels() == channels() * shuffle * shuffle &&
                    (channels() == 1 || channels() == 3) && synthesis.source_channels() == tables.channels &&
                    kTileGrid % side() == 0;
  if (!fits) throw Error(ErrorCode::data, "the codec's parts do not fit each other");
}

Window part_of(const LearnedModel& model, const Box& tile) {
  const int side = model.side();
  return {tile.x / side, tile.y / side, ceil_div(tile.x + tile.width, side),
          ceil_div(tile.y + tile.height, side)};
}

CodeValues empty_code(const LearnedModel& model, const Samples& shape) {
  return {static_cast<std::size_t>(shape.depth),
          plane_of(ceil_div(shape.width, model.side()), ceil_div(shape.height, model.side()),
                   model.synthesis.source_channels())};
}

LearnedCode analyse(const LearnedModel& model, const IntegerNetwork& analysis, const Samples& samples) {
  if (model.channels() != samples.channels || analysis.source_channels() != model.synthesis.channels() ||
      analysis.channels() != model.tables.channels || analysis.shrink() != model.synthesis.scale())
    throw Error(ErrorCode::data, "the codec's parts do not fit each other");
  LearnedCode out{&model, range_of(samples), {}};
  Planes planes = centred(samples, out.range);
  out.values[0] = analyse_planes(model, analysis, samples, planes, out.range, 0);
  if (samples.depth < 2) return out;
  analyse_slices(samples, planes);
  out.values[1] = analyse_planes(model, analysis, samples, planes, out.range, 1);
  return out;
}

void synthesise(const LearnedModel& model, const CodeValues& code, const SampleRange& range, int slice_levels,
                const Box& wanted, Samples& samples) {
  samples.values.assign(samples.size(), 0);
  const Box in_slices{wanted.x, wanted.y, 0, wanted.width, wanted.height, 1};
  const std::vector<Window> parts = parts_of(model, tiles_of(samples.width, samples.height, 1), in_slices);
  const int scale = model.synthesis.scale();
  const int first = wanted.z / kGroupDepth * kGroupDepth;
  const int end = std::min(samples.depth, ceil_div(wanted.z + wanted.depth, kGroupDepth) * kGroupDepth);
  parallel_for(parts.size() * static_cast<std::size_t>(end - first), [&](std::size_t i) {
    const Window& part = parts[i % parts.size()];
    const auto slice = static_cast<std::size_t>(first) + i / parts.size();
    const Window results{part.left * scale, part.top * scale, part.right * scale, part.bottom * scale};
    put_blocks(model, model.synthesis.run(code[slice], results),
               range.size(slice_kind_of(samples, static_cast<int>(slice), slice_levels)), part,
               static_cast<int>(slice), samples);
  });
  if (slice_levels > 0) synthesise_slices(samples, samples.values);
  const std::int32_t middle = (range.low + range.high) * (1 << (kSampleFraction - 1));
  for (std::int32_t& value : samples.values)
    value =
        std::clamp((value + middle + (1 << (kSampleFraction - 1))) >> kSampleFraction, range.low, range.high);
}

}  // namespace aedenoise::codec
