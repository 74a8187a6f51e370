#include "model/model_file.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "core/file.h"
#include "core/sha256.h"
#include "core/suggest.h"
#include "core/text.h"
#include "model/embedded.h"

namespace aedenoise::model {
namespace {

constexpr const char* kEmbedded = "embedded";
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 31U;

ModelFile parse(std::span<const std::uint8_t> bytes, std::string name, std::string origin,
                std::string sha256) {
  ModelFile model;
  model.weights = nn::read_safetensors(bytes);
  const auto found = model.weights.metadata.find("architecture");
  if (found == model.weights.metadata.end()) {
    throw Error(ErrorCode::data,
                "a safetensors file that aedenoise did not write: its metadata has no architecture");
  }
  auto& tensors = model.weights.tensors;
  for (auto tensor = tensors.begin(); tensor != tensors.end();) {
    const auto current = tensor++;
    if (current->first.starts_with(kReferencePrefix)) model.reference.insert(tensors.extract(current));
  }
  model.architecture = architecture_from_json(found->second);
  const std::int64_t size = size_multiple(model.architecture);
  nn::check_weights(model.weights, build(model.architecture),
                    input_shapes(model.architecture, 1, size, size));
  model.name = std::move(name);
  model.origin = std::move(origin);
  model.sha256 = std::move(sha256);
  return model;
}

ModelFile parse(const core::EmbeddedFile& file) {
  return parse(file.bytes, std::string(file.name), kEmbedded, std::string(file.sha256));
}

}  // namespace

std::string ModelFile::title() const {
  return origin == kEmbedded ? "the built-in model '" + name + "'" : origin;
}

std::optional<std::string> ModelFile::text(const std::string& key) const {
  const auto found = weights.metadata.find(key);
  return found == weights.metadata.end() ? std::nullopt : std::optional(found->second);
}

std::optional<double> ModelFile::number(const std::string& key) const {
  const auto written = text(key);
  if (!written) return std::nullopt;
  const auto value = core::number_of<double>(*written);
  if (!value || !std::isfinite(*value))
    throw Error(ErrorCode::data, title() + ": the model's '" + key + "' is not a number");
  return value;
}

bool ModelFile::is_trained_on(const std::string& noise) const { return text("noise_model") == noise; }

std::vector<std::string> embedded_models() {
  std::vector<std::string> names;
  for (const core::EmbeddedFile& file : embedded_files()) names.emplace_back(file.name);
  std::ranges::sort(names);
  return names;
}

std::optional<ModelFile> embedded_model_of(const std::string& sha256) {
  for (const core::EmbeddedFile& file : embedded_files()) {
    if (file.sha256 == sha256) return parse(file);
  }
  return std::nullopt;
}

ModelFile load_model(const std::string& name_or_path) {
  for (const core::EmbeddedFile& file : embedded_files()) {
    if (file.name == name_or_path) return parse(file);
  }
  const std::filesystem::path path(name_or_path);
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) {
    try {
      const core::Bytes bytes = core::read_file(path, kMaxBytes);
      return parse(bytes, path.stem().string(), name_or_path, core::sha256_hex(bytes));
    } catch (const Error& error) {
      throw error.within(name_or_path);
    }
  }
  throw Error(ErrorCode::usage,
              core::unknown_name("model (neither a file nor built in)", name_or_path, embedded_models()));
}

}  // namespace aedenoise::model
