#include "codec/transform.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "aedenoise/error.h"
#include "codec/coefficient_coder.h"
#include "codec/planes.h"
#include "codec/rounding.h"
#include "codec/subbands.h"
#include "codec/wavelet.h"
#include "core/parallel.h"

namespace aedenoise::codec {
namespace {

constexpr std::int32_t kMostMagnitude = (1 << 20) - 1;  // that ValueModel has a class for

std::size_t class_index(std::int32_t magnitude) {
  return static_cast<std::size_t>(std::min(magnitude, 3) - 1);
}

// Codes the planes of one tile in their order; `load` and `store` bring a band's part.
template <typename Coder, typename Load, typename Store>
void code_tile(CoefficientCoder<Coder>& coefficients, const Samples& shape, int levels, int slice_levels,
               const Box& tile, Load load, Store store) {
  const std::vector<Subband> bands = subbands_of(shape.width, shape.height, levels);
  std::vector<std::optional<Bands>> before(static_cast<std::size_t>(shape.channels));
  for (int z = 0; z < tile.depth; ++z) {
    const SliceKind kind = slice_kind(z, tile.depth, slice_levels);
    const bool follows = follows_its_kind(z, tile.depth, slice_levels);
    for (int channel = 0; channel < shape.channels; ++channel) {
      Bands parts;
      for (const Subband& band : bands) {
        const Box part = part_of(band, tile, shape.width, shape.height);
        parts.emplace_back(part.width, part.height);
        load(band, part, channel, z, kind, parts.back());
      }
      auto& own = before[static_cast<std::size_t>(channel)];
      const Bands* reference = channel > 0 ? &*before[0] : own && follows ? &*own : nullptr;
      coefficients.code(parts, reference);
      for (std::size_t b = 0; b < bands.size(); ++b) {
        store(bands[b], part_of(bands[b], tile, shape.width, shape.height), channel, z, kind, parts[b]);
      }
      own = std::move(parts);
    }
  }
}

const std::int32_t* place_in(const Planes& planes, const Samples& shape, const Box& part, int channel,
                             int slice, int y) {
  const std::size_t plane = static_cast<std::size_t>(channel) * static_cast<std::size_t>(shape.depth) +
                            static_cast<std::size_t>(slice);
  return planes.data() + plane * shape.plane_size() +
         static_cast<std::size_t>(part.y + y) * static_cast<std::size_t>(shape.width) + part.x;
}

// See worthwhile_steps().
constexpr std::int64_t kBandRoundUp = 166;

struct Sums {
  std::array<std::int64_t, 3> offset{};
  std::array<std::int64_t, 3> count{};
};

// Quantises a part of a band, and sums where in their intervals magnitudes lie.
void quantise(const Planes& planes, const Samples& shape, const Subband& band, const Box& part, int channel,
              int slice, std::int64_t step, Grid& out, Sums& sums) {
  const bool low_pass = band.low_pass();
  for (int y = 0; y < part.height; ++y) {
    const std::int32_t* in = place_in(planes, shape, part, channel, slice, y);
    std::int32_t* row = out.row(y);
    for (int x = 0; x < part.width; ++x) {
      const auto magnitude_at = [&](int dx, int dy) {
        const std::ptrdiff_t down = std::clamp(y + dy, 0, part.height - 1) - y;
        const std::int32_t value = in[down * shape.width + std::clamp(x + dx, 0, part.width - 1)];
        return (std::int64_t{std::abs(value)} << (kStepBits + 8)) / step;  // in 1/256 steps
      };
      const std::int64_t scaled = magnitude_at(0, 0);
      const std::int64_t steps = low_pass ? (scaled + kStepUnit / 2) / kStepUnit
                                          : worthwhile_steps(scaled, kBandRoundUp, magnitude_at);
      const auto magnitude = static_cast<std::int32_t>(std::min<std::int64_t>(steps, kMostMagnitude));
      row[x] = in[x] < 0 ? -magnitude : magnitude;
      if (magnitude == 0 || low_pass) continue;
      sums.offset[class_index(magnitude)] += scaled - std::int64_t{magnitude} * 256;
      ++sums.count[class_index(magnitude)];
    }
  }
}

void dequantise(const Grid& in, const Samples& shape, const Subband& band, const Box& part, int channel,
                int slice, std::int64_t step, const std::array<std::int8_t, 3>& centre, Planes& planes) {
  const bool low_pass = band.low_pass();
  for (int y = 0; y < part.height; ++y) {
    const std::int32_t* row = in.row(y);
    std::int32_t* out = const_cast<std::int32_t*>(place_in(planes, shape, part, channel, slice, y));
    for (int x = 0; x < part.width; ++x) {
      const std::int32_t magnitude = std::abs(row[x]);
      if (magnitude == 0) {
        out[x] = 0;
        continue;
      }
      const std::int64_t scaled =
          std::int64_t{magnitude} * 256 + (low_pass ? 0 : centre[class_index(magnitude)]);
      const auto value =
          static_cast<std::int32_t>(std::min<std::int64_t>((scaled * step) >> (kStepBits + 8), 1 << 28));
      out[x] = row[x] < 0 ? -value : value;
    }
  }
}

}  // namespace

TransformEncoder::TransformEncoder(const Samples& samples)
    : shape_(samples), levels_(levels_of(samples.width, samples.height)) {
  Planes& planes = coefficients_[0];
  planes = split_planes(samples, {samples.low, samples.high});
  shape_.values = {};
  for (std::size_t first = 0; first < planes.size(); first += shape_.plane_size())
    transform_plane(planes.data() + first, shape_.width, shape_.height, levels_);
  if (shape_.depth < 2) return;
  coefficients_[1] = planes;
  analyse_slices(shape_, coefficients_[1]);
}

std::vector<std::vector<std::uint8_t>> TransformEncoder::encode(Quantisation& quantisation,
                                                                std::span<const Box> boxes,
                                                                std::size_t together) const {
  const Planes& planes = coefficients_[quantisation.slice_levels > 0 && shape_.depth > 1 ? 1 : 0];
  const std::vector<std::span<const Box>> groups = groups_of(boxes, together);
  std::vector<std::vector<std::uint8_t>> coded(groups.size());
  std::vector<Sums> sums(coded.size());
  core::parallel_for(coded.size(), [&](std::size_t i) {
    RansEncoder coder;
    CoefficientCoder coefficients(coder);
    for (const Box& box : groups[i]) {
      code_tile(
          coefficients, shape_, levels_, quantisation.slice_levels, box,
          [&](const Subband& band, const Box& part, int channel, int z, SliceKind kind, Grid& out) {
            quantise(planes, shape_, band, part, channel, box.z + z,
                     band_step(quantisation.step, band, {channel, shape_.colours(), kind}), out, sums[i]);
          },
          [](const Subband&, const Box&, int, int, SliceKind, const Grid&) {});
    }
    coded[i] = coder.finish();
  });
  for (std::size_t k = 0; k < quantisation.centre.size(); ++k) {
    std::int64_t offset = 0;
    std::int64_t count = 0;
    for (const Sums& sum : sums) {
      offset += sum.offset[k];
      count += sum.count[k];
    }
    quantisation.centre[k] =
        static_cast<std::int8_t>(count == 0 ? 0 : std::clamp<std::int64_t>(offset / count, -127, 127));
  }
  return coded;
}

void TransformEncoder::decode(std::span<const std::span<const std::uint8_t>> tiles,
                              const Quantisation& quantisation, Samples& samples) const {
  decode_transform(tiles, quantisation, {0, 0, 0, shape_.width, shape_.height, shape_.depth}, samples);
}

bool needed(const Box& tile, const Box& wanted, int width, int height) {
  // What a coefficient reaches: four pixels of each level, and one more level for safety.
  const int reach = 5 << levels_of(width, height);
  const Box group{wanted.x - reach,         wanted.y - reach,          wanted.z,
                  wanted.width + 2 * reach, wanted.height + 2 * reach, wanted.depth};
  return group.meets(tile);
}

void decode_transform(std::span<const std::span<const std::uint8_t>> tiles, const Quantisation& quantisation,
                      const Box& wanted, Samples& samples) {
  const std::vector<Box> boxes = tiles_of(samples.width, samples.height, samples.depth);
  const int levels = levels_of(samples.width, samples.height);
  Planes& planes = samples.values;
  planes.assign(samples.size(), 0);
  core::parallel_for(boxes.size(), [&](std::size_t i) {
    const Box& tile = boxes[i];
    if (!needed(tile, wanted, samples.width, samples.height)) return;
    RansDecoder coder(tiles[i]);
    CoefficientCoder coefficients(coder);
    code_tile(
        coefficients, samples, levels, quantisation.slice_levels, tile,
        [](const Subband&, const Box&, int, int, SliceKind, const Grid&) {},
        [&](const Subband& band, const Box& part, int channel, int z, SliceKind kind, const Grid& in) {
          dequantise(in, samples, band, part, channel, tile.z + z,
                     band_step(quantisation.step, band, {channel, samples.colours(), kind}),
                     quantisation.centre, planes);
        });
    if (!coder.complete()) throw Error(ErrorCode::data, "a tile's data end elsewhere than they should");
  });
  if (quantisation.slice_levels > 0) synthesise_slices(samples, planes);
  for (std::size_t first = 0; first < planes.size(); first += samples.plane_size())
    restore_plane(planes.data() + first, samples.width, samples.height, levels);
  join_planes({samples.low, samples.high}, samples);
}

}  // namespace aedenoise::codec
