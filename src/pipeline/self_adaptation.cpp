#include "pipeline/self_adaptation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/text.h"
#include "imaging/estimate.h"
#include "pipeline/scans.h"
#include "pipeline/self_score.h"
#include "pipeline/self_trainer.h"

namespace aedenoise::pipeline {
namespace {

constexpr int kPatch = 128;
constexpr int kLeastPatch = 32;
constexpr int kHalvesDraws = 4;
constexpr int kSpotsDraws = 12;

// One channel, or a colour, of each slice. 16 bits over the range of the values are far finer than the noise.
Dataset dataset_of(const AdaptationJob& job, int channels) {
  const Image& image = *job.noisy;
  const auto [lowest, highest] = std::ranges::minmax(image.values);
  const double low = static_cast<double>(lowest);
  const double span = std::max(static_cast<double>(highest) - low, 1e-30);
  constexpr double kSteps = 65535.0;
  Dataset data;
  for (int first = 0; first < image.channels; first += channels) {
    for (int slice = 0; slice < image.depth; ++slice) {
      Picture picture{{}, image.height, image.width, channels, {}};
      picture.unit = static_cast<float>(kSteps * job.normalisation.scale / span);
      picture.zero = static_cast<float>(kSteps * (job.normalisation.shift - low) / span);
      picture.level = static_cast<float>(job.sigma / job.normalisation.scale);
      if (image.depth > 1) picture.volume = first;
      picture.slice = slice;
      picture.values.reserve(image.plane_size() * static_cast<std::size_t>(channels));
      for (std::size_t i = 0; i < image.plane_size(); ++i) {
        for (int c = first; c < first + channels; ++c) {
          const double share = (static_cast<double>(image.plane(c, slice)[i]) - low) / span;
          picture.values.push_back(static_cast<std::uint16_t>(std::lround(kSteps * share)));
        }
      }
      data.clean.push_back(std::move(picture));
    }
  }
  return data;
}

// The largest patch that fits; 0 when even the least does not.
int patch_for(const Dataset& data, int multiple) {
  int side = kPatch;
  for (const Picture& picture : data.clean) side = std::min({side, picture.height, picture.width});
  side = side / multiple * multiple;
  return side < kLeastPatch ? 0 : side;
}

TrainOptions training_options(const model::ModelFile& file, const AdaptationJob& job, int patch) {
  TrainOptions options;
  options.architecture = file.architecture;
  options.initial = std::make_shared<model::ModelFile>(file);
  options.precision = job.precision;
  options.self = SelfMethod::neighbor2neighbor;
  // The regulariser doubled the time and changed results by less than 0.03 dB on W2S micrographs.
  options.self_weight = 0.0;
  options.patch = {patch};
  options.batch = 8 * kPatch * kPatch / (patch * patch);
  options.loss = {"mse"};
  options.steps = job.options.self_steps;
  options.minutes = job.options.self_minutes;
  options.optimizer.kind = "adam";
  options.schedule.learning_rate = 2e-4;
  options.average_decay = 0.98;
  options.validate_every = std::numeric_limits<std::int64_t>::max();  // once, at the end
  options.seed = job.options.seed;
  return options;
}

// How much less one network's losses are than another's, part by part.
struct Gain {
  double plain = 0.0;
  double adapted = 0.0;
  double standard_error = 0.0;  // of plain - adapted

  Gain(const std::vector<double>& before, const std::vector<double>& after) {
    const auto count = static_cast<double>(before.size());
    double squares = 0.0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      plain += before[i] / count;
      adapted += after[i] / count;
      squares += std::pow(before[i] - after[i], 2.0) / count;
    }
    const double variance = std::max(0.0, squares - mean() * mean());
    standard_error = std::sqrt(variance / std::max(count - 1.0, 1.0));
  }

  double mean() const { return plain - adapted; }
};

// Half the mean squared difference of pixels that touch: the variance of the noise where nothing else
// differs.
double neighbour_variance(const Image& image) {
  double sum = 0.0;
  std::size_t count = 0;
  const std::size_t width = static_cast<std::size_t>(image.width);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    const auto square = [&](std::size_t other) {
      const double d = static_cast<double>(image.values[i]) - static_cast<double>(image.values[other]);
      sum += d * d;
      ++count;
    };
    if (i % width + 1 < width) square(i + 1);
    if (i % image.plane_size() + width < image.plane_size()) square(i + width);
  }
  return 0.5 * sum / static_cast<double>(std::max<std::size_t>(count, 1));
}

std::string percent(double share) { return core::significant(100.0 * share, 2) + "%"; }

Adaptation refused(const std::string& why) {
  Adaptation out;
  out.note = why + ", so the model was not adapted to the image";
  return out;
}

// Both ways to judge must agree: pixels guessed from their neighbours at full resolution, where what a
// network makes of the pixel itself does not show, and halves, where it does, at half the resolution.
void judge(SelfScore& spots, SelfScore& halves, const model::ModelFile& file, const TrainResult& result,
           double unit, Adaptation& out) {
  constexpr double kSure = 2.0;  // standard errors
  const Gain by_spots(spots.losses(file.weights), spots.losses(result.weights));
  const Gain by_halves(halves.losses(file.weights), halves.losses(result.weights));
  SelfAdaptation& record = out.record;
  record.plain_loss = by_spots.plain * unit;
  record.adapted_loss = by_spots.adapted * unit;
  record.kept = by_spots.mean() > kSure * by_spots.standard_error && by_halves.mean() > 0.0;
  const std::string steps =
      std::to_string(record.steps) + " steps, " + core::significant(record.seconds, 3) + " s";
  if (!record.kept) {
    out.note = "the model was adapted to the image (" + steps +
               ") but did not foresee held-out pixels surely better, so it was used as it was";
    return;
  }
  out.note = "the model was adapted to the image (" + steps + "): it foresees held-out pixels " +
             percent(by_spots.mean() / by_spots.plain) + " better, of what is mostly noise";
  out.model = file;
  out.model->weights.tensors = result.weights.tensors;
}

}  // namespace

Adaptation adapt(const model::ModelFile& file, const AdaptationJob& job) {
  // Two colour photographs, noise of 25 of 255, lost 0.59 and 0.74 dB, and neither way to judge noticed.
  if (job.noisy->channels > 1) return refused("adapting to colour images was found to blur them");
  constexpr double kMuchMore = 1.6;
  if (hidden_level(*job.noisy) > kMuchMore * imaging::estimate_sigma(*job.noisy)) {
    return refused("the noise is not independent from pixel to pixel, as comparing neighbours needs");
  }
  // Where neighbours differ by more than noise, guessing one from another rewards blur: 1.4 times the noise
  // cost 0.6 dB on a photograph; micrographs, which gain, have 0.5 to 1.1.
  constexpr double kMostDifference = 1.12;
  if (neighbour_variance(*job.noisy) > kMostDifference * job.sigma * job.sigma) {
    return refused("neighbouring pixels differ by more than the noise, so that comparing them would blur");
  }
  const int multiple = 2 * static_cast<int>(model::size_multiple(file.architecture));
  Dataset data = dataset_of(job, static_cast<int>(file.architecture.channels));
  const Dataset held = split_bands(data, multiple);
  const int patch = patch_for(data, multiple);
  if (patch == 0 || held.clean.empty()) return refused("the image is too small to learn from");

  const TrainOptions options = training_options(file, job, patch);
  TrainCallbacks callbacks;
  callbacks.interrupted = job.options.cancelled;
  callbacks.progress = [&](const TrainProgress& now, const Measure&) {
    if (job.options.progress) job.options.progress(now.share_done);
  };
  const TrainResult result = train(options, data, held, {}, {}, callbacks);
  Adaptation out;
  out.record.steps = result.curve.back().step;
  out.record.seconds = result.curve.back().seconds;
  SelfScore spots(held, file.architecture, SelfMethod::noise2void, options.seed + 1, kSpotsDraws);
  SelfScore halves(held, file.architecture, SelfMethod::neighbor2neighbor, options.seed + 2, kHalvesDraws);
  judge(spots, halves, file, result, std::pow(job.normalisation.scale / job.sigma, 2.0), out);
  return out;
}

}  // namespace aedenoise::pipeline
