#include "codec/encode.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "codec/byte_coder.h"
#include "codec/parallel.h"
#include "codec/predictive.h"

namespace aedenoise::codec {
namespace {

Samples shape_of(const Samples& samples) {
  Samples shape = samples;
  shape.values.clear();
  return shape;
}

std::uint64_t total(const std::vector<Bytes>& tiles) {
  std::uint64_t sum = 0;
  for (const Bytes& tile : tiles) sum += tile.size();
  return sum;
}

// A try of a step: the tiles and what a decoder must know.
struct Attempt {
  Quantisation quantisation;
  std::vector<Bytes> tiles;
  std::uint64_t bytes = 0;
};

Attempt attempt(const StepEncoder& encoder, std::uint32_t step, int slice_levels) {
  Attempt out;
  out.quantisation.step = step;
  out.quantisation.slice_levels = slice_levels;
  out.tiles = encoder.encode(out.quantisation);
  out.bytes = total(out.tiles);
  return out;
}

Method method_of(const LearnedCode* learned) {
  return learned != nullptr ? Method::learned : Method::transform;
}

std::unique_ptr<StepEncoder> encoder_for(const Samples& samples, const LearnedCode* learned) {
  if (learned != nullptr) return std::make_unique<LearnedEncoder>(*learned, samples);
  return std::make_unique<TransformEncoder>(samples);
}

Encoded finish(const Samples& samples, int bits_stored, const Attempt& found,
               std::span<const std::uint8_t> rest, const LearnedCode* learned) {
  Encoded out;
  out.coding.method = method_of(learned);
  out.coding.quantisation = found.quantisation;
  out.decoded = shape_of(samples);
  const std::vector<std::span<const std::uint8_t>> tiles(found.tiles.begin(), found.tiles.end());
  const Box whole{0, 0, 0, samples.width, samples.height, samples.depth};
  if (learned != nullptr) {
    out.coding.model = learned->model->hash;
    decode_learned(*learned->model, tiles, found.quantisation, whole, out.decoded);
  } else {
    decode_transform(tiles, found.quantisation, whole, out.decoded);
  }
  out.bytes = write_stream({shape_of(samples), bits_stored, out.coding}, found.tiles, out.decoded,
                           rest.size(), pack_bytes(rest));
  return out;
}

// Of the transforms across slices the one that takes fewer bytes at a step.
int best_slice_levels(const StepEncoder& encoder, const Samples& samples, std::uint32_t step) {
  if (samples.depth < 2) return 0;
  return attempt(encoder, step, 1).bytes < attempt(encoder, step, 0).bytes ? 1 : 0;
}

// Bytes fall with the step roughly as a power; the search stays between a step known to be too fine and one
// known to be coarse enough.
Attempt search(const StepEncoder& encoder, std::uint64_t budget, std::uint32_t start, int slice_levels) {
  constexpr double kWithin = 0.995;
  constexpr int kMostTries = 20;
  std::uint32_t fine = 0;
  std::uint32_t coarse = kMaxStep + 1;
  double power = -0.8;
  Attempt best;
  Attempt last;
  std::uint32_t step = start;
  for (int i = 0; i < kMostTries && coarse - fine > 1; ++i) {
    Attempt now = attempt(encoder, step, slice_levels);
    if (last.bytes != 0 && last.bytes != now.bytes && last.quantisation.step != step) {
      const double slope = std::log(static_cast<double>(now.bytes) / static_cast<double>(last.bytes)) /
                           std::log(static_cast<double>(step) / last.quantisation.step);
      if (slope < -0.2 && slope > -3.0) power = slope;
    }
    if (now.bytes <= budget) {
      coarse = step;
      best = now;
      if (static_cast<double>(now.bytes) >= kWithin * static_cast<double>(budget)) break;
    } else {
      fine = step;
    }
    const double wanted = static_cast<double>(budget) * (kWithin + 1.0) / 2.0;
    double next = step * std::pow(wanted / static_cast<double>(now.bytes), 1.0 / power);
    if (!(next > fine && next < coarse))
      next = coarse > kMaxStep ? fine * 4.0 : (static_cast<double>(fine) + coarse) / 2.0;
    step = static_cast<std::uint32_t>(std::clamp(next, fine + 1.0, coarse - 1.0));
    last = std::move(now);
  }
  return best;
}

}  // namespace

Encoded encode_within(const Samples& samples, int bits_stored, std::int32_t max_error,
                      std::span<const std::uint8_t> rest) {
  Encoded out;
  out.decoded = samples;
  out.coding.max_error = max_error;
  const std::vector<Box> boxes = tiles_of(samples.width, samples.height, samples.depth);
  std::vector<Bytes> tiles(boxes.size());
  parallel_for(boxes.size(),
               [&](std::size_t i) { tiles[i] = encode_predictive(out.decoded, boxes[i], max_error); });
  out.bytes = write_stream({shape_of(samples), bits_stored, out.coding}, tiles, out.decoded, rest.size(),
                           pack_bytes(rest));
  return out;
}

Encoded encode_with_step(const Samples& samples, int bits_stored, std::uint32_t step,
                         std::span<const std::uint8_t> rest, const LearnedCode* learned) {
  const std::unique_ptr<StepEncoder> encoder = encoder_for(samples, learned);
  return finish(samples, bits_stored, attempt(*encoder, step, best_slice_levels(*encoder, samples, step)),
                rest, learned);
}

Encoded encode_to_size(const Samples& samples, int bits_stored, std::uint64_t most,
                       std::span<const std::uint8_t> rest, const LearnedCode* learned) {
  const std::uint64_t besides = overhead(samples, pack_bytes(rest).size(), method_of(learned));
  const std::unique_ptr<StepEncoder> owned = encoder_for(samples, learned);
  const StepEncoder& encoder = *owned;
  const std::uint32_t start = 256U * 8U;
  Attempt found;
  if (most > besides) {
    const std::uint64_t budget = most - besides;
    Attempt first = search(encoder, budget, start, 0);
    if (!first.tiles.empty() && samples.depth > 1 &&
        attempt(encoder, first.quantisation.step, 1).bytes < first.bytes)
      first = search(encoder, budget, first.quantisation.step, 1);
    found = std::move(first);
  }
  if (found.tiles.empty()) {
    const std::uint64_t least = besides + attempt(encoder, kMaxStep, 0).bytes;
    throw TooSmall(most, least);
  }
  // Steps below that are for nothing but the last bits of a lossless file.
  constexpr std::uint32_t kNearlyLossless = 256;
  if (found.quantisation.step < kNearlyLossless) {
    Encoded lossless = encode_within(samples, bits_stored, 0, rest);
    if (lossless.bytes.size() <= most) return lossless;
  }
  return finish(samples, bits_stored, found, rest, learned);
}

}  // namespace aedenoise::codec
