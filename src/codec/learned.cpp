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

std::int64_t inverse_step(std::int64_t size, std::int64_t step) {
  return (size << (8 + kCodeStepBits)) / step;
}

std::vector<Grid> empty_planes(const LearnedModel& model, const Window& part) {
  return {static_cast<std::size_t>(model.tables.channels),
          Grid(part.right - part.left, part.bottom - part.top)};
}

// The part of a slice's code in steps.
std::vector<Grid> quantised(const LearnedModel& model, const Values& plane, std::int64_t size,
                            const Window& part, std::int64_t step) {
  const std::int64_t scale = size << (8 + 8);           // of values, to be divided by
  const std::int64_t divisor = step << kValueFraction;  // this: 1/256 of steps
  std::vector<Grid> planes = empty_planes(model, part);
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
void dequantise(const std::vector<Grid>& planes, const Window& part, std::int64_t step, std::int64_t range,
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

// A slice of a tile.
struct TileSlice {
  std::size_t z = 0;      // of the volume
  std::int64_t size = 1;  // SampleRange::size()
  std::int64_t step = 1;
  bool follows = false;  // one of its kind
};

std::vector<TileSlice> slices_of(const Box& tile, const SampleRange& range,
                                 const Quantisation& quantisation) {
  std::vector<TileSlice> slices;
  SliceKind last = SliceKind::plain;
  for (int z = 0; z < tile.depth; ++z) {
    const SliceKind kind = slice_kind(z, tile.depth, quantisation.slice_levels);
    slices.push_back({static_cast<std::size_t>(tile.z + z), range.size(kind),
                      slice_step(quantisation.step, kind), z > 0 && kind == last});
    last = kind;
  }
  return slices;
}

Box whole_volume(const Samples& shape) { return {0, 0, 0, shape.width, shape.height, shape.depth}; }

}  // namespace

LearnedEncoder::LearnedEncoder(const LearnedCode& code, const Samples& shape) : code_(code) {
  shape_.channels = shape.channels;
  shape_.depth = shape.depth;
  shape_.width = shape.width;
  shape_.height = shape.height;
}

std::vector<std::vector<std::uint8_t>> LearnedEncoder::encode(Quantisation& quantisation,
                                                              std::span<const Box> boxes,
                                                              std::size_t together) const {
  const LearnedModel& model = *code_.model;
  const CodeValues& values = code_.values[quantisation.slice_levels > 0 && shape_.depth > 1 ? 1 : 0];
  const std::vector<std::span<const Box>> groups = groups_of(boxes, together);
  std::vector<std::vector<std::uint8_t>> coded(groups.size());
  parallel_for(coded.size(), [&](std::size_t i) {
    RansEncoder coder;
    CodeCoder code(coder, model.tables);
    for (const Box& box : groups[i]) {
      const Window part = part_of(model, box);
      for (const TileSlice& slice : slices_of(box, code_.range, quantisation)) {
        std::vector<Grid> planes = quantised(model, values[slice.z], slice.size, part, slice.step);
        code.code(planes, inverse_step(slice.size, slice.step), slice.follows);
      }
    }
    coded[i] = coder.finish();
  });
  return coded;
}

void LearnedEncoder::decode(std::span<const std::span<const std::uint8_t>> /*tiles*/,
                            const Quantisation& quantisation, Samples& samples) const {
  const LearnedModel& model = *code_.model;
  const CodeValues& values = code_.values[quantisation.slice_levels > 0 && shape_.depth > 1 ? 1 : 0];
  const std::vector<Box> boxes = tiles_of(shape_.width, shape_.height, shape_.depth);
  CodeValues code = empty_code(model, shape_);
  parallel_for(boxes.size(), [&](std::size_t i) {
    const Window part = part_of(model, boxes[i]);
    for (const TileSlice& slice : slices_of(boxes[i], code_.range, quantisation)) {
      dequantise(quantised(model, values[slice.z], slice.size, part, slice.step), part, slice.step,
                 slice.size, code[slice.z]);
    }
  });
  synthesise(model, code, code_.range, quantisation.slice_levels, whole_volume(shape_), samples);
}

void PriorLearner::see(const LearnedCode& code, const Samples& shape, const Quantisation& quantisation) {
  const Box box = whole_volume(shape);
  for (const TileSlice& slice : slices_of(box, code.range, quantisation)) {
    std::vector<Grid> planes =
        quantised(model_, code.values.at(static_cast<std::size_t>(quantisation.slice_levels))[slice.z],
                  slice.size, part_of(model_, box), slice.step);
    coder_.code(planes, inverse_step(slice.size, slice.step), slice.follows);
  }
}

bool needed(const LearnedModel& model, const Box& tile, const Box& wanted) {
  const int reach = (model.synthesis.reach() + 1) * model.side();
  const Box around{wanted.x - reach,         wanted.y - reach,          wanted.z,
                   wanted.width + 2 * reach, wanted.height + 2 * reach, wanted.depth};
  return around.meets(tile);
}

void decode_learned(const LearnedModel& model, std::span<const std::span<const std::uint8_t>> tiles,
                    const SampleRange& range, const Quantisation& quantisation, const Box& wanted,
                    Samples& samples) {
  if (model.channels() != samples.channels)
    throw Error(ErrorCode::data, "has other channels than the model it was coded with");
  const std::vector<Box> boxes = tiles_of(samples.width, samples.height, samples.depth);
  CodeValues code = empty_code(model, samples);
  parallel_for(boxes.size(), [&](std::size_t i) {
    if (!needed(model, boxes[i], wanted)) return;
    const Window part = part_of(model, boxes[i]);
    RansDecoder coder(tiles[i]);
    CodeCoder decoder(coder, model.tables);
    for (const TileSlice& slice : slices_of(boxes[i], range, quantisation)) {
      std::vector<Grid> planes = empty_planes(model, part);
      decoder.code(planes, inverse_step(slice.size, slice.step), slice.follows);
      dequantise(planes, part, slice.step, slice.size, code[slice.z]);
    }
    if (!coder.complete()) throw Error(ErrorCode::data, "a tile's data end elsewhere than they should");
  });
  synthesise(model, code, range, quantisation.slice_levels, wanted, samples);
}

}  // namespace aedenoise::codec
