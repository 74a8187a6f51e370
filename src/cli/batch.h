// Which input becomes which output, decided and checked before any work is done.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace aedenoise::cli {

struct BatchItem {
  std::filesystem::path input;
  std::filesystem::path output;
  bool skip = false;  // its output exists and --skip-existing was given
};

struct BatchOptions {
  std::vector<std::string> inputs;  // files, or folders taken with all image files in them and below
  std::string output;               // a file for a single input file, else a folder; made when missing
  bool force = false;
  bool skip_existing = false;
};

// Error{usage} when an output exists (without force or skip_existing), equals an input or another output, or
// has an extension no format writes; Error{io} for a folder that is missing or holds no images. Missing input
// files are left to fail on their own.
std::vector<BatchItem> plan_batch(const BatchOptions& options);

// Error{usage} unless `path` may be written: it does not exist or `force`, and it is none of `inputs`.
void check_output(const std::filesystem::path& path, const std::vector<BatchItem>& items, bool force);

}  // namespace aedenoise::cli
