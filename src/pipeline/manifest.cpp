#include "pipeline/manifest.h"

#include <fstream>

#include "aedenoise/error.h"
#include "core/sha256.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStem = ".aedenoise";
constexpr const char* kExtension = ".jsonl";

std::string file_name(const Part& part) {
  if (part.count == 1) return std::string(kStem) + kExtension;
  return std::string(kStem) + "-" + std::to_string(part.index) + "-of-" + std::to_string(part.count) +
         kExtension;
}

// As lines of JSON hold it: what is no UTF-8 in a name is replaced.
std::string place_of(const fs::path& path, const fs::path& folder) {
  const Json name = path.lexically_relative(folder).string();
  return Json::parse(name.dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

// The output as it is now: what the manifest says of it, but for its hash.
bool is_as_recorded(const fs::path& path, const Json& output) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error || size != output.at("bytes").get<std::uintmax_t>()) return false;
  try {
    return core::sha256_of_file(path) == output.at("sha256").get<std::string>();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

bool Manifest::is_manifest(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with(kStem) && name.ends_with(kExtension);
}

bool Manifest::is_in(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (is_manifest(entry->path())) return true;
  }
  return false;
}

Manifest::Manifest(fs::path folder, const Part& part) : folder_(std::move(folder)) {
  using Lock = core::LockedFile::Lock;
  try {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw Error(ErrorCode::io, "cannot be made: " + error.message());
    folder_lock_.emplace(folder_, part.count == 1 ? Lock::exclusive : Lock::shared, false);
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
      if (is_manifest(entry.path())) load(entry.path());
    }
    log_.emplace(folder_ / file_name(part));
  } catch (const Error& error) {
    throw error.within(folder_.string());
  }
}

void Manifest::load(const fs::path& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    Json entry = Json::parse(line, nullptr, false);  // a crash may have cut the last one short
    if (!entry.contains("key") || !entry.contains("record")) continue;
    try {
      const std::string first = entry.at("outputs").at(0).at("path");
      lines_[first] = std::move(entry);
    } catch (const Json::exception&) {
      continue;  // no line of ours
    }
  }
}

std::optional<Json> Manifest::find(const std::string& key, const std::vector<fs::path>& outputs) const {
  const auto found = lines_.find(place_of(outputs.front(), folder_));
  if (found == lines_.end()) return {};
  const Json& line = found->second;
  try {
    if (line.at("key") != key || line.at("outputs").size() != outputs.size()) return {};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Json& output = line.at("outputs").at(i);
      const bool same =
          output.at("path") == place_of(outputs[i], folder_) && is_as_recorded(outputs[i], output);
      if (!same) return {};
    }
  } catch (const Json::exception&) {
    return {};  // no line of ours
  }
  return line.at("record");
}

void Manifest::add(const std::string& key, const std::vector<fs::path>& outputs, const Json& record) {
  Json line{{"key", key}, {"outputs", Json::array()}, {"record", record}};
  try {
    for (const fs::path& path : outputs) {
      line["outputs"].push_back({{"path", place_of(path, folder_)},
                                 {"bytes", fs::file_size(path)},
                                 {"sha256", core::sha256_of_file(path)}});
    }
    log_->add(line.dump(-1, ' ', false, Json::error_handler_t::replace));
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::io, folder_.string() + ": " + error.code().message());
  } catch (const Error& error) {
    throw error.within(folder_.string());
  }
}

}  // namespace aedenoise::pipeline
