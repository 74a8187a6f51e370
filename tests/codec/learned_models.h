// Small learned codecs of random weights for tests.
#pragma once

#include <cmath>
#include <random>

#include "codec/encode.h"

namespace aedenoise::codec::tests {

inline IntegerLayer random_layer(std::mt19937& random, IntegerLayer::Kind kind, int src, int dst,
                                 double size) {
  IntegerLayer layer;
  layer.kind = kind;
  layer.src = src;
  layer.dst = dst;
  layer.shift = 11;
  const int taps = kind == IntegerLayer::Kind::convolution ? 9 : 4;
  std::normal_distribution<double> normal(
      0.0, size * (1 << layer.shift) / std::sqrt(src * (kind == IntegerLayer::Kind::up ? 1 : taps)));
  for (int i = 0; i < src * dst * taps; ++i)
    layer.weights.push_back(static_cast<std::int16_t>(std::lround(normal(random))));
  for (int i = 0; i < dst; ++i)
    layer.bias.push_back(static_cast<std::int32_t>(random() % 2000) * 100 - 100000);
  return layer;
}

// Every kind of layer: a block whose source is added, twice the size, an odd number of channels.
inline std::vector<IntegerLayer> random_layers(int code, double size) {
  using Kind = IntegerLayer::Kind;
  std::mt19937 random(5);
  std::vector<IntegerLayer> layers{random_layer(random, Kind::convolution, code, 7, size),
                                   random_layer(random, Kind::convolution, 7, 7, size),
                                   random_layer(random, Kind::convolution, 7, 7, size),
                                   random_layer(random, Kind::up, 7, 6, size),
                                   random_layer(random, Kind::convolution, 6, 4, size)};
  layers[1].relu = true;
  layers[2].adds = true;
  return layers;
}

// Of `code` channels, a quarter of the sides. `number` makes its hash.
inline LearnedModel random_model(int code, std::uint8_t number) {
  LearnedModel model{{}, IntegerNetwork(random_layers(code, 0.5)), 2, {}};
  model.hash.fill(number);
  std::mt19937 random(number);
  CodeTables& tables = model.tables;
  tables.channels = code;
  const auto fill = [&](std::vector<std::int32_t>& out, int count, std::uint32_t most) {
    for (int i = 0; i < count; ++i) out.push_back(static_cast<std::int32_t>(random() % most));
  };
  fill(tables.mean, 4 * code, 1200);
  fill(tables.floor, code, 5000);
  fill(tables.bottom, code, 50);
  fill(tables.near, 6 * code, 300);
  fill(tables.cross, code * code, 100);
  model.check();
  return model;
}

inline const LearnedModel kSmallModel = random_model(5, 7);

// A code of samples that no network made: smooth, with some large values.
inline LearnedCode some_code(const LearnedModel& model, const Samples& shape) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  LearnedCode code{&model, {shape.low, shape.high}, {}};
  for (CodeValues& values : code.values) {
    values = empty_code(model, shape);
    for (Values& plane : values) {
      for (std::size_t i = 0; i < plane.values.size(); ++i) {
        const auto c = static_cast<int>(i) % plane.channels;
        const auto x = static_cast<int>(i) / plane.channels % plane.width;
        plane.values[i] = static_cast<std::int16_t>(
            (std::sin(0.3F * static_cast<float>(x + c)) / static_cast<float>(c + 1) +
             0.05F * normal(random)) *
            (1 << kValueFraction));
      }
    }
  }
  return code;
}

}  // namespace aedenoise::codec::tests
