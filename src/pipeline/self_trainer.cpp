#include "pipeline/self_trainer.h"

#include <algorithm>
#include <utility>

#include "imaging/estimate.h"
#include "nn/program.h"
#include "pipeline/patch_task.h"
#include "pipeline/self_score.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::uint64_t kDrawStream = std::uint64_t{1} << 62U;  // apart from those of patches

class SelfTask : public PatchTask {
 public:
  SelfTask(const TrainOptions& options, const Dataset& training, const Dataset& validation)
      : PatchTask(options, training, {}),
        score_(validation, options.architecture, options.self, options.seed + 1) {}

  double gradients(std::int64_t step, double progress, std::span<const float> parameters,
                   std::span<float> gradients) override {
    const int size = part(options_.patch, progress);
    const ImageSizes sizes{samples_per_step(progress), size, size};
    compile_for(sizes);
    batches_.make(step, sizes.count, size, whole_);
    core::Rng rng(options_.seed, kDrawStream + static_cast<std::uint64_t>(step));
    const double value = options_.self == SelfMethod::neighbor2neighbor
                             ? neighbours(sizes, progress, parameters, rng)
                             : spots(sizes, parameters, rng);
    program_->backward(gradients);
    return value;
  }

  Measure measure() const override { return {"loss", "", false, 6}; }
  double validate(const nn::Weights& average) override { return score_.loss(average); }

  void describe(std::map<std::string, std::string>& metadata) const override {
    metadata["architecture"] = model::to_json(options_.architecture);
    metadata["noise_model"] = model::kOwnNoise;
    metadata["self_supervised"] = name_of(options_.self);
  }

 private:
  void compile_for(const ImageSizes& sizes) {
    const bool halves = options_.self == SelfMethod::neighbor2neighbor;
    compile(sizes.count, halves ? sizes.height / 2 : sizes.height);
    if (!halves || !(options_.self_weight > 0.0) || full_size_ == sizes.height) return;
    full_ =
        std::make_unique<nn::InferenceProgram>(graph_, shapes(sizes.count, sizes.height), options_.precision);
    full_size_ = sizes.height;
  }

  std::span<float> diff() { return {program_->diff_output(0), whole_output_size()}; }
  std::span<const float> output() { return {program_->output(0), whole_output_size()}; }
  std::size_t whole_output_size() const {
    return static_cast<std::size_t>(onednn::volume(program_->output_shape(0)));
  }

  double neighbours(const ImageSizes& sizes, double progress, std::span<const float> parameters,
                    core::Rng& rng) {
    const NeighbourCells cells = draw_cells(sizes, rng);
    halve(whole_, sizes, cells, half_);
    if (full_) find_gap(sizes, cells, parameters);
    program_->load(parameters);
    program_->forward(BatchMaker::inputs(half_));
    const double weight = options_.self_weight * (options_.initial ? 1.0 : progress);
    return neighbour_loss(output(), half_.clean, gap_, weight, diff());
  }

  // What the network makes of the whole image differs by that much between the two of each cell.
  void find_gap(const ImageSizes& sizes, const NeighbourCells& cells, std::span<const float> parameters) {
    full_->load(nn::unflatten(parameters, layout_));
    denoised_.resize(whole_.noisy.size());
    const std::vector<float*> outputs{denoised_.data()};
    full_->run(BatchMaker::inputs(whole_), outputs);
    const auto channels = static_cast<std::size_t>(options_.architecture.channels);
    gap_.resize(half_.noisy.size());
    second_.resize(gap_.size());
    take_places(denoised_, sizes, channels, cells.first, gap_);
    take_places(denoised_, sizes, channels, cells.second, second_);
    for (std::size_t i = 0; i < gap_.size(); ++i) gap_[i] -= second_[i];
  }

  double spots(const ImageSizes& sizes, std::span<const float> parameters, core::Rng& rng) {
    const auto channels = static_cast<std::size_t>(options_.architecture.channels);
    const std::vector<std::size_t> drawn = draw_spots(sizes, rng);
    blind_spots(whole_.noisy, sizes, channels, drawn, rng);
    program_->load(parameters);
    program_->forward(BatchMaker::inputs(whole_));
    return spot_loss(output(), whole_.clean, channels, drawn, diff());
  }

  SelfScore score_;
  std::unique_ptr<nn::InferenceProgram> full_;  // of whole patches
  int full_size_ = 0;
  Batch whole_;
  Batch half_;
  std::vector<float> denoised_;
  std::vector<float> gap_;
  std::vector<float> second_;
};

Picture rows_of(const Picture& picture, int first, int count) {
  Picture out = picture;
  const auto row = static_cast<std::ptrdiff_t>(picture.width) * picture.channels;
  out.values.assign(picture.values.begin() + first * row, picture.values.begin() + (first + count) * row);
  out.height = count;
  return out;
}

}  // namespace

std::unique_ptr<TrainingTask> self_task(const TrainOptions& options, const Dataset& training,
                                        const Dataset& validation) {
  return std::make_unique<SelfTask>(options, training, validation);
}

void estimate_levels(Dataset& data) {
  for (Picture& picture : data.clean) {
    Image image;
    image.channels = picture.channels;
    image.height = picture.height;
    image.width = picture.width;
    image.values.resize(image.size());
    for (int c = 0; c < picture.channels; ++c) {
      for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
          image.plane(c)[y * picture.width + x] = picture.at(y, x, c);
        }
      }
    }
    picture.level = static_cast<float>(imaging::estimate_sigma(image));
  }
}

Dataset split_bands(Dataset& data, int multiple) {
  constexpr int kShare = 4;     // one row of so many is held out
  constexpr int kPeriod = 256;  // rows from band to band
  constexpr int kMostBands = 1 << 12;
  Dataset taken;
  Dataset kept;
  kept.notes = std::move(data.notes);
  for (const Picture& picture : data.clean) {
    int period = 0;
    for (int top = 0, band = 0; top < picture.height; top += period, ++band) {
      const int left = picture.height - top;
      period = left < 2 * kPeriod ? left : kPeriod;
      const int held = period / kShare / multiple * multiple;
      const auto add = [&](Dataset& part, int first, int count) {
        if (count == 0) return;
        part.clean.push_back(rows_of(picture, first, count));
        if (picture.is_scan()) part.clean.back().volume = picture.volume * kMostBands + band;
      };
      add(kept, top, period - held);
      add(taken, top + period - held, held);
    }
  }
  // Slices that follow one another in a volume must do so in the list.
  for (Dataset* part : {&kept, &taken}) {
    std::ranges::sort(part->clean, {}, [](const Picture& one) { return std::pair(one.volume, one.slice); });
  }
  data = std::move(kept);
  return taken;
}

}  // namespace aedenoise::pipeline
