#include "pipeline/code_index.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "aedenoise/error.h"
#include "core/file.h"
#include "nn/weights.h"

namespace aedenoise::pipeline {
namespace {

constexpr const char* kFormat = "aedenoise index";
constexpr std::uint64_t kMostIndexBytes = std::uint64_t{1} << 34U;
constexpr std::uint64_t kMostNames = std::uint64_t{1} << 30U;  // bytes

// None unless all are positive and their product is a size that memory has.
std::optional<std::int64_t> product(const std::vector<std::int64_t>& sizes) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40U;
  std::int64_t values = 1;
  for (const std::int64_t size : sizes) {
    if (size < 1 || size > kMost / values) return std::nullopt;
    values *= size;
  }
  return values;
}

}  // namespace

void write_index(const std::filesystem::path& path, const CodeIndex& index) {
  const Samples& samples = index.samples;
  nn::Weights file;
  file.metadata["format"] = kFormat;
  file.metadata["model"] = index.model;
  file.metadata["sizes"] = nlohmann::json(samples.sizes).dump();
  if (!samples.names.empty())
    file.metadata["names"] =
        nlohmann::json(samples.names).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  file.tensors["codes"] = {{samples.count, index.size}, index.codes};
  const bool pictures = samples.sizes.size() == 3 && !samples.values.empty() &&
                        static_cast<std::int64_t>(samples.values.size()) <= kMostPictureValues;
  if (pictures) file.tensors["pictures"] = {{samples.count, samples.sample_values()}, samples.values};
  core::write_file(path, nn::write_safetensors(file, nn::Storage::f32));
}

CodeIndex read_index(const std::filesystem::path& path, const std::string& model) {
  const auto refuse = [&](ErrorCode code, const char* why) { throw Error(code, path.string() + ": " + why); };
  core::Bytes bytes;
  try {
    bytes = core::read_file(path, kMostIndexBytes);
  } catch (const Error& error) {
    throw error.within(path.string());
  }
  nn::Weights file;
  try {
    file = nn::read_safetensors(bytes, kMostNames);
  } catch (const Error& error) {
    throw Error(ErrorCode::data, path.string() + ": is no index of codes: " + error.what());
  }
  const auto codes = file.tensors.find("codes");
  if (file.metadata["format"] != kFormat || codes == file.tensors.end() || codes->second.dims.size() != 2)
    refuse(ErrorCode::data, "is no index of codes, as embed makes them");
  if (file.metadata["model"] != model) refuse(ErrorCode::usage, "holds codes of another model; make it anew");
  CodeIndex index;
  index.model = model;
  Samples& samples = index.samples;
  samples.count = codes->second.dims[0];
  index.size = codes->second.dims[1];
  index.codes = std::move(codes->second.values);
  try {
    samples.sizes = nlohmann::json::parse(file.metadata["sizes"]).get<std::vector<std::int64_t>>();
    if (file.metadata.contains("names"))
      samples.names = nlohmann::json::parse(file.metadata["names"]).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    refuse(ErrorCode::data, "its metadata are damaged");
  }
  const auto pictures = file.tensors.find("pictures");
  if (pictures != file.tensors.end()) samples.values = std::move(pictures->second.values);
  const std::optional<std::int64_t> values = product(samples.sizes);
  const bool fits = samples.count > 0 && values &&
                    (samples.names.empty() || std::ssize(samples.names) == samples.count) &&
                    (samples.values.empty() || samples.sample_values() == *values);
  if (!fits) refuse(ErrorCode::data, "its parts do not fit each other");
  return index;
}

}  // namespace aedenoise::pipeline
