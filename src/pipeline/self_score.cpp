#include "pipeline/self_score.h"

#include <algorithm>
#include <numeric>

namespace aedenoise::pipeline {
namespace {

constexpr std::size_t kMostParts = 24;
constexpr int kLargestPart = 512;

std::size_t channels_of(std::span<const float> values, const ImageSizes& sizes) {
  return values.size() / sizes.pixels();
}

void halve_one(const std::vector<float>& whole, const ImageSizes& sizes,
               const std::vector<std::uint8_t>& places, std::vector<float>& half) {
  half.resize(whole.size() / 4);
  take_places(whole, sizes, channels_of(whole, sizes), places, half);
}

}  // namespace

void halve(const Batch& whole, const ImageSizes& sizes, const NeighbourCells& cells, Batch& half) {
  halve_one(whole.noisy, sizes, cells.first, half.noisy);
  halve_one(whole.noisy, sizes, cells.second, half.clean);
  halve_one(whole.noise_map, sizes, cells.first, half.noise_map);
  halve_one(whole.neighbours, sizes, cells.first, half.neighbours);
}

SelfScore::SelfScore(const Dataset& data, const model::Architecture& architecture, SelfMethod method,
                     std::uint64_t seed, int draws)
    : architecture_(architecture), method_(method) {
  const int multiple = static_cast<int>(model::size_multiple(architecture)) *
                       (method == SelfMethod::neighbor2neighbor ? 2 : 1);
  const BatchMaker maker(data, {}, seed, static_cast<int>(architecture.slices));
  const std::size_t count = std::min(data.clean.size(), kMostParts);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t chosen = i * data.clean.size() / count;
    const Picture& picture = data.clean[chosen];
    const ImageSizes sizes{1, std::min(picture.height, kLargestPart) / multiple * multiple,
                           std::min(picture.width, kLargestPart) / multiple * multiple};
    Batch whole;
    maker.make_corner(chosen, sizes.height, sizes.width, whole);
    core::Rng rng(seed, i);
    for (int draw = 0; draw < draws; ++draw) {
      if (method == SelfMethod::neighbor2neighbor) {
        add_halves(whole, sizes, rng);
      } else {
        add_blind(whole, sizes, rng);
      }
    }
  }
}

void SelfScore::add_halves(const Batch& whole, const ImageSizes& sizes, core::Rng& rng) {
  Case next{sizes.halved(), {}, {}};
  halve(whole, sizes, draw_cells(sizes, rng), next.batch);
  cases_.push_back(std::move(next));
}

void SelfScore::add_blind(const Batch& whole, const ImageSizes& sizes, core::Rng& rng) {
  Case next{sizes, whole, draw_spots(sizes, rng)};
  blind_spots(next.batch.noisy, sizes, channels_of(whole.noisy, sizes), next.spots, rng);
  cases_.push_back(std::move(next));
}

nn::InferenceProgram& SelfScore::program(const ImageSizes& sizes) {
  const std::pair key(sizes.height, sizes.width);
  const auto known = programs_.find(key);
  if (known != programs_.end()) return known->second;
  const auto shapes = model::input_shapes(architecture_, 1, sizes.height, sizes.width);
  return programs_.emplace(key, nn::InferenceProgram(model::build(architecture_), shapes, nn::Precision::f32))
      .first->second;
}

std::vector<double> SelfScore::losses(const nn::Weights& weights) {
  for (const Case& one : cases_) program(one.sizes);
  for (auto& [key, program] : programs_) program.load(weights);
  std::vector<double> out;
  std::vector<float> denoised;
  std::vector<float> diff;
  for (const Case& one : cases_) {
    denoised.resize(one.batch.clean.size());
    diff.resize(denoised.size());
    const std::vector<float*> outputs{denoised.data()};
    program(one.sizes).run(BatchMaker::inputs(one.batch), outputs);
    out.push_back(
        method_ == SelfMethod::neighbor2neighbor
            ? neighbour_loss(denoised, one.batch.clean, {}, 0.0, diff)
            : spot_loss(denoised, one.batch.clean, channels_of(one.batch.clean, one.sizes), one.spots, diff));
  }
  return out;
}

double SelfScore::loss(const nn::Weights& weights) {
  const std::vector<double> all = losses(weights);
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

}  // namespace aedenoise::pipeline
