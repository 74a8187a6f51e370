#include "pipeline/codec_model.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "aedenoise/error.h"
#include "core/sha256.h"
#include "model/codec.h"

namespace aedenoise::pipeline {
namespace {

using codec::CodeTables;
using codec::IntegerLayer;
using Kind = IntegerLayer::Kind;

const nn::Tensor& tensor(const model::ModelFile& file, const std::string& name) {
  return file.weights.tensors.at(name);
}

// value * 2^bits, rounded. Exact but for the rounding, so every machine finds the same.
std::int64_t fixed(float value, int bits) {
  const double scaled = std::ldexp(static_cast<double>(value), bits);
  constexpr double kFar = 1e15;
  return std::llround(std::clamp(scaled, -kFar, kFar));
}

// The most bits after the point with which weights fit 16 bits and sums of products 31.
int shift_of(const nn::Tensor& weight, const nn::Tensor& bias, bool up) {
  constexpr int kMost = 14;
  constexpr double kRoom = 2147483647.0 - 65536.0;  // less what rounding adds
  const auto row = static_cast<std::size_t>(weight.dims[1] * (up ? 1 : weight.dims[2] * weight.dims[3]));
  const std::size_t step = up ? 4 : 1;  // the 2x2 places have sums of their own
  double largest = 0.0;
  double sum = 0.0;
  for (std::size_t o = 0; o < bias.values.size(); ++o) {
    for (std::size_t place = 0; place < step; ++place) {
      double total = std::abs(static_cast<double>(bias.values[o])) / 8.0;
      for (std::size_t i = 0; i < row; ++i) {
        const double w = std::abs(static_cast<double>(weight.values[(o * row + i) * step + place]));
        largest = std::max(largest, w);
        total += w;
      }
      sum = std::max(sum, total);
    }
  }
  int shift = kMost;
  const auto too_much = [&] {
    const double scale = std::ldexp(1.0, shift);
    const auto rounding = static_cast<double>(row + 1) / 2.0;
    return largest * scale + 0.5 > 32767.0 || (sum * scale + rounding + 1.0) * 32768.0 > kRoom;
  };
  while (shift > 1 && too_much()) --shift;
  return shift;
}

IntegerLayer layer_of(const model::ModelFile& file, const std::string& name, IntegerLayer::Kind kind) {
  const nn::Tensor& weight = tensor(file, name + ".weight");
  const nn::Tensor& bias = tensor(file, name + ".bias");
  IntegerLayer layer;
  layer.kind = kind;
  layer.dst = static_cast<int>(weight.dims[0]);
  layer.src = static_cast<int>(weight.dims[1]);
  layer.shift = shift_of(weight, bias, kind == Kind::up);
  for (const float value : weight.values) {
    layer.weights.push_back(
        static_cast<std::int16_t>(std::clamp<std::int64_t>(fixed(value, layer.shift), -32768, 32767)));
  }
  constexpr std::int64_t kMostBias = std::int64_t{1} << 30U;
  for (const float value : bias.values) {
    layer.bias.push_back(static_cast<std::int32_t>(
        std::clamp(fixed(value, layer.shift + codec::kValueFraction), -kMostBias, kMostBias)));
  }
  return layer;
}

void add_blocks(const model::ModelFile& file, const std::string& part, std::size_t level,
                std::vector<IntegerLayer>& layers) {
  for (std::int64_t i = 0; i < file.architecture.blocks[level]; ++i) {
    const std::string block = part + "level" + std::to_string(level) + ".block" + std::to_string(i);
    layers.push_back(layer_of(file, block + ".conv0", Kind::convolution));
    layers.back().relu = true;
    layers.push_back(layer_of(file, block + ".conv1", Kind::convolution));
    layers.back().adds = true;
  }
}

codec::IntegerNetwork analysis_of(const model::ModelFile& file) {
  const std::string part = "analysis.";
  std::vector<IntegerLayer> layers{layer_of(file, part + "head", Kind::convolution)};
  for (std::size_t level = 0; level < file.architecture.widths.size(); ++level) {
    if (level > 0) layers.push_back(layer_of(file, part + "down" + std::to_string(level), Kind::down));
    add_blocks(file, part, level, layers);
  }
  layers.push_back(layer_of(file, part + "code", Kind::convolution));
  return codec::IntegerNetwork(std::move(layers));
}

codec::IntegerNetwork synthesis_of(const model::ModelFile& file) {
  const std::string part = "synthesis.";
  std::vector<IntegerLayer> layers{layer_of(file, part + "head", Kind::convolution)};
  for (std::size_t level = file.architecture.widths.size(); level-- > 0;) {
    add_blocks(file, part, level, layers);
    if (level > 0) layers.push_back(layer_of(file, part + "up" + std::to_string(level), Kind::up));
  }
  layers.push_back(layer_of(file, part + "tail", Kind::convolution));
  return codec::IntegerNetwork(std::move(layers));
}

// Squares of 24-bit numbers are exact in double.
std::vector<std::int32_t> squares(const nn::Tensor& from, int bits, std::int32_t most) {
  std::vector<std::int32_t> out;
  for (const float value : from.values) {
    const double scaled = std::ldexp(static_cast<double>(value) * static_cast<double>(value), bits);
    out.push_back(static_cast<std::int32_t>(std::lround(std::min(scaled, static_cast<double>(most)))));
  }
  return out;
}

CodeTables tables_of(const model::ModelFile& file) {
  constexpr std::int32_t kMostSpread = 1 << 20;
  constexpr std::int32_t kMostWeight = (1 << 12) - 1;
  constexpr std::int64_t kMostMean = 1 << 15;
  CodeTables out;
  out.channels = static_cast<int>(file.architecture.code);
  for (const float value : tensor(file, "bits.mean").values)
    out.mean.push_back(
        static_cast<std::int32_t>(std::clamp(fixed(value, CodeTables::kMeanBits), -kMostMean, kMostMean)));
  out.floor = squares(tensor(file, "bits.floor"), CodeTables::kSpreadBits, kMostSpread);
  out.bottom = squares(tensor(file, "bits.bottom"), CodeTables::kSpreadBits, kMostSpread);
  out.near = squares(tensor(file, "bits.near"), CodeTables::kWeightBits, kMostWeight);
  out.cross = squares(tensor(file, "bits.cross"), CodeTables::kWeightBits, kMostWeight);
  const auto prior = file.reference.find(kCodePrior);
  if (prior == file.reference.end()) return out;
  constexpr float kMost = 32767.0F;
  for (const float value : prior->second.values)
    out.prior.push_back(static_cast<std::int16_t>(std::lround(std::clamp(value, -kMost, kMost))));
  return out;
}

codec::ModelHash hash_of(const std::string& hex) {
  codec::ModelHash hash{};
  if (hex.size() != 2 * hash.size()) return hash;  // a model that is no file yet
  for (std::size_t i = 0; i < hash.size(); ++i)
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, hash[i], 16);
  return hash;
}

}  // namespace

void require_codec(const model::ModelFile& file) {
  if (model::is_codec(file.architecture)) return;
  throw Error(ErrorCode::usage, file.title() +
                                    ": compressing needs a model of kind codec, this is one of kind " +
                                    file.architecture.kind);
}

codec::LearnedModel learned_model(const model::ModelFile& file) {
  require_codec(file);
  codec::LearnedModel out{hash_of(file.sha256), synthesis_of(file),
                          static_cast<int>(file.architecture.shuffle), tables_of(file)};
  out.check();
  return out;
}

codec::LearnedCode analyse(const model::ModelFile& file, const codec::LearnedModel& model,
                           const codec::Samples& samples) {
  return codec::analyse(model, analysis_of(file), samples);
}

codec::LearnedModel find_codec(const codec::ModelHash& hash, const std::string& name_or_path) {
  const std::string wanted = core::hex(hash);
  if (!name_or_path.empty()) {
    const model::ModelFile file = model::load_model(name_or_path);
    if (file.sha256 == wanted) return learned_model(file);
    throw Error(ErrorCode::usage,
                "needs the model of SHA-256 " + wanted + "; " + file.title() + " is " + file.sha256);
  }
  if (const auto file = model::embedded_model_of(wanted)) return learned_model(*file);
  throw Error(ErrorCode::usage,
              "needs the model of SHA-256 " + wanted + ", which is not built in; name its file with -m");
}

}  // namespace aedenoise::pipeline
