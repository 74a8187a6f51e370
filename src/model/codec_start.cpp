#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/codec.h"

namespace aedenoise::model {
namespace {

// Weights of one convolution, by result, source and place in the kernel.
class Taps {
 public:
  Taps(nn::Weights& weights, const std::string& name) : tensor_(weights.tensors.at(name + ".weight")) {}

  float& at(std::int64_t dst, std::int64_t src, std::int64_t y, std::int64_t x) {
    const nn::Shape& dims = tensor_.dims;
    return tensor_.values[static_cast<std::size_t>(((dst * dims[1] + src) * dims[2] + y) * dims[3] + x)];
  }
  void clear() { std::ranges::fill(tensor_.values, 0.0F); }
  // Results before `end` come of nothing.
  void clear_results(std::int64_t end) {
    const std::int64_t row = onednn::volume(tensor_.dims) / tensor_.dims[0];
    std::fill_n(tensor_.values.begin(), end * row, 0.0F);
  }

 private:
  nn::Tensor& tensor_;
};

// Of one frequency at one place of a row of `side`; of norm 1.
double cosine(std::int64_t frequency, std::int64_t place, std::int64_t side) {
  const auto n = static_cast<double>(side);
  const double scale = std::sqrt((frequency == 0 ? 1.0 : 2.0) / n);
  return scale *
         std::cos(std::numbers::pi * (static_cast<double>(place) + 0.5) * static_cast<double>(frequency) / n);
}

struct Frequency {
  std::int64_t y = 0;
  std::int64_t x = 0;
};

std::vector<Frequency> lowest_first(std::int64_t side) {
  std::vector<Frequency> all;
  for (std::int64_t y = 0; y < side; ++y) {
    for (std::int64_t x = 0; x < side; ++x) all.push_back({y, x});
  }
  std::ranges::stable_sort(all, {}, [](const Frequency& f) { return f.y * f.y + f.x * f.x; });
  return all;
}

// Where a block's pixel is among the channels of the last level: level by level, the finest place last.
std::int64_t channel_of(std::int64_t y, std::int64_t x, const Architecture& a) {
  std::int64_t size = a.shuffle * a.shuffle;
  std::int64_t channel = y % a.shuffle * a.shuffle + x % a.shuffle;
  y /= a.shuffle;
  x /= a.shuffle;
  for (std::size_t level = 1; level < a.widths.size(); ++level) {
    channel += (y % 2 * 2 + x % 2) * size;
    size *= 4;
    y /= 2;
    x /= 2;
  }
  return channel;
}

}  // namespace

void start_with_cosines(nn::Weights& weights, const Architecture& a) {
  const std::int64_t side = size_multiple(a);
  std::int64_t passed = a.shuffle * a.shuffle;  // channels that hold a block's pixels
  for (const std::int64_t width : a.widths) {
    if (width < passed) return;
    passed *= 4;
  }
  passed = a.shuffle * a.shuffle;
  Taps head(weights, "analysis.head");
  Taps tail(weights, "synthesis.tail");
  head.clear_results(passed);
  tail.clear();
  for (std::int64_t k = 0; k < passed; ++k) head.at(k, k, 1, 1) = tail.at(k, k, 1, 1) = 1.0F;
  for (std::size_t level = 0; level < a.widths.size(); ++level) {
    for (std::int64_t i = 0; i < a.blocks[level]; ++i) {
      const std::string block = ".level" + std::to_string(level) + ".block" + std::to_string(i) + ".conv1";
      Taps(weights, "analysis" + block).clear();
      Taps(weights, "synthesis" + block).clear();
    }
    if (level == 0) continue;
    Taps down(weights, "analysis.down" + std::to_string(level));
    Taps up(weights, "synthesis.up" + std::to_string(level));
    down.clear_results(4 * passed);
    up.clear_results(passed);
    for (std::int64_t k = 0; k < 4 * passed; ++k) {
      const std::int64_t place = k / passed;
      down.at(k, k % passed, place / 2, place % 2) = up.at(k % passed, k, place / 2, place % 2) = 1.0F;
    }
    passed *= 4;
  }
  const std::vector<Frequency> frequencies = lowest_first(side);
  const auto used = std::min<std::int64_t>(a.code, static_cast<std::int64_t>(frequencies.size()));
  Taps code(weights, "analysis.code");
  Taps from_code(weights, "synthesis.head");
  code.clear_results(used);
  from_code.clear_results(passed);
  for (std::int64_t c = 0; c < used; ++c) {
    const Frequency& f = frequencies[static_cast<std::size_t>(c)];
    for (std::int64_t y = 0; y < side; ++y) {
      for (std::int64_t x = 0; x < side; ++x) {
        const auto value = static_cast<float>(cosine(f.y, y, side) * cosine(f.x, x, side));
        const std::int64_t channel = channel_of(y, x, a);
        code.at(c, channel, 1, 1) = from_code.at(channel, c, 1, 1) = value;
      }
    }
  }
}

}  // namespace aedenoise::model
