#include "pipeline/self_supervision.h"

#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "core/suggest.h"

namespace aedenoise::pipeline {
namespace {

struct MethodName {
  SelfMethod method;
  const char* name;
};

constexpr std::array kMethodNames{MethodName{SelfMethod::neighbor2neighbor, "neighbor2neighbor"},
                                  MethodName{SelfMethod::noise2void, "noise2void"}};

constexpr int kBlock = 4;  // one spot in each of this side
constexpr int kReach = 2;  // of the neighbours that replace a spot

// A coordinate within kReach of `at` and inside the image.
int near(int at, int size, core::Rng& rng) {
  const int low = std::max(at - kReach, 0);
  const int high = std::min(at + kReach, size - 1);
  return low + static_cast<int>(rng.below(static_cast<std::uint32_t>(high - low + 1)));
}

}  // namespace

SelfMethod self_method(const std::string& name) {
  std::vector<std::string> known;
  for (const MethodName& entry : kMethodNames) {
    if (name == entry.name) return entry.method;
    known.emplace_back(entry.name);
  }
  throw Error(ErrorCode::usage, core::unknown_name("self-supervised method", name, known));
}

std::string name_of(SelfMethod method) {
  const auto* found = std::ranges::find(kMethodNames, method, &MethodName::method);
  return found == kMethodNames.end() ? "" : found->name;
}

NeighbourCells draw_cells(const ImageSizes& sizes, core::Rng& rng) {
  constexpr std::array<std::array<std::uint8_t, 2>, 8> kPairs{
      {{0, 1}, {1, 0}, {2, 3}, {3, 2}, {0, 2}, {2, 0}, {1, 3}, {3, 1}}};
  NeighbourCells cells;
  cells.first.resize(sizes.halved().pixels());
  cells.second.resize(cells.first.size());
  for (std::size_t i = 0; i < cells.first.size(); ++i) {
    const auto& pair = kPairs.at(rng.below(static_cast<std::uint32_t>(kPairs.size())));
    cells.first[i] = pair[0];
    cells.second[i] = pair[1];
  }
  return cells;
}

void take_places(std::span<const float> images, const ImageSizes& sizes, std::size_t channels,
                 const std::vector<std::uint8_t>& places, std::span<float> out) {
  const auto width = static_cast<std::size_t>(sizes.width);
  const std::int64_t rows = sizes.count * (sizes.height / 2);  // images follow one another, so rows do
#pragma omp parallel for schedule(static)
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::size_t x = 0; x < width / 2; ++x) {
      const std::size_t cell = static_cast<std::size_t>(row) * (width / 2) + x;
      const std::size_t place = places[cell];
      const std::size_t pixel = (2 * static_cast<std::size_t>(row) + place / 2) * width + 2 * x + place % 2;
      for (std::size_t c = 0; c < channels; ++c) {
        out[cell * channels + c] = images[pixel * channels + c];
      }
    }
  }
}

double neighbour_loss(std::span<const float> prediction, std::span<const float> target,
                      std::span<const float> gap, double weight, std::span<float> diff) {
  const double share = 1.0 / static_cast<double>(prediction.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    const double d = static_cast<double>(prediction[i]) - static_cast<double>(target[i]);
    const double rest = gap.empty() ? 0.0 : d - static_cast<double>(gap[i]);
    sum += d * d + weight * rest * rest;
    diff[i] = static_cast<float>(2.0 * share * (d + weight * rest));
  }
  return sum * share;
}

std::vector<std::size_t> draw_spots(const ImageSizes& sizes, core::Rng& rng) {
  std::vector<std::size_t> spots;
  const std::size_t image = ImageSizes{1, sizes.height, sizes.width}.pixels();
  for (std::size_t n = 0; n < static_cast<std::size_t>(sizes.count); ++n) {
    for (int top = 0; top < sizes.height; top += kBlock) {
      for (int left = 0; left < sizes.width; left += kBlock) {
        const auto rows = static_cast<std::uint32_t>(std::min(kBlock, sizes.height - top));
        const auto columns = static_cast<std::uint32_t>(std::min(kBlock, sizes.width - left));
        const auto y = static_cast<std::size_t>(top) + rng.below(rows);
        const auto x = static_cast<std::size_t>(left) + rng.below(columns);
        spots.push_back(n * image + y * static_cast<std::size_t>(sizes.width) + x);
      }
    }
  }
  return spots;
}

void blind_spots(std::span<float> images, const ImageSizes& sizes, std::size_t channels,
                 const std::vector<std::size_t>& spots, core::Rng& rng) {
  const std::size_t image = ImageSizes{1, sizes.height, sizes.width}.pixels();
  const auto width = static_cast<std::size_t>(sizes.width);
  std::vector<float> values;  // all are drawn before any is replaced
  for (const std::size_t spot : spots) {
    const std::size_t first = spot / image * image;
    const int y = static_cast<int>((spot - first) / width);
    const int x = static_cast<int>((spot - first) % width);
    int other_y = y;
    int other_x = x;
    while (other_y == y && other_x == x) {
      other_y = near(y, sizes.height, rng);
      other_x = near(x, sizes.width, rng);
    }
    const std::size_t other =
        first + static_cast<std::size_t>(other_y) * width + static_cast<std::size_t>(other_x);
    for (std::size_t c = 0; c < channels; ++c) values.push_back(images[other * channels + c]);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    images[spots[i / channels] * channels + i % channels] = values[i];
  }
}

double spot_loss(std::span<const float> prediction, std::span<const float> target, std::size_t channels,
                 const std::vector<std::size_t>& spots, std::span<float> diff) {
  std::ranges::fill(diff, 0.0F);
  const double share = 1.0 / static_cast<double>(spots.size() * channels);
  double sum = 0.0;
  for (const std::size_t spot : spots) {
    for (std::size_t i = spot * channels; i < (spot + 1) * channels; ++i) {
      const double d = static_cast<double>(prediction[i]) - static_cast<double>(target[i]);
      sum += d * d;
      diff[i] = static_cast<float>(2.0 * share * d);
    }
  }
  return sum * share;
}

}  // namespace aedenoise::pipeline
