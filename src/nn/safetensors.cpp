// Reading and writing safetensors, the format of https://github.com/huggingface/safetensors (its README's
// "Format").
#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "aedenoise/error.h"
#include "core/clones.h"
#include "core/half.h"
#include "core/reader.h"
#include "nn/weights.h"

namespace aedenoise::nn {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxAxes = 8;

[[noreturn]] void damaged(const std::string& why) {
  throw Error(ErrorCode::data, "not a usable model file: " + why);
}

// Parses the header, refusing a key that appears twice in one object (the last would silently win).
Json parse_header(std::span<const std::uint8_t> text) {
  std::vector<std::set<std::string>> keys;
  bool repeated = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key)
      repeated = !keys.back().insert(value.get<std::string>()).second || repeated;
    return true;
  };
  Json header = Json::parse(text.begin(), text.end(), watch, false);
  if (header.is_discarded() || !header.is_object()) damaged("its header is not a JSON object");
  if (repeated) damaged("its header has a key twice");
  return header;
}

struct Entry {
  std::string name;
  Shape dims;
  Storage storage = Storage::f32;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::uint64_t unsigned_of(const Json& value, const std::string& name) {
  if (!value.is_number_unsigned())
    damaged("tensor '" + name + "' has a size or offset that is not a whole number");
  return value.get<std::uint64_t>();
}

Entry parse_entry(const std::string& name, const Json& value, std::uint64_t data_bytes) {
  const bool complete = value.is_object() && value.size() == 3 && value.contains("dtype") &&
                        value.contains("shape") && value.contains("data_offsets") &&
                        value["dtype"].is_string() && value["shape"].is_array() &&
                        value["data_offsets"].is_array() && value["data_offsets"].size() == 2;
  if (!complete) damaged("tensor '" + name + "' lacks its dtype, shape or offsets");
  Entry entry;
  entry.name = name;
  const auto dtype = value["dtype"].get<std::string>();
  if (dtype != "F32" && dtype != "F16")
    damaged("tensor '" + name + "' is of type " + dtype + ", not F32 or F16");
  entry.storage = dtype == "F32" ? Storage::f32 : Storage::f16;
  entry.begin = unsigned_of(value["data_offsets"][0], name);
  entry.end = unsigned_of(value["data_offsets"][1], name);
  if (entry.begin > entry.end || entry.end > data_bytes)
    damaged("tensor '" + name + "' lies outside the file");
  if (value["shape"].empty() || value["shape"].size() > kMaxAxes)
    damaged("tensor '" + name + "' has an unusable shape");
  std::uint64_t count = 1;
  for (const Json& size : value["shape"]) {
    const std::uint64_t axis = unsigned_of(size, name);
    if (axis == 0 || axis > data_bytes || count > data_bytes / axis)
      damaged("tensor '" + name + "' has an unusable shape");
    count *= axis;
    entry.dims.push_back(static_cast<std::int64_t>(axis));
  }
  const std::uint64_t width = entry.storage == Storage::f32 ? 4 : 2;
  if (count * width != entry.end - entry.begin)
    damaged("tensor '" + name + "' has a shape that does not fit its bytes");
  return entry;
}

static_assert(std::endian::native == std::endian::little, "tensors are copied as the file has them");

AEDENOISE_CLONES void widen(const std::uint8_t* halves, std::size_t count, float* to) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, halves + i * sizeof(half), sizeof(half));
    to[i] = core::from_half(half);
  }
}

AEDENOISE_CLONES bool all_finite(const float* values, std::size_t count) {
  constexpr std::uint32_t kExponent = 0x7F800000;
  std::uint32_t not_finite = 0;
  for (std::size_t i = 0; i < count; ++i)
    not_finite |= (std::bit_cast<std::uint32_t>(values[i]) & kExponent) == kExponent ? 1U : 0U;
  return not_finite == 0;
}

Tensor read_tensor(const Entry& entry, std::span<const std::uint8_t> data) {
  const auto bytes = data.subspan(entry.begin, entry.end - entry.begin);
  Tensor tensor{entry.dims, std::vector<float>(static_cast<std::size_t>(onednn::volume(entry.dims)))};
  if (entry.storage == Storage::f32) {
    std::memcpy(tensor.values.data(), bytes.data(), bytes.size());
  } else {
    widen(bytes.data(), tensor.values.size(), tensor.values.data());
  }
  if (!all_finite(tensor.values.data(), tensor.values.size()))
    damaged("tensor '" + entry.name + "' has a value that is not finite");
  return tensor;
}

}  // namespace

Weights read_safetensors(std::span<const std::uint8_t> bytes, std::uint64_t max_header) {
  core::Reader reader(bytes);
  if (reader.remaining() < sizeof(std::uint64_t)) damaged("it ends before its header");
  const auto header_bytes = reader.get<std::uint64_t>();
  if (header_bytes > max_header) damaged("its header's length is unlikely");
  if (header_bytes > reader.remaining()) damaged("it ends within its header");
  const Json header = parse_header(reader.take(static_cast<std::size_t>(header_bytes)));
  const auto data = reader.take(reader.remaining());

  Weights weights;
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key != "__metadata__") {
      entries.push_back(parse_entry(key, value, data.size()));
      continue;
    }
    if (!value.is_object()) damaged("its metadata is not an object");
    for (const auto& [name, text] : value.items()) {
      if (!text.is_string()) damaged("its metadata '" + name + "' is not text");
      weights.metadata[name] = text.get<std::string>();
    }
  }
  std::ranges::sort(entries, {}, &Entry::begin);
  std::uint64_t end = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != end) damaged("its tensors overlap or leave gaps");
    end = entry.end;
  }
  if (end != data.size()) damaged("it is longer or shorter than its header says");
  for (const Entry& entry : entries) weights.tensors.emplace(entry.name, read_tensor(entry, data));
  return weights;
}

std::vector<std::uint8_t> write_safetensors(const Weights& weights, Storage storage) {
  const std::size_t width = storage == Storage::f32 ? 4 : 2;
  nlohmann::ordered_json header;
  if (!weights.metadata.empty()) header["__metadata__"] = weights.metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : weights.tensors) {
    const std::size_t end = offset + tensor.values.size() * width;
    header[name] = {{"dtype", storage == Storage::f32 ? "F32" : "F16"},
                    {"shape", tensor.dims},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data starts aligned

  std::vector<std::uint8_t> out;
  out.reserve(8 + text.size() + offset);
  for (std::size_t i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(text.size() >> (8 * i)));
  out.insert(out.end(), text.begin(), text.end());
  for (const auto& [name, tensor] : weights.tensors) {
    for (const float value : tensor.values) {
      const std::uint32_t bits =
          storage == Storage::f32 ? std::bit_cast<std::uint32_t>(value) : core::to_half(value);
      for (std::size_t i = 0; i < width; ++i) out.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
    }
  }
  return out;
}

}  // namespace aedenoise::nn
