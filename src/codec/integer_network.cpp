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

using Sums = std::array<std::int32_t, 2L * kBlock>;

// Products of the values of two places with four rows of weights: pairs of 16-bit products summed to 32 bits,
// which compilers have one instruction for.
AEDENOISE_CLONES void multiply(const std::int16_t* a, const std::int16_t* b, const std::int16_t* weights,
                               std::ptrdiff_t length, Sums& sums) {
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
  sums = {a0, a1, a2, a3, b0, b1, b2, b3};
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
  std::int16_t* at(int x, int y) {
    return values.data() + (y - window.top + 1) * stride() + std::ptrdiff_t{x - window.left + 1} * channels;
  }
  const std::int16_t* at(int x, int y) const {
    return const_cast<Part*>(this)->at(x, y);
  }  // NOLINT: only read
};

std::int16_t saturate(std::int32_t value) {
  return static_cast<std::int16_t>(std::clamp(value, -32768, 32767));
}

// What layers need to give `wanted`: their results' windows, the source's first.
std::vector<Window> windows_of(const std::vector<IntegerLayer>& layers, int width, int height,
                               const Window& wanted) {
  int scale = 1;
  for (const IntegerLayer& layer : layers) scale *= layer.kind == IntegerLayer::Kind::up ? 2 : 1;
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
      packed.bias[static_cast<std::size_t>(copy * layer.dst + o)] = layer.bias[static_cast<std::size_t>(o)];
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

int IntegerNetwork::scale() const {
  int scale = 1;
  for (const IntegerLayer& layer : layers_) scale *= layer.kind == IntegerLayer::Kind::up ? 2 : 1;
  return scale;
}

int IntegerNetwork::reach() const {
  constexpr int kFar = 1 << 20;
  const Window need = windows_of(layers_, 2 * kFar, 1, {kFar, 0, kFar + 1, 1}).front();
  return std::max(kFar - need.left, need.right - kFar - 1);
}

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
  std::vector<std::int16_t> gathered;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const IntegerLayer& layer = layers_[l];
    const Packed& packed = packed_[l];
    const bool up = layer.kind == IntegerLayer::Kind::up;
    Part next(windows[l + 1], layer.dst);
    gathered.resize(2 * static_cast<std::size_t>(packed.length));
    const Window& places = up ? now.window : next.window;
    const auto put = [&](int x, int y, int first, const std::int32_t* sums) {
      for (int k = 0; k < kBlock && first + k < (up ? 4 * layer.dst : layer.dst); ++k) {
        const int row = first + k;
        std::int32_t value =
            (sums[k] + packed.bias[static_cast<std::size_t>(row)] + (1 << (layer.shift - 1))) >> layer.shift;
        if (layer.relu) value = std::max(value, 0);
        if (!up) {
          if (layer.adds) value = saturate(value) + before.at(x, y)[row];
          next.at(x, y)[row] = saturate(value);
          continue;
        }
        const int tap = row / layer.dst;
        const int fine_x = 2 * x + tap % 2;
        const int fine_y = 2 * y + tap / 2;
        const Window& w = next.window;
        if (fine_x >= w.left && fine_x < w.right && fine_y >= w.top && fine_y < w.bottom)
          next.at(fine_x, fine_y)[row % layer.dst] = saturate(value);
      }
    };
    for (int y = places.top; y < places.bottom; ++y) {
      for (int x = places.left; x < places.right; x += 2) {
        const bool pair = x + 1 < places.right;
        const std::int16_t* a = gathered.data();
        const std::int16_t* b = a + packed.length;
        if (up) {
          a = now.at(x, y);
          b = pair ? now.at(x + 1, y) : a;
        } else {
          const std::ptrdiff_t third = packed.length / 3;
          for (int dy = 0; dy < 3; ++dy) {
            const std::int16_t* row = now.at(x - 1, y + dy - 1);
            std::copy_n(row, third, gathered.data() + dy * third);
            if (pair) std::copy_n(row + layer.src, third, gathered.data() + packed.length + dy * third);
          }
        }
        Sums sums;
        for (int row = 0; row < packed.rows; row += kBlock) {
          multiply(a, b, packed.weights.data() + row * packed.length, packed.length, sums);
          put(x, y, row, sums.data());
          if (pair) put(x + 1, y, row, sums.data() + kBlock);
        }
      }
    }
    before = std::move(now);
    now = std::move(next);
  }
  Values out{wanted.right - wanted.left, wanted.bottom - wanted.top, channels(), {}};
  out.width *= scale();
  out.height *= scale();
  for (int y = 0; y < out.height; ++y) {
    const std::int16_t* row = now.at(now.window.left, now.window.top + y);
    out.values.insert(out.values.end(), row, row + std::ptrdiff_t{out.width} * out.channels);
  }
  return out;
}

}  // namespace aedenoise::codec
