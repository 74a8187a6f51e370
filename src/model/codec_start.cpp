// The start of the learned codec's training: see start_with_cosines().
#include <algorithm>
#include <array>
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

// A colour picture's components: luma and two differences of colours, of norm 1 and at right angles, so that
// errors are as large in them as in red, green and blue.
constexpr std::array<std::array<double, 3>, 3> kColours{{{0.57735027, 0.57735027, 0.57735027},
                                                         {0.70710678, 0.0, -0.70710678},
                                                         {-0.40824829, 0.81649658, -0.40824829}}};

// How much of a pixel's channel is in a component.
double share(std::int64_t component, std::int64_t channel, std::int64_t channels) {
  if (channels != 3) return component == channel ? 1.0 : 0.0;
  return kColours[static_cast<std::size_t>(component)][static_cast<std::size_t>(channel)];
}

// A frequency of a component.
struct Frequency {
  std::int64_t component = 0;
  std::int64_t y = 0;
  std::int64_t x = 0;
};

// Lowest first; those of differences of colours later than luma's, as there is less in them.
std::vector<Frequency> in_order(std::int64_t side, std::int64_t components) {
  constexpr double kLater = 3.2;
  std::vector<Frequency> all;
  for (std::int64_t c = 0; c < components; ++c) {
    for (std::int64_t y = 0; y < side; ++y) {
      for (std::int64_t x = 0; x < side; ++x) all.push_back({c, y, x});
    }
  }
  std::ranges::stable_sort(all, {}, [](const Frequency& f) {
    return static_cast<double>(f.y * f.y + f.x * f.x) * (f.component == 0 ? 1.0 : kLater);
  });
  return all;
}

// Where a component's pixel of a block is among the channels of a level that holds all of them: level by
// level, the finest place last.
std::int64_t channel_of(const Frequency& pixel, std::size_t level, const Architecture& a) {
  std::int64_t size = a.shuffle * a.shuffle;
  std::int64_t channel = pixel.component * size + pixel.y % a.shuffle * a.shuffle + pixel.x % a.shuffle;
  std::int64_t y = pixel.y / a.shuffle;
  std::int64_t x = pixel.x / a.shuffle;
  size *= a.channels;
  for (std::size_t l = 1; l <= level; ++l) {
    channel += (y % 2 * 2 + x % 2) * size;
    size *= 4;
    y /= 2;
    x /= 2;
  }
  return channel;
}

// Layer by layer. Levels hold the pixels of blocks; where the last is too narrow for them, their lowest
// frequencies.
class CosineStart {
 public:
  CosineStart(nn::Weights& weights, const Architecture& a)
      : weights_(weights), a_(a), frequencies_(in_order(size_multiple(a), a.channels)) {}

  bool possible() const {
    for (std::size_t level = 0; level + 1 < a_.widths.size(); ++level) {
      if (a_.widths[level] < pixels(level)) return false;
    }
    return a_.widths.size() > 1 || last_holds_pixels();
  }

  void set() {
    set_ends();
    for (std::size_t level = 0; level < a_.widths.size(); ++level) {
      for (std::int64_t i = 0; i < a_.blocks[level]; ++i) {
        const std::string block = ".level" + std::to_string(level) + ".block" + std::to_string(i) + ".conv1";
        Taps(weights_, "analysis" + block).clear();
        Taps(weights_, "synthesis" + block).clear();
      }
      if (level > 0) set_halving(level);
    }
    set_code();
  }

 private:
  std::size_t last() const { return a_.widths.size() - 1; }
  // How many values of a block a level holds when it holds all.
  std::int64_t pixels(std::size_t level) const {
    return a_.channels * a_.shuffle * a_.shuffle << (2 * static_cast<int>(level));
  }
  bool last_holds_pixels() const { return a_.widths.back() >= pixels(last()); }

  void set_ends() {
    Taps head(weights_, "analysis.head");
    Taps tail(weights_, "synthesis.tail");
    const std::int64_t area = a_.shuffle * a_.shuffle;
    head.clear_results(a_.channels * area);
    tail.clear();
    for (std::int64_t component = 0; component < a_.channels; ++component) {
      for (std::int64_t channel = 0; channel < a_.channels; ++channel) {
        const auto value = static_cast<float>(share(component, channel, a_.channels));
        for (std::int64_t k = 0; k < area; ++k)
          head.at(component * area + k, channel * area + k, 1, 1) =
              tail.at(channel * area + k, component * area + k, 1, 1) = value;
      }
    }
  }

  void set_halving(std::size_t level) {
    Taps down(weights_, "analysis.down" + std::to_string(level));
    Taps up(weights_, "synthesis.up" + std::to_string(level));
    const std::int64_t passed = pixels(level - 1);
    up.clear_results(passed);
    const auto set = [&](std::int64_t fine, std::int64_t place, std::int64_t coarse, float value) {
      down.at(coarse, fine, place / 2, place % 2) = up.at(fine, coarse, place / 2, place % 2) = value;
    };
    if (level < last() || last_holds_pixels()) {
      down.clear_results(4 * passed);
      for (std::int64_t k = 0; k < 4 * passed; ++k) set(k % passed, k / passed, k, 1.0F);
      return;
    }
    down.clear_results(a_.widths[level]);
    for (std::int64_t k = 0; k < a_.widths[level]; ++k) {
      for_block(frequencies_[static_cast<std::size_t>(k)], [&](const Frequency& pixel, float value) {
        const std::int64_t channel = channel_of(pixel, level, a_);
        set(channel % passed, channel / passed, k, value);
      });
    }
  }

  void set_code() {
    const auto used = std::min<std::int64_t>(
        a_.code, last_holds_pixels() ? static_cast<std::int64_t>(frequencies_.size()) : a_.widths.back());
    Taps code(weights_, "analysis.code");
    Taps head(weights_, "synthesis.head");
    code.clear_results(used);
    head.clear_results(std::min(pixels(last()), a_.widths.back()));
    for (std::int64_t c = 0; c < used; ++c) {
      if (!last_holds_pixels()) {
        code.at(c, c, 1, 1) = head.at(c, c, 1, 1) = 1.0F;
        continue;
      }
      for_block(frequencies_[static_cast<std::size_t>(c)], [&](const Frequency& pixel, float value) {
        const std::int64_t channel = channel_of(pixel, last(), a_);
        code.at(c, channel, 1, 1) = head.at(channel, c, 1, 1) = value;
      });
    }
  }

  // Calls visit(pixel, value) for a frequency's value at each pixel of a block.
  template <typename Visit>
  void for_block(const Frequency& f, Visit visit) const {
    const std::int64_t side = size_multiple(a_);
    for (std::int64_t y = 0; y < side; ++y) {
      for (std::int64_t x = 0; x < side; ++x)
        visit(Frequency{f.component, y, x}, static_cast<float>(cosine(f.y, y, side) * cosine(f.x, x, side)));
    }
  }

  nn::Weights& weights_;
  const Architecture& a_;
  std::vector<Frequency> frequencies_;
};

}  // namespace

void start_with_cosines(nn::Weights& weights, const Architecture& a) {
  CosineStart start(weights, a);
  if (start.possible()) start.set();
}

}  // namespace aedenoise::model
