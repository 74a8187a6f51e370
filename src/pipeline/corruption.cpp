#include "pipeline/corruption.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "aedenoise/error.h"
#include "core/parallel.h"
#include "imaging/noise.h"

namespace aedenoise::pipeline {
namespace {

// The pixels of one spot.
std::vector<bool> draw_spot(std::int64_t height, std::int64_t width, core::Rng& rng) {
  constexpr float kLargestShare = 1.0F / 9.0F;  // of the shorter side, as a radius
  constexpr std::uint32_t kMostSteps = 8;
  std::vector<bool> spot(static_cast<std::size_t>(height * width), false);
  const auto side = static_cast<float>(std::min(height, width));
  const float radius = rng.uniform(1.0F, std::max(1.5F, side * kLargestShare));
  float y = rng.uniform(0.0F, static_cast<float>(height));
  float x = rng.uniform(0.0F, static_cast<float>(width));
  float direction = rng.uniform(0.0F, 2.0F * std::numbers::pi_v<float>);
  // Most spots are compact, some are lines.
  const std::uint32_t steps = 1 + rng.below(rng.below(3) == 0 ? 3 * kMostSteps : kMostSteps / 2);
  for (std::uint32_t step = 0; step < steps; ++step) {
    const float reach = radius * rng.uniform(0.6F, 1.2F);
    const auto first = [](float value) { return std::max<std::int64_t>(0, std::lround(std::floor(value))); };
    for (std::int64_t row = first(y - reach); row < height && static_cast<float>(row) <= y + reach; ++row) {
      for (std::int64_t column = first(x - reach); column < width && static_cast<float>(column) <= x + reach;
           ++column) {
        const float dy = static_cast<float>(row) - y;
        const float dx = static_cast<float>(column) - x;
        if (dy * dy + dx * dx <= reach * reach) spot[static_cast<std::size_t>(row * width + column)] = true;
      }
    }
    direction += rng.uniform(-0.7F, 0.7F);
    y += radius * std::sin(direction);
    x += radius * std::cos(direction);
  }
  return spot;
}

}  // namespace

void validate(const Corruption& corruption, const std::vector<std::int64_t>& sizes) {
  const auto require = [](bool holds, const char* sentence) {
    if (!holds) throw Error(ErrorCode::usage, sentence);
  };
  if (!corruption.noise_model.empty()) {
    require(corruption.noise_high > 0.0, "corruption needs a noise level above 0");
    require(corruption.noise_low <= corruption.noise_high, "a range of noise levels has the lower one first");
    require(imaging::noise_model(corruption.noise_model).of_slices() == nullptr,
            "noise of CT is made for slices of scans, not for samples");
  }
  require(corruption.spots == 0 || sizes.size() == 3,
          "spots are for images, and the samples are rows of numbers");
}

void add_spots(std::span<float> image, std::span<const float> other, const std::vector<std::int64_t>& sizes,
               std::int64_t most, core::Rng& rng) {
  const std::uint32_t count = rng.below(static_cast<std::uint32_t>(most) + 1);
  const auto channels = static_cast<std::size_t>(sizes[0]);
  const auto [low, high] = std::ranges::minmax(other);
  for (std::uint32_t k = 0; k < count; ++k) {
    const std::vector<bool> spot = draw_spot(sizes[1], sizes[2], rng);
    const std::uint32_t fill = rng.below(5);  // low and high twice as often as the other's own
    for (std::size_t i = 0; i < image.size(); ++i) {
      if (spot[i / channels]) image[i] = fill == 0 ? other[i] : (fill % 2 == 1 ? low : high);
    }
  }
}

std::vector<float> corrupted(const Corruption& corruption, std::span<const float> batch,
                             const std::vector<std::int64_t>& sizes, std::uint64_t seed,
                             std::uint64_t stream) {
  std::vector<float> out(batch.begin(), batch.end());
  std::size_t values = 1;
  for (const std::int64_t size : sizes) values *= static_cast<std::size_t>(size);
  const auto count = static_cast<std::int64_t>(batch.size() / values);
  const imaging::NoiseModel* noise =
      corruption.noise_model.empty() ? nullptr : &imaging::noise_model(corruption.noise_model);
  core::parallel_for(static_cast<std::size_t>(count), [&](std::size_t index) {
    const auto i = static_cast<std::int64_t>(index);
    core::Rng draws(seed, stream + static_cast<std::uint64_t>(i));
    const auto sample = std::span(out).subspan(static_cast<std::size_t>(i) * values, values);
    if (corruption.spots > 0) {
      const auto next = static_cast<std::size_t>((i + 1) % count);
      add_spots(sample, batch.subspan(next * values, values), sizes, corruption.spots, draws);
    }
    if (noise == nullptr) return;
    const float level =
        draws.uniform(static_cast<float>(corruption.noise_low), static_cast<float>(corruption.noise_high)) /
        255.0F;
    noise->corrupt(sample, level, 1.0F, draws);
  });
  return out;
}

}  // namespace aedenoise::pipeline
