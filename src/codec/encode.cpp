#include "codec/encode.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "codec/byte_coder.h"
#include "codec/predictive.h"
#include "core/parallel.h"

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

// Coded boxes and what a decoder must know.
struct Attempt {
  Quantisation quantisation;
  std::vector<Bytes> tiles;
  std::uint64_t bytes = 0;
};

Attempt attempt(const StepEncoder& encoder, std::span<const Box> boxes, std::uint32_t step, int slice_levels,
                std::size_t together = 1) {
  Attempt out;
  out.quantisation.step = step;
  out.quantisation.slice_levels = slice_levels;
  out.tiles = encoder.encode(out.quantisation, boxes, together);
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

Encoded finish(const StepEncoder& encoder, const Samples& samples, int bits_stored, const Attempt& found,
               std::span<const std::uint8_t> rest, const LearnedCode* learned) {
  Encoded out;
  out.coding.method = method_of(learned);
  out.coding.quantisation = found.quantisation;
  out.decoded = shape_of(samples);
  if (learned != nullptr) {
    out.coding.model = learned->model->hash;
    out.coding.range = learned->range;
  }
  const std::vector<std::span<const std::uint8_t>> tiles(found.tiles.begin(), found.tiles.end());
  encoder.decode(tiles, found.quantisation, out.decoded);
  out.bytes = write_stream({shape_of(samples), bits_stored, out.coding}, found.tiles, out.decoded,
                           rest.size(), pack_bytes(rest));
  return out;
}

// With the transform across slices that takes fewer bytes.
Attempt best_attempt(const StepEncoder& encoder, std::span<const Box> boxes, int depth, std::uint32_t step) {
  Attempt apart = attempt(encoder, boxes, step, 0);
  if (depth < 2) return apart;
  Attempt across = attempt(encoder, boxes, step, 1);
  return across.bytes < apart.bytes ? across : apart;
}

// Proposes steps. Bytes fall with the step roughly as a power; proposals stay between a step known to be too
// fine and one known to be coarse enough.
class StepSearch {
 public:
  explicit StepSearch(std::uint32_t start) : step_(start) {}

  std::uint32_t step() const { return step_; }
  bool over() const { return coarse_ - fine_ <= 1; }

  // The step took so many bytes, of which at most `most` are allowed. `next`: what to try next.
  void learn(double bytes, double most, double next) {
    (bytes <= most ? coarse_ : fine_) = step_;
    if (!(next > fine_ && next < coarse_))
      next = coarse_ > kMaxStep ? fine_ * 4.0 : (static_cast<double>(fine_) + coarse_) / 2.0;
    step_ = static_cast<std::uint32_t>(std::clamp(next, fine_ + 1.0, std::max(fine_ + 1.0, coarse_ - 1.0)));
  }

  // Where so many bytes should be met.
  double guess(double bytes, double wanted) {
    if (last_bytes_ > 0.0 && last_bytes_ != bytes && last_step_ != step_) {
      const double slope = std::log(bytes / last_bytes_) / std::log(static_cast<double>(step_) / last_step_);
      if (slope < -0.2 && slope > -3.0) power_ = slope;
    }
    last_bytes_ = bytes;
    last_step_ = step_;
    return step_ * std::pow(wanted / bytes, 1.0 / power_);
  }

 private:
  std::uint32_t step_;
  std::uint32_t fine_ = 0;
  std::uint32_t coarse_ = kMaxStep + 1;
  double power_ = -0.8;
  double last_bytes_ = 0.0;
  std::uint32_t last_step_ = 0;
};

// What a sample of the tiles says about all.
class SampleCurve {
 public:
  SampleCurve(const StepEncoder& encoder, std::span<const Box> boxes, int slice_levels)
      : encoder_(encoder), boxes_(boxes), slice_levels_(slice_levels) {}

  double bytes(std::uint32_t step) {
    const auto [place, isnew] = known_.try_emplace(step);
    if (isnew)
      place->second = static_cast<double>(attempt(encoder_, boxes_, step, slice_levels_, kTogether).bytes);
    return place->second;
  }
  // The step, near `start`, with which the sample takes so many bytes, give or take the part `close`.
  std::uint32_t step_for(double wanted, double close, double start) {
    constexpr int kMostTries = 5;
    StepSearch search(static_cast<std::uint32_t>(std::clamp<double>(start, 1.0, kMaxStep)));
    for (int i = 0; i < kMostTries && !search.over(); ++i) {
      const double found = bytes(search.step());
      if (std::abs(found - wanted) < close * wanted) break;
      search.learn(found, wanted, search.guess(found, wanted));
    }
    return search.step();
  }

 private:
  static constexpr std::size_t kTogether = 16;  // boxes: each time all has to be learned anew

  const StepEncoder& encoder_;
  std::span<const Box> boxes_;
  int slice_levels_;
  std::map<std::uint32_t, double> known_;
};

std::uint64_t pixels_of(std::span<const Box> boxes) {
  std::uint64_t sum = 0;
  for (const Box& box : boxes)
    sum += static_cast<std::uint64_t>(box.width) * static_cast<std::uint64_t>(box.height) *
           static_cast<std::uint64_t>(box.depth);
  return sum;
}

// All tiles are coded as rarely as possible: how bytes depend on the step is seen from a sample, if there is
// one. No tiles when not even the coarsest step is coarse enough.
Attempt search(const StepEncoder& encoder, std::span<const Box> tiles, std::span<const Box> sampled,
               std::uint64_t budget, std::uint32_t start, int slice_levels) {
  constexpr double kWithin = 0.995;
  constexpr double kGoodEnough = 0.99;  // for many tiles from try kGuided on
  constexpr int kMostTries = 20;
  constexpr int kGuided = 3;  // tries that ask the sample, and how closely
  constexpr double kRoughly = 0.02;
  constexpr double kClosely = 0.002;
  const auto most = static_cast<double>(budget);
  const double wanted = most * (kWithin + 1.0) / 2.0;
  SampleCurve sample(encoder, sampled, slice_levels);
  if (!sampled.empty()) {
    const double share = static_cast<double>(pixels_of(sampled)) / static_cast<double>(pixels_of(tiles));
    start = sample.step_for(wanted * share, kRoughly, start);
  }
  StepSearch steps(start);
  Attempt best;
  for (int i = 0; i < kMostTries && !steps.over(); ++i) {
    Attempt now = attempt(encoder, tiles, steps.step(), slice_levels);
    const auto bytes = static_cast<double>(now.bytes);
    const bool fits = now.bytes <= budget;
    if (fits) best = std::move(now);
    const bool late = !sampled.empty() && i + 1 >= kGuided;
    if (fits && bytes >= (late ? kGoodEnough : kWithin) * most) break;
    double next = steps.guess(bytes, wanted);
    if (!sampled.empty() && i < kGuided)
      next = sample.step_for(sample.bytes(steps.step()) * wanted / bytes, kClosely, next);
    steps.learn(bytes, most, next);
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
  core::parallel_for(boxes.size(),
                     [&](std::size_t i) { tiles[i] = encode_predictive(out.decoded, boxes[i], max_error); });
  out.bytes = write_stream({shape_of(samples), bits_stored, out.coding}, tiles, out.decoded, rest.size(),
                           pack_bytes(rest));
  return out;
}

Encoded encode_with_step(const Samples& samples, int bits_stored, std::uint32_t step,
                         std::span<const std::uint8_t> rest, const LearnedCode* learned) {
  const std::unique_ptr<StepEncoder> encoder = encoder_for(samples, learned);
  const std::vector<Box> tiles = tiles_of(samples.width, samples.height, samples.depth);
  const Attempt found = best_attempt(*encoder, tiles, samples.depth, step);
  return finish(*encoder, samples, bits_stored, found, rest, learned);
}

Encoded encode_to_size(const Samples& samples, int bits_stored, std::uint64_t most,
                       std::span<const std::uint8_t> rest, const LearnedCode* learned) {
  const std::uint64_t besides = overhead(samples, pack_bytes(rest).size(), method_of(learned));
  const std::unique_ptr<StepEncoder> owned = encoder_for(samples, learned);
  const StepEncoder& encoder = *owned;
  const std::vector<Box> tiles = tiles_of(samples.width, samples.height, samples.depth);
  const std::vector<Box> sampled = sample_of(tiles);
  const std::uint32_t start = 256U * 8U;
  Attempt found;
  if (most > besides) {
    const std::uint64_t budget = most - besides;
    found = search(encoder, tiles, sampled, budget, start, 0);
    const std::uint32_t step = found.quantisation.step;
    if (!found.tiles.empty() && samples.depth > 1 && attempt(encoder, tiles, step, 1).bytes < found.bytes)
      found = search(encoder, tiles, sampled, budget, step, 1);
  }
  if (found.tiles.empty()) throw TooSmall(most, besides + attempt(encoder, tiles, kMaxStep, 0).bytes);
  // Steps below that are for nothing but the last bits of a lossless file.
  constexpr std::uint32_t kNearlyLossless = 256;
  if (found.quantisation.step < kNearlyLossless) {
    Encoded lossless = encode_within(samples, bits_stored, 0, rest);
    if (lossless.bytes.size() <= most) return lossless;
  }
  return finish(encoder, samples, bits_stored, found, rest, learned);
}

}  // namespace aedenoise::codec
