#include "codec/integer_network.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "aedenoise/error.h"
#include "core/clones.h"

namespace aedenoise::codec {
namespace {

constexpr std::int64_t kLargestSum = (std::int64_t{1} << 31U) - 1;

int side_of(const IntegerLayer& layer) { return layer.kind == IntegerLayer::Kind::convolution ? 3 : 2; }

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

// Part of a plane with a margin of one value, zero beyond the plane; and one value more, as sums take pairs.
struct Part {
  Window window;
  int channels = 0;
  std::vector<std::int16_t> values;

  Part(const Window& part, int count)
      : window(part),
        channels(count),
        values(static_cast<std::size_t>(stride()) * static_cast<std::size_t>(part.bottom - part.top + 2) +
               1) {}

  std::ptrdiff_t stride() const { return std::ptrdiff_t{window.right - window.left + 2} * channels; }
  std::ptrdiff_t offset(int x, int y) const {
    return (y - window.top + 1) * stride() + std::ptrdiff_t{x - window.left + 1} * channels;
  }
  std::int16_t* at(int x, int y) { return values.data() + offset(x, y); }
  const std::int16_t* at(int x, int y) const { return values.data() + offset(x, y); }
};

struct Size {
  int width = 0;
  int height = 0;
};

// What layers need to give `wanted`: their results' windows, the source's first.
std::vector<Window> windows_of(const std::vector<IntegerLayer>& layers, const Size& source,
                               const Window& wanted) {
  std::vector<Size> sizes{source};
  for (const IntegerLayer& layer : layers) {
    Size size = sizes.back();
    if (layer.kind == IntegerLayer::Kind::up) size = {2 * size.width, 2 * size.height};
    if (layer.kind == IntegerLayer::Kind::down) size = {size.width / 2, size.height / 2};
    sizes.push_back(size);
  }
  Window now = wanted;
  std::vector<Window> windows{now};
  for (std::size_t l = layers.size(); l-- > 0;) {
    switch (layers[l].kind) {
      case IntegerLayer::Kind::up:
        now = {now.left / 2, now.top / 2, (now.right + 1) / 2, (now.bottom + 1) / 2};
        break;
      case IntegerLayer::Kind::down:
        now = {2 * now.left, 2 * now.top, 2 * now.right, 2 * now.bottom};
        break;
      case IntegerLayer::Kind::convolution:
        now = {std::max(0, now.left - 1), std::max(0, now.top - 1), std::min(sizes[l].width, now.right + 1),
               std::min(sizes[l].height, now.bottom + 1)};
        break;
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
    const auto side = static_cast<std::size_t>(side_of(layer));
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
  const int side = side_of(layer);
  const int copies = up ? 4 : 1;  // each of the places has sums of its own
  Packed packed{PairWeights(copies * layer.dst, up ? 1 : side, std::ptrdiff_t{up ? 1 : side} * layer.src),
                {}};
  for (int copy = 0; copy < copies; ++copy)
    packed.bias.insert(packed.bias.end(), layer.bias.begin(), layer.bias.end());
  std::vector<std::int64_t> sums;
  for (const std::int32_t bias : packed.bias)
    sums.push_back(std::abs(std::int64_t{bias}) + (std::int64_t{1} << (layer.shift - 1)));
  auto weight = layer.weights.begin();
  for (int o = 0; o < layer.dst; ++o) {
    for (int i = 0; i < layer.src; ++i) {
      for (int tap = 0; tap < side * side; ++tap, ++weight) {
        const int result = up ? tap * layer.dst + o : o;
        const std::ptrdiff_t value = up ? i : std::ptrdiff_t{tap % side} * layer.src + i;
        packed.weights.at(result, up ? 0 : tap / side, value) = *weight;
        sums[static_cast<std::size_t>(result)] += std::int64_t{32768} * std::abs(int{*weight});
      }
    }
  }
  if (std::ranges::max(sums) > kLargestSum)
    throw Error(ErrorCode::data, "a network's sums could exceed 32 bits");
  packed_.push_back(std::move(packed));
}

int IntegerNetwork::scale() const {
  return 1 << std::ranges::count(layers_, IntegerLayer::Kind::up, &IntegerLayer::kind);
}

int IntegerNetwork::shrink() const {
  return 1 << std::ranges::count(layers_, IntegerLayer::Kind::down, &IntegerLayer::kind);
}

int IntegerNetwork::reach() const {
  constexpr int kFar = 1 << 20;
  const Window result{kFar * scale(), 0, (kFar + 1) * scale(), scale()};
  const Window need = windows_of(layers_, {2 * kFar, 1}, result).front();
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
        sums_(static_cast<std::size_t>(kPairPlaces * packed.weights.groups() * kPairLanes)) {}

  void run() {
    const Window& places = layer_.kind == IntegerLayer::Kind::up ? now_.window : next_.window;
    for (int y = places.top; y < places.bottom; ++y) {
      for (int x = places.left; x < places.right; x += kPairPlaces) {
        const int count = std::min(kPairPlaces, places.right - x);
        sum_pairs(source_at(x, y), count, packed_.weights, sums_.data());
        for (int i = 0; i < count; ++i)
          put(x + i, y, sums_.data() + std::ptrdiff_t{i} * packed_.weights.groups() * kPairLanes);
      }
    }
  }

 private:
  // What the results of a place, and of those after it, are sums of.
  PairSource source_at(int x, int y) const {
    switch (layer_.kind) {
      case IntegerLayer::Kind::up:
        return {now_.at(x, y), 0, layer_.src};
      case IntegerLayer::Kind::down:
        return {now_.at(2 * x, 2 * y), now_.stride(), std::ptrdiff_t{2} * layer_.src};
      default:
        return {now_.at(x - 1, y - 1), now_.stride(), layer_.src};
    }
  }

  void put(int x, int y, const std::int32_t* sums) {
    if (layer_.kind != IntegerLayer::Kind::up) {
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
  std::vector<std::int32_t> sums_;
};

Values IntegerNetwork::run(const Values& source, const Window& wanted) const {
  const std::vector<Window> windows = windows_of(layers_, {source.width, source.height}, wanted);
  Part before(Window{}, 0);
  Part now(windows.front(), source.channels);
  for (int y = now.window.top; y < now.window.bottom; ++y) {
    std::copy(source.at(now.window.left, y), source.at(now.window.right, y), now.at(now.window.left, y));
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Part next(windows[l + 1], layers_[l].dst);
    Step(layers_[l], packed_[l], before, now, next).run();
    before = std::move(now);
    now = std::move(next);
  }
  Values out{wanted.right - wanted.left, wanted.bottom - wanted.top, channels(), {}};
  for (int y = 0; y < out.height; ++y) {
    const std::int16_t* row = now.at(wanted.left, wanted.top + y);
    out.values.insert(out.values.end(), row, row + std::ptrdiff_t{out.width} * out.channels);
  }
  return out;
}

}  // namespace aedenoise::codec
