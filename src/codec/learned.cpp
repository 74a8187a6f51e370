#include "codec/learned.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "codec/rounding.h"
#include "core/parallel.h"

namespace aedenoise::codec {
namespace {

// See worthwhile_steps().
constexpr std::int64_t kCodeRoundUp = 148;

std::int64_t inverse_step(std::int64_t unit, std::int64_t step) {
  return (unit << (8 + kCodeStepBits)) / step;
}

std::vector<Grid> empty_planes(const LearnedModel& model, const Window& part) {
  return {static_cast<std::size_t>(model.tables.channels),
          Grid(part.right - part.left, part.bottom - part.top)};
}

// The part of a plane's code in steps.
std::vector<Grid> quantised(const LearnedModel& model, const Values& plane, std::int64_t unit,
                            const Window& part, std::int64_t step) {
  const std::int64_t scale = unit << (8 + 8);           // of values, to be divided by
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

// A plane of a tile.
struct TilePlane {
  std::size_t index = 0;  // of the code's planes
  std::int64_t unit = 1;  // value_unit()
  std::int64_t step = 1;
  bool follows = false;  // one that tells where to expect what
};

// In the order they are coded in.
std::vector<TilePlane> planes_of(const Box& tile, const Samples& shape, const SampleRange& range,
                                 const Quantisation& quantisation) {
  std::vector<TilePlane> planes;
  for (int z = 0; z < tile.depth; ++z) {
    const SliceKind kind = slice_kind(z, tile.depth, quantisation.slice_levels);
    const bool follows = follows_its_kind(z, tile.depth, quantisation.slice_levels);
    for (int channel = 0; channel < shape.channels; ++channel) {
      planes.push_back({static_cast<std::size_t>(channel * shape.depth + tile.z + z), value_unit(range, kind),
                        plane_step(quantisation.step, {channel, shape.colours(), kind}),
                        channel > 0 || (shape.channels == 1 && follows)});
    }
  }
  return planes;
}

Box whole_volume(const Samples& shape) { return {0, 0, 0, shape.width, shape.height, shape.depth}; }

}  // namespace

LearnedEncoder::LearnedEncoder(const LearnedCode& code, const Samples& shape) : code_(code) {
  shape_.channels = shape.channels;
  shape_.luma_chroma = shape.luma_chroma;
  shape_.depth = shape.depth;
  shape_.width = shape.width;
  shape_.height = shape.height;
}

std::vector<std::vector<std::uint8_t>> LearnedEncoder::encode(Quantisation& quantisation,
                                                              std::span<const Box> boxes,
                                                              std::size_t together) const {
  const LearnedModel& model = *code_.model;
  const CodeValues& values = code_.of(quantisation.slice_levels);
  const std::vector<std::span<const Box>> groups = groups_of(boxes, together);
  std::vector<std::vector<std::uint8_t>> coded(groups.size());
  core::parallel_for(coded.size(), [&](std::size_t i) {
    RansEncoder coder;
    CodeCoder code(coder, model.tables);
    for (const Box& box : groups[i]) {
      const Window part = part_of(model, box);
      for (const TilePlane& plane : planes_of(box, shape_, code_.range, quantisation)) {
        std::vector<Grid> planes = quantised(model, values[plane.index], plane.unit, part, plane.step);
        code.code(planes, inverse_step(plane.unit, plane.step), plane.follows);
      }
    }
    coded[i] = coder.finish();
  });
  return coded;
}

void LearnedEncoder::decode(std::span<const std::span<const std::uint8_t>> /*tiles*/,
                            const Quantisation& quantisation, Samples& samples) const {
  const LearnedModel& model = *code_.model;
  const CodeValues& values = code_.of(quantisation.slice_levels);
  const std::vector<Box> boxes = tiles_of(shape_.width, shape_.height, shape_.depth);
  CodeValues code = empty_code(model, shape_);
  core::parallel_for(boxes.size(), [&](std::size_t i) {
    const Window part = part_of(model, boxes[i]);
    for (const TilePlane& plane : planes_of(boxes[i], shape_, code_.range, quantisation)) {
      dequantise(quantised(model, values[plane.index], plane.unit, part, plane.step), part, plane.step,
                 plane.unit, code[plane.index]);
    }
  });
  synthesise(model, code, code_.range, quantisation.slice_levels, whole_volume(shape_), samples);
}

void PriorLearner::see(const LearnedCode& code, const Samples& shape, const Quantisation& quantisation) {
  const Box box = whole_volume(shape);
  for (const TilePlane& plane : planes_of(box, shape, code.range, quantisation)) {
    std::vector<Grid> planes = quantised(model_, code.of(quantisation.slice_levels)[plane.index], plane.unit,
                                         part_of(model_, box), plane.step);
    coder_.code(planes, inverse_step(plane.unit, plane.step), plane.follows);
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
  const std::vector<Box> boxes = tiles_of(samples.width, samples.height, samples.depth);
  CodeValues code = empty_code(model, samples);
  core::parallel_for(boxes.size(), [&](std::size_t i) {
    if (!needed(model, boxes[i], wanted)) return;
    const Window part = part_of(model, boxes[i]);
    RansDecoder coder(tiles[i]);
    CodeCoder decoder(coder, model.tables);
    for (const TilePlane& plane : planes_of(boxes[i], samples, range, quantisation)) {
      std::vector<Grid> planes = empty_planes(model, part);
      decoder.code(planes, inverse_step(plane.unit, plane.step), plane.follows);
      dequantise(planes, part, plane.step, plane.unit, code[plane.index]);
    }
    if (!coder.complete()) throw Error(ErrorCode::data, "a tile's data end elsewhere than they should");
  });
  synthesise(model, code, range, quantisation.slice_levels, wanted, samples);
}

}  // namespace aedenoise::codec
