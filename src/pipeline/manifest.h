// What of a batch is done: a file of JSON lines in the output folder, one per finished input, that an
// interrupted run goes on from.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/log_file.h"

namespace aedenoise::pipeline {

using Json = nlohmann::ordered_json;

// One of several shares of a batch, for as many machines: those inputs whose place in the sorted list leaves
// this remainder. The same list gives the same shares everywhere.
struct Part {
  std::int64_t count = 1;
  std::int64_t index = 0;  // 0 to count - 1
  bool has(std::size_t place) const { return static_cast<std::int64_t>(place) % count == index; }
};

// The only one in its folder that writes there, or of its part: Error{io} that begins with the folder when
// another process is at it, or when the folder cannot be written.
class Manifest {
 public:
  // Makes the folder when it is missing. Every part has a file of its own, ".aedenoise.jsonl" or
  // ".aedenoise-2-of-16.jsonl"; all of them are read, so the number of parts may change between runs.
  Manifest(std::filesystem::path folder, const Part& part);

  // The record of the input whose first output is outputs[0], when it was done with this key, to these
  // outputs, and all of them are as they were then. `key` says all that decides an output's bytes.
  std::optional<Json> find(const std::string& key, const std::vector<std::filesystem::path>& outputs) const;

  // For finished outputs: once this returns it is on the disk. Error{io} that begins with the folder.
  void add(const std::string& key, const std::vector<std::filesystem::path>& outputs, const Json& record);

  // Whether a file of this name is a manifest, and whether a folder holds one.
  static bool is_manifest(const std::filesystem::path& path);
  static bool is_in(const std::filesystem::path& folder);

 private:
  void load(const std::filesystem::path& path);

  std::filesystem::path folder_;
  std::map<std::string, Json> lines_;  // the newest by first output
  std::optional<core::LockedFile> folder_lock_;
  std::optional<core::LogFile> log_;
};

}  // namespace aedenoise::pipeline
