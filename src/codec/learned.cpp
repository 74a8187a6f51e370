#include "codec/learned.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "codec/parallel.h"

namespace aedenoise::codec {
namespace {

// Magnitudes are rounded up from 0.66 of a step on to 1, from 0.58 on to more: less is not worth its bits.
constexpr float kBeforeOne = 0.34F;
constexpr float kBeforeMore = 0.42F;

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// The values that belong to a tile.
Window part_of(const LearnedModel& model, const Box& tile) {
  const int side = model.side();
  return {tile.x / side, tile.y / side, ceil_div(tile.x + tile.width, side),
          ceil_div(tile.y + tile.height, side)};
}

Values plane_for(const LearnedModel& model, const Samples& shape) {
  return {ceil_div(shape.width, model.side()),
          ceil_div(shape.height, model.side()),
          model.synthesis.source_channels(),
          {}};
}

std::int64_t range_of(const Samples& shape) {
  return std::max<std::int64_t>(1, std::int64_t{shape.high} - shape.low);
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
  const Values plane = plane_for(*code.model, shape);
  const float scale = static_cast<float>(range_of(shape)) * 256.0F / static_cast<float>(step);
  std::vector<Grid> planes = empty_planes(*code.model, part);
  for (int y = part.top; y < part.bottom; ++y) {
    for (int x = part.left; x < part.right; ++x) {
      const float* value =
          code.values.data() + (static_cast<std::ptrdiff_t>(y) * plane.width + x) * plane.channels;
      for (int c = 0; c < plane.channels; ++c) {
        const float exact = std::abs(value[c]) * scale;
        const float steps = std::min(std::floor(exact + (exact < 1.0F ? kBeforeOne : kBeforeMore)),
                                     static_cast<float>(kMostCodeValue));
        planes[static_cast<std::size_t>(c)].row(y - part.top)[x - part.left] =
            static_cast<std::int32_t>(std::copysign(steps, value[c]));
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
    const std::int16_t* row = values.values.data() +
                              static_cast<std::ptrdiff_t>(y / shuffle) * values.width * values.channels +
                              y % shuffle * shuffle;
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

}  // namespace

void LearnedModel::check() const {
  tables.check();
  const bool fits = shuffle >= 1 && synthesis.channels() == shuffle * shuffle &&
                    synthesis.source_channels() == tables.channels && kTileGrid % side() == 0;
  if (!fits) throw Error(ErrorCode::data, "the codec's parts do not fit each other");
}

LearnedEncoder::LearnedEncoder(const LearnedCode& code, const Samples& shape) : code_(code) {
  shape_.width = shape.width;
  shape_.height = shape.height;
  shape_.low = shape.low;
  shape_.high = shape.high;
}

std::vector<std::vector<std::uint8_t>> LearnedEncoder::encode(Quantisation& quantisation) const {
  const LearnedModel& model = *code_.model;
  const std::vector<Box> tiles = tiles_of(shape_.width, shape_.height, 1);
  quantisation.slice_levels = 0;
  std::vector<std::vector<std::uint8_t>> coded(tiles.size());
  parallel_for(tiles.size(), [&](std::size_t i) {
    std::vector<Grid> planes = quantised(code_, shape_, part_of(model, tiles[i]), quantisation.step);
    RansEncoder coder;
    CodeCoder(coder, model.tables).code(planes, inverse_step(shape_, quantisation.step));
    coded[i] = coder.finish();
  });
  return coded;
}

void PriorLearner::see(const LearnedCode& code, const Samples& shape, std::uint32_t step) {
  std::vector<Grid> planes =
      quantised(code, shape, part_of(model_, {0, 0, 0, shape.width, shape.height, 1}), step);
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
  plane.values.resize(static_cast<std::size_t>(plane.width) * static_cast<std::size_t>(plane.height) *
                      static_cast<std::size_t>(plane.channels));
  parallel_for(boxes.size(), [&](std::size_t i) {
    if (!needed(model, boxes[i], wanted)) return;
    const Window part = part_of(model, boxes[i]);
    std::vector<Grid> planes = empty_planes(model, part);
    RansDecoder coder(tiles[i]);
    CodeCoder(coder, model.tables).code(planes, inverse_step(samples, quantisation.step));
    if (!coder.complete()) throw Error(ErrorCode::data, "a tile's data end elsewhere than they should");
    for (int y = part.top; y < part.bottom; ++y) {
      for (int x = part.left; x < part.right; ++x) {
        std::int16_t* out =
            plane.values.data() + (static_cast<std::ptrdiff_t>(y) * plane.width + x) * plane.channels;
        for (int c = 0; c < plane.channels; ++c)
          out[c] = dequantised(planes[static_cast<std::size_t>(c)].row(y - part.top)[x - part.left],
                               quantisation.step, range_of(samples));
      }
    }
  });
  samples.values.assign(samples.size(), samples.low);
  // In parts large enough for their overlaps to cost little, small enough for all threads to have work.
  constexpr int kPart = 256;
  std::vector<Window> parts;
  for (const Box& box : boxes) {
    if (!box.meets(wanted)) continue;
    const Window part = part_of(model, box);
    const int rows = kPart / model.side();
    for (int top = part.top; top < part.bottom; top += rows)
      parts.push_back({part.left, top, part.right, std::min(part.bottom, top + rows)});
  }
  parallel_for(parts.size(), [&](std::size_t i) {
    const int scale = model.synthesis.scale();
    const Window& part = parts[i];
    const Window results{part.left * scale, part.top * scale, part.right * scale, part.bottom * scale};
    put_samples(model, model.synthesis.run(plane, results), part, samples);
  });
}

}  // namespace aedenoise::codec
