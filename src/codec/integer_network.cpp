#include "codec/integer_network.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "aedenoise/error.h"
#include "core/clones.h"

namespace aedenoise::codec {
namespace {

constexpr int kBlock = 4;  // results of a place at a time
constexpr std::int64_t kLargestSum = (std::int64_t{1} << 31U) - 1;

// Products of the values of two places with four rows of weights: pairs of 16-bit products summed to 32 bits,
// which compilers have one instruction for.
AEDENOISE_CLONES void multiply(const std::int16_t* a, const std::int16_t* b, const std::int16_t* weights,
                               std::ptrdiff_t length, std::int32_t* sums_a, std::int32_t* sums_b) {
  const std::int16_t* w0 = weights;
  const std::int16_t* w1 = w0 + length;
  const std::int16_t* w2 = w1 + length;
  const std::int16_t* w3 = w2 + length;
  std::int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
  std::int32_t b0 = 0, b1 = 0, b2 = 0, b3 = 0;
  for (std::ptrdiff_t i = 0; i < length; ++i) {
    a0 += a[i] * w0[i];
    a1 += a[i] * w1[i];
    a2 += a[i] * w2[i];
    a3 += a[i] * w3[i];
    b0 += b[i] * w0[i];
    b1 += b[i] * w1[i];
    b2 += b[i] * w2[i];
    b3 += b[i] * w3[i];
  }
  const std::int32_t found[2 * kBlock] = {a0, a1, a2, a3, b0, b1, b2, b3};
  std::copy_n(found, kBlock, sums_a);
  std::copy_n(found + kBlock, kBlock, sums_b);
}

// Sums become results. `addend`: may be null.
AEDENOISE_CLONES void finish(const std::int32_t* sums, const std::int32_t* bias, int shift, bool relu,
                             const std::int16_t* addend, std::int16_t* dst, int count) {
  const std::int32_t half = 1 << (shift - 1);
  const std::int32_t least = relu ? 0 : -32768;
  for (int i = 0; i < count; ++i) {
    const std::int32_t value = (sums[i] + bias[i] + half) >> shift;
    dst[i] = static_cast<std::int16_t>(std::clamp(value, least, 32767));
  }
  if (addend == nullptr) return;
  for (int i = 0; i < count; ++i)
    dst[i] = static_cast<std::int16_t>(std::clamp(dst[i] + addend[i], -32768, 32767));
}

// Part of a plane with a margin of one value, zero beyond the plane.
struct Part {
  Window window;
  int channels = 0;
  std::vector<std::int16_t> values;

  Part(const Window& part, int count)
      : window(part),
        channels(count),
        values(static_cast<std::size_t>(stride()) * static_cast<std::size_t>(part.bottom - part.top + 2)) {}

  std::ptrdiff_t stride() const { return std::ptrdiff_t{window.right - window.left + 2} * channels; }
  std::ptrdiff_t offset(int x, int y) const {
    return (y - window.top + 1) * stride() + std::ptrdiff_t{x - window.left + 1} * channels;
  }
  std::int16_t* at(int x, int y) { return values.data() + offset(x, y); }
  const std::int16_t* at(int x, int y) const { return values.data() + offset(x, y); }
};

int scale_of(const std::vector<IntegerLayer>& layers) {
  int scale = 1;
  for (const IntegerLayer& layer : layers) scale *= layer.kind == IntegerLayer::Kind::up ? 2 : 1;
  return scale;
}

// What layers need to give `wanted`: their results' windows, the source's first.
std::vector<Window> windows_of(const std::vector<IntegerLayer>& layers, int width, int height,
                               const Window& wanted) {
  int scale = scale_of(layers);
  Window now{wanted.left * scale, wanted.top * scale, wanted.right * scale, wanted.bottom * scale};
  std::vector<Window> windows{now};
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    if (layer->kind == IntegerLayer::Kind::up) {
      scale /= 2;
      now = {now.left / 2, now.top / 2, (now.right + 1) / 2, (now.bottom + 1) / 2};
    } else {
      now = {std::max(0, now.left - 1), std::max(0, now.top - 1), std::min(width * scale, now.right + 1),
             std::min(height * scale, now.bottom + 1)};
    }
    windows.push_back(now);
  }
  std::ranges::reverse(windows);
  return windows;
}

}  // namespace

IntegerNetwork::IntegerNetwork(std::vector<IntegerLayer> layers) : layers_(std::move(layers)) {
  if (layers_.empty()) throw Error(ErrorCode::data, "a network needs layers");
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const IntegerLayer& layer = layers_[i];
    const std::size_t side = layer.kind == IntegerLayer::Kind::up ? 2 : 3;
    const std::size_t row = static_cast<std::size_t>(layer.src) * side * side;
    const bool fits = layer.src > 0 && layer.dst > 0 && layer.shift >= 1 && layer.shift <= 30 &&
                      layer.weights.size() == row * static_cast<std::size_t>(layer.dst) &&
                      layer.bias.size() == static_cast<std::size_t>(layer.dst) &&
                      (i == 0 || layers_[i - 1].dst == layer.src);
    const bool adds = !layer.adds || (i > 0 && layer.kind == IntegerLayer::Kind::convolution &&
                                      layers_[i - 1].kind == IntegerLayer::Kind::convolution &&
                                      layers_[i - 1].src == layer.dst);
    if (!fits || !adds) throw Error(ErrorCode::data, "a network's layers do not fit each other");
    pack(layer);
  }
}

void IntegerNetwork::pack(const IntegerLayer& layer) {
  const bool up = layer.kind == IntegerLayer::Kind::up;
  const int taps = up ? 4 : 9;
  const int rows = up ? 4 * layer.dst : layer.dst;
  Packed packed;
  packed.length = up ? layer.src : std::ptrdiff_t{taps} * layer.src;
  packed.rows = (rows + kBlock - 1) / kBlock * kBlock;
  packed.weights.resize(static_cast<std::size_t>(packed.rows) * static_cast<std::size_t>(packed.length));
  packed.bias.resize(static_cast<std::size_t>(packed.rows));
  for (int o = 0; o < layer.dst; ++o) {
    for (int i = 0; i < layer.src; ++i) {
      for (int tap = 0; tap < taps; ++tap) {
        const std::ptrdiff_t row = up ? std::ptrdiff_t{tap} * layer.dst + o : o;
        const std::ptrdiff_t column = up ? i : std::ptrdiff_t{tap} * layer.src + i;
        packed.weights[static_cast<std::size_t>(row * packed.length + column)] =
            layer.weights[static_cast<std::size_t>((std::ptrdiff_t{o} * layer.src + i) * taps + tap)];
      }
    }
    for (int copy = 0; copy < (up ? 4 : 1); ++copy)
      packed.bias[static_cast<std::size_t>(std::ptrdiff_t{copy} * layer.dst + o)] =
          layer.bias[static_cast<std::size_t>(o)];
  }
  for (int row = 0; row < packed.rows; ++row) {
    std::int64_t sum = std::abs(std::int64_t{packed.bias[static_cast<std::size_t>(row)]}) +
                       (std::int64_t{1} << (layer.shift - 1));
    for (std::ptrdiff_t i = 0; i < packed.length; ++i)
      sum += std::int64_t{32768} *
             std::abs(int{packed.weights[static_cast<std::size_t>(row * packed.length + i)]});
    if (sum > kLargestSum) throw Error(ErrorCode::data, "a network's sums could exceed 32 bits");
  }
  packed_.push_back(std::move(packed));
}

int IntegerNetwork::scale() const { return scale_of(layers_); }

int IntegerNetwork::reach() const {
  constexpr int kFar = 1 << 20;
  const Window need = windows_of(layers_, 2 * kFar, 1, {kFar, 0, kFar + 1, 1}).front();
  return std::max(kFar - need.left, need.right - kFar - 1);
}

// One layer's results for a part of a plane. `before`: the source of the layer before.
class IntegerNetwork::Step {
 public:
  Step(const IntegerLayer& layer, const Packed& packed, const Part& before, const Part& now, Part& next)
      : layer_(layer),
        packed_(packed),
        before_(before),
        now_(now),
        next_(next),
        gathered_(2 * static_cast<std::size_t>(packed.length)),
        sums_(2 * static_cast<std::size_t>(packed.rows)) {}

  void run() {
    const bool up = layer_.kind == IntegerLayer::Kind::up;
    const Window& places = up ? now_.window : next_.window;
    std::int32_t* sums_a = sums_.data();
    std::int32_t* sums_b = sums_a + packed_.rows;
    for (int y = places.top; y < places.bottom; ++y) {
      for (int x = places.left; x < places.right; x += 2) {
        const bool pair = x + 1 < places.right;
        const std::int16_t* a = up ? now_.at(x, y) : gather(x, y, gathered_.data());
        const std::int16_t* b = a;
        if (pair) b = up ? now_.at(x + 1, y) : gather(x + 1, y, gathered_.data() + packed_.length);
        for (int row = 0; row < packed_.rows; row += kBlock)
          multiply(a, b, packed_.weights.data() + row * packed_.length, packed_.length, sums_a + row,
                   sums_b + row);
        put(x, y, sums_a);
        if (pair) put(x + 1, y, sums_b);
      }
    }
  }

 private:
  // The 3x3 values around a place in the order of packed weights.
  const std::int16_t* gather(int x, int y, std::int16_t* out) const {
    const std::ptrdiff_t third = packed_.length / 3;
    for (int dy = 0; dy < 3; ++dy) std::copy_n(now_.at(x - 1, y + dy - 1), third, out + dy * third);
    return out;
  }

  void put(int x, int y, const std::int32_t* sums) {
    if (layer_.kind == IntegerLayer::Kind::convolution) {
      finish(sums, packed_.bias.data(), layer_.shift, layer_.relu, layer_.adds ? before_.at(x, y) : nullptr,
             next_.at(x, y), layer_.dst);
      return;
    }
    const Window& w = next_.window;
    for (int tap = 0; tap < 4; ++tap) {
      const int fine_x = 2 * x + tap % 2;
      const int fine_y = 2 * y + tap / 2;
      if (fine_x < w.left || fine_x >= w.right || fine_y < w.top || fine_y >= w.bottom) continue;
      finish(sums + std::ptrdiff_t{tap} * layer_.dst, packed_.bias.data(), layer_.shift, layer_.relu, nullptr,
             next_.at(fine_x, fine_y), layer_.dst);
    }
  }

  const IntegerLayer& layer_;
  const Packed& packed_;
  const Part& before_;
  const Part& now_;
  Part& next_;
  std::vector<std::int16_t> gathered_;
  std::vector<std::int32_t> sums_;
};

Values IntegerNetwork::run(const Values& source, const Window& wanted) const {
  const std::vector<Window> windows = windows_of(layers_, source.width, source.height, wanted);
  Part before(Window{}, 0);
  Part now(windows.front(), source.channels);
  for (int y = now.window.top; y < now.window.bottom; ++y) {
    const std::int16_t* row =
        source.values.data() + (std::ptrdiff_t{y} * source.width + now.window.left) * source.channels;
    std::copy_n(row, std::ptrdiff_t{now.window.right - now.window.left} * source.channels,
                now.at(now.window.left, y));
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Part next(windows[l + 1], layers_[l].dst);
    Step(layers_[l], packed_[l], before, now, next).run();
    before = std::move(now);
    now = std::move(next);
  }
  Values out{(wanted.right - wanted.left) * scale(), (wanted.bottom - wanted.top) * scale(), channels(), {}};
  for (int y = 0; y < out.height; ++y) {
    const std::int16_t* row = now.at(now.window.left, now.window.top + y);
    out.values.insert(out.values.end(), row, row + std::ptrdiff_t{out.width} * out.channels);
  }
  return out;
}

}  // namespace aedenoise::codec
