#include "codec/learned.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "codec/parallel.h"
#include "codec/rounding.h"

namespace aedenoise::codec {
namespace {

// See worthwhile_steps().
constexpr std::int64_t kCodeRoundUp = 148;

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// The values that belong to a tile.
Window part_of(const LearnedModel& model, const Box& tile) {
  const int side = model.side();
  return {tile.x / side, tile.y / side, ceil_div(tile.x + tile.width, side),
          ceil_div(tile.y + tile.height, side)};
}

std::int64_t range_of(const Samples& shape) {
  return std::max<std::int64_t>(1, std::int64_t{shape.high} - shape.low);
}

Values plane_of(int width, int height, int channels) {
  return {width, height, channels,
          std::vector<std::int16_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                    static_cast<std::size_t>(channels))};
}

// For all values of a picture.
Values plane_for(const LearnedModel& model, const Samples& shape) {
  return plane_of(ceil_div(shape.width, model.side()), ceil_div(shape.height, model.side()),
                  model.synthesis.source_channels());
}

// A picture in blocks of pixels, less half of the range; its last pixels are repeated to whole code values.
Values blocks_of(const LearnedModel& model, const Samples& samples) {
  const int shuffle = model.shuffle;
  const int scale = model.synthesis.scale();
  const std::int64_t range = range_of(samples);
  Values out = plane_of(ceil_div(samples.width, model.side()) * scale,
                        ceil_div(samples.height, model.side()) * scale, shuffle * shuffle);
  std::int16_t* value = out.values.data();
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      for (int k = 0; k < out.channels; ++k, ++value) {
        const int row = std::min(y * shuffle + k / shuffle, samples.height - 1);
        const int column = std::min(x * shuffle + k % shuffle, samples.width - 1);
        const std::int64_t sample = std::int64_t{samples.row(0, 0, row)[column]} - samples.low;
        *value = static_cast<std::int16_t>(((sample << kValueFraction) + range / 2) / range -
                                           (1 << (kValueFraction - 1)));
      }
    }
  }
  return out;
}

std::int64_t inverse_step(const Samples& shape, std::uint32_t step) {
  return (range_of(shape) << (8 + kCodeStepBits)) / step;
}

std::vector<Grid> empty_planes(const LearnedModel& model, const Window& part) {
  return {static_cast<std::size_t>(model.tables.channels),
          Grid(part.right - part.left, part.bottom - part.top)};
}

// The part of a code in steps.
std::vector<Grid> quantised(const LearnedCode& code, const Samples& shape, const Window& part,
                            std::uint32_t step) {
  const Values& plane = code.plane;
  const std::int64_t scale = range_of(shape) << (8 + 8);              // of values, to be divided by
  const std::int64_t divisor = std::int64_t{step} << kValueFraction;  // this: 1/256 of steps
  std::vector<Grid> planes = empty_planes(*code.model, part);
  for (int y = part.top; y < part.bottom; ++y) {
    for (int x = part.left; x < part.right; ++x) {
      const std::int16_t* value = plane.at(x, y);
      for (int c = 0; c < plane.channels; ++c) {
        const auto magnitude_at = [&](int dx, int dy) {
          const std::int16_t* at =
              plane.at(std::clamp(x + dx, 0, plane.width - 1), std::clamp(y + dy, 0, plane.height - 1));
          return std::abs(std::int64_t{at[c]}) * scale / divisor;
        };
        const auto steps = static_cast<std::int32_t>(std::min<std::int64_t>(
            worthwhile_steps(magnitude_at(0, 0), kCodeRoundUp, magnitude_at), kMostCodeValue));
        planes[static_cast<std::size_t>(c)].row(y - part.top)[x - part.left] = value[c] < 0 ? -steps : steps;
      }
    }
  }
  return planes;
}

// A value in steps becomes one in ranges with kValueFraction bits.
std::int16_t dequantised(std::int64_t value, std::int64_t step, std::int64_t range) {
  constexpr int kShift = kValueFraction - 8;
  const std::int64_t scaled = value * step * (1 << kShift);
  const std::int64_t rounded = (2 * std::abs(scaled) + range) / (2 * range);
  const std::int64_t limited = std::min<std::int64_t>(rounded, 32767);
  return static_cast<std::int16_t>(scaled < 0 ? -limited : limited);
}

// A part in steps becomes values for the synthesis.
void dequantise(const std::vector<Grid>& planes, const Window& part, std::uint32_t step, std::int64_t range,
                Values& plane) {
  for (int y = part.top; y < part.bottom; ++y) {
    for (int x = part.left; x < part.right; ++x) {
      std::int16_t* out = plane.at(x, y);
      for (int c = 0; c < plane.channels; ++c)
        out[c] =
            dequantised(planes[static_cast<std::size_t>(c)].row(y - part.top)[x - part.left], step, range);
    }
  }
}

// Results of the synthesis as samples.
void put_samples(const LearnedModel& model, const Values& values, const Window& part, Samples& samples) {
  const int shuffle = model.shuffle;
  const int left = part.left * model.side();
  const int top = part.top * model.side();
  const auto range = static_cast<std::int32_t>(std::int64_t{samples.high} - samples.low);
  const int width = std::min(values.width * shuffle, samples.width - left);
  const int height = std::min(values.height * shuffle, samples.height - top);
  for (int y = 0; y < height; ++y) {
    std::int32_t* out = samples.row(0, 0, top + y) + left;
    const std::int16_t* row = values.at(0, y / shuffle) + y % shuffle * shuffle;
    for (int x = 0; x < width; ++x) {
      const std::int64_t value =
          row[static_cast<std::ptrdiff_t>(x / shuffle) * values.channels + x % shuffle];
      const std::int64_t scaled =
          (value * range + (std::int64_t{range} << (kValueFraction - 1)) + (1 << (kValueFraction - 1))) >>
          kValueFraction;
      out[x] = static_cast<std::int32_t>(
          std::clamp<std::int64_t>(scaled + samples.low, samples.low, samples.high));
    }
  }
}

// Parts of tiles large enough for their overlaps to cost little, small enough for all threads to have work.
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

// Parts of a whole picture for the analysis: broad, so that little is computed twice.
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

void synthesise(const LearnedModel& model, const Values& plane, const Box& wanted, Samples& samples) {
  samples.values.assign(samples.size(), samples.low);
  const std::vector<Window> parts = parts_of(model, tiles_of(samples.width, samples.height, 1), wanted);
  const int scale = model.synthesis.scale();
  parallel_for(parts.size(), [&](std::size_t i) {
    const Window& part = parts[i];
    const Window results{part.left * scale, part.top * scale, part.right * scale, part.bottom * scale};
    put_samples(model, model.synthesis.run(plane, results), part, samples);
  });
}

Box whole_picture(const Samples& shape) { return {0, 0, 0, shape.width, shape.height, 1}; }

}  // namespace

void LearnedModel::check() const {
  tables.check();
  const bool fits = shuffle >= 1 && synthesis.channels() == shuffle * shuffle &&
                    synthesis.source_channels() == tables.channels && kTileGrid % side() == 0;
  if (!fits) throw Error(ErrorCode::data, "the codec's parts do not fit each other");
}

LearnedCode analyse(const LearnedModel& model, const IntegerNetwork& analysis, const Samples& samples) {
  if (analysis.source_channels() != model.shuffle * model.shuffle ||
      analysis.channels() != model.tables.channels || analysis.shrink() != model.synthesis.scale())
    throw Error(ErrorCode::data, "the codec's parts do not fit each other");
  const Values blocks = blocks_of(model, samples);
  LearnedCode out{&model, plane_for(model, samples)};
  Values& plane = out.plane;
  const std::vector<Window> parts = strips_of(model, plane);
  parallel_for(parts.size(), [&](std::size_t i) {
    const Window& part = parts[i];
    const Values found = analysis.run(blocks, part);
    for (int y = 0; y < found.height; ++y)
      std::copy(found.at(0, y), found.at(0, y + 1), plane.at(part.left, part.top + y));
  });
  return out;
}

LearnedEncoder::LearnedEncoder(const LearnedCode& code, const Samples& shape) : code_(code) {
  shape_.width = shape.width;
  shape_.height = shape.height;
  shape_.low = shape.low;
  shape_.high = shape.high;
}

std::vector<std::vector<std::uint8_t>> LearnedEncoder::encode(Quantisation& quantisation,
                                                              std::span<const Box> boxes,
                                                              std::size_t together) const {
  const LearnedModel& model = *code_.model;
  quantisation.slice_levels = 0;
  const std::vector<std::span<const Box>> groups = groups_of(boxes, together);
  std::vector<std::vector<std::uint8_t>> coded(groups.size());
  parallel_for(coded.size(), [&](std::size_t i) {
    RansEncoder coder;
    CodeCoder code(coder, model.tables);
    for (const Box& box : groups[i]) {
      std::vector<Grid> planes = quantised(code_, shape_, part_of(model, box), quantisation.step);
      code.code(planes, inverse_step(shape_, quantisation.step));
    }
    coded[i] = coder.finish();
  });
  return coded;
}

void LearnedEncoder::decode(std::span<const std::span<const std::uint8_t>> /*tiles*/,
                            const Quantisation& quantisation, Samples& samples) const {
  const LearnedModel& model = *code_.model;
  const std::vector<Box> boxes = tiles_of(shape_.width, shape_.height, 1);
  Values plane = plane_for(model, shape_);
  parallel_for(boxes.size(), [&](std::size_t i) {
    const Window part = part_of(model, boxes[i]);
    dequantise(quantised(code_, shape_, part, quantisation.step), part, quantisation.step, range_of(shape_),
               plane);
  });
  synthesise(model, plane, whole_picture(shape_), samples);
}

void PriorLearner::see(const LearnedCode& code, const Samples& shape, std::uint32_t step) {
  std::vector<Grid> planes = quantised(code, shape, part_of(model_, whole_picture(shape)), step);
  coder_.code(planes, inverse_step(shape, step));
}

bool needed(const LearnedModel& model, const Box& tile, const Box& wanted) {
  const int reach = (model.synthesis.reach() + 1) * model.side();
  const Box around{wanted.x - reach,         wanted.y - reach,          wanted.z,
                   wanted.width + 2 * reach, wanted.height + 2 * reach, wanted.depth};
  return around.meets(tile);
}

void decode_learned(const LearnedModel& model, std::span<const std::span<const std::uint8_t>> tiles,
                    const Quantisation& quantisation, const Box& wanted, Samples& samples) {
  const std::vector<Box> boxes = tiles_of(samples.width, samples.height, 1);
  Values plane = plane_for(model, samples);
  parallel_for(boxes.size(), [&](std::size_t i) {
    if (!needed(model, boxes[i], wanted)) return;
    const Window part = part_of(model, boxes[i]);
    std::vector<Grid> planes = empty_planes(model, part);
    RansDecoder coder(tiles[i]);
    CodeCoder(coder, model.tables).code(planes, inverse_step(samples, quantisation.step));
    if (!coder.complete()) throw Error(ErrorCode::data, "a tile's data end elsewhere than they should");
    dequantise(planes, part, quantisation.step, range_of(samples), plane);
  });
  synthesise(model, plane, wanted, samples);
}

}  // namespace aedenoise::codec
