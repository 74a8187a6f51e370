#include "model/architecture.h"

#include <nlohmann/json.hpp>

#include "aedenoise/error.h"
#include "core/require.h"
#include "model/codec.h"
#include "model/coding.h"

namespace aedenoise::model {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMaxChannels = 4;
constexpr std::int64_t kMaxWidth = 4096;
constexpr std::int64_t kMaxBlocks = 64;
constexpr std::size_t kMaxLevels = 6;
constexpr std::size_t kMaxList = 16;
constexpr std::int64_t kMaxShuffle = 4;
constexpr std::int64_t kMaxSlices = 15;

std::int64_t integer(const Json& json, const char* key) {
  if (!json.contains(key) || !json[key].is_number_integer()) {
    throw Error(ErrorCode::data, std::string("the model's architecture lacks the number '") + key + "'");
  }
  return json[key].get<std::int64_t>();
}

std::vector<std::int64_t> integers(const Json& json, const char* key, std::size_t most) {
  const bool list = json.contains(key) && json[key].is_array() && json[key].size() <= most;
  if (!list)
    throw Error(ErrorCode::data, std::string("the model's architecture lacks the list '") + key + "'");
  std::vector<std::int64_t> out;
  for (const Json& value : json[key]) {
    if (!value.is_number_integer()) {
      throw Error(ErrorCode::data,
                  std::string("the model's architecture has a list '") + key + "' of other than numbers");
    }
    out.push_back(value.get<std::int64_t>());
  }
  return out;
}

void read_denoising(const Json& json, Architecture& a) {
  a.channels = integer(json, "channels");
  a.widths = integers(json, "widths", kMaxLevels);
  a.blocks = integers(json, "blocks", kMaxLevels);
  a.code = integer(json, "code");
  a.shuffle = integer(json, "shuffle");
  if (json.contains("slices")) a.slices = integer(json, "slices");
  a.slope = json.value("slope", 0.0);
  a.shift_invariant = json.value("shift_invariant", false);
}

void read_coding(const Json& json, Architecture& a) {
  a.code = integer(json, "code");
  Coding& c = a.coding;
  c.sample = integers(json, "sample", kMaxList);
  c.convolutional = json.at("convolutional").get<bool>();
  c.nodes = integers(json, "nodes", kMaxList);
  c.activation = json.at("activation").get<std::string>();
  c.tied = json.at("tied").get<bool>();
  c.overcomplete = json.at("overcomplete").get<bool>();
  c.bounded = json.value("bounded", false);  // models of the first version have none
  c.loss = json.at("loss").get<std::string>();
  c.sparsity = json.at("sparsity").get<std::string>();
  c.active = integer(json, "active");
  c.bandwidth = json.at("bandwidth").get<double>();
}

}  // namespace

void validate(const Architecture& a) {
  if (const CodingFamily* coding = family(a.kind).coding()) {
    coding->check(a);
    return;
  }
  core::require(a.channels >= 1 && a.channels <= kMaxChannels, "a network takes images of 1 to 4 channels");
  core::require(!a.widths.empty() && a.widths.size() <= kMaxLevels, "a network has 1 to 6 levels");
  core::require(a.widths.size() == a.blocks.size(), "widths and blocks need one value per level each");
  for (const std::int64_t width : a.widths)
    core::require(width >= 1 && width <= kMaxWidth, "a width is 1 to 4096 channels");
  for (const std::int64_t count : a.blocks)
    core::require(count >= 0 && count <= kMaxBlocks, "a level has 0 to 64 blocks");
  core::require(a.code >= 0 && a.code <= kMaxWidth,
                "the code has 1 to 4096 channels, or 0 for the last width");
  core::require(a.shuffle >= 1 && a.shuffle <= kMaxShuffle, "the pixel unshuffle is 1 to 4");
  core::require(a.slices >= 1 && a.slices <= kMaxSlices && a.slices % 2 == 1,
                "a network sees an odd number of slices from 1 to 15");
  core::require(a.slope >= 0.0 && a.slope <= 1.0, "a rectifier's slope below zero is 0 to 1");
  core::require(!is_codec(a) || ((a.channels == 1 || a.channels == 3) && a.slices == 1 && a.code >= 1),
                "a codec takes single images, gray or in colour, and its code has one channel or more");
  core::require(a.slices == 1 || a.channels == 1, "a network that sees several slices takes gray images");
}

bool is_codec(const Architecture& a) { return a.kind == codec().name(); }

std::int64_t runs_per_image(const Architecture& a) { return is_codec(a) ? a.channels : 1; }

std::string to_json(const Architecture& a) {
  if (family(a.kind).coding() != nullptr) {
    const Coding& c = a.coding;
    return nlohmann::ordered_json{{"kind", a.kind},          {"sample", c.sample},
                                  {"code", a.code},          {"convolutional", c.convolutional},
                                  {"nodes", c.nodes},        {"activation", c.activation},
                                  {"tied", c.tied},          {"overcomplete", c.overcomplete},
                                  {"bounded", c.bounded},    {"loss", c.loss},
                                  {"sparsity", c.sparsity},  {"active", c.active},
                                  {"bandwidth", c.bandwidth}}
        .dump();
  }
  nlohmann::ordered_json json{{"kind", a.kind},     {"channels", a.channels}, {"widths", a.widths},
                              {"blocks", a.blocks}, {"code", a.code},         {"shuffle", a.shuffle}};
  // Models of the first version have none of these, codecs none but the first.
  if (a.slices > 1) json["slices"] = a.slices;
  if (a.slope > 0.0 && !is_codec(a)) json["slope"] = a.slope;
  if (a.shift_invariant && !is_codec(a)) json["shift_invariant"] = true;
  return json.dump();
}

Architecture architecture_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("kind") || !json["kind"].is_string()) {
    throw Error(ErrorCode::data, "the model has no architecture");
  }
  Architecture a;
  a.kind = json["kind"].get<std::string>();
  try {
    if (family(a.kind).coding() != nullptr) {
      read_coding(json, a);
    } else {
      read_denoising(json, a);
    }
    validate(a);
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::data, "the model's architecture is incomplete");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::data) throw;
    throw Error(ErrorCode::data, std::string("the model's architecture is unusable: ") + error.what());
  }
  return a;
}

std::int64_t size_multiple(const Architecture& a) {
  return a.shuffle << static_cast<int>(a.widths.size() - 1);
}

std::vector<nn::Shape> input_shapes(const Architecture& a, std::int64_t batch, std::int64_t height,
                                    std::int64_t width) {
  if (family(a.kind).coding() != nullptr) return coding_shapes(a, build(a), batch);
  if (is_codec(a)) return codec_shapes(a, batch, height, width);
  std::vector<nn::Shape> shapes{{batch, a.channels, height, width}, {batch, 1, height, width}};
  if (a.slices > 1) shapes.push_back({batch, a.slices - 1, height, width});
  return shapes;
}

Bottleneck bottleneck(const Architecture& a, std::int64_t height, std::int64_t width) {
  if (family(a.kind).coding() != nullptr) return {sample_values(a), a.code};
  const std::int64_t factor = size_multiple(a);
  const std::int64_t channels = runs_per_image(a) * (a.code > 0 ? a.code : a.widths.back());
  return {a.channels * height * width, channels * (height / factor) * (width / factor)};
}

}  // namespace aedenoise::model
