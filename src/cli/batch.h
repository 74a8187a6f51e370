// Which input becomes which output, decided and checked before any work is done.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/series.h"

namespace aedenoise::cli {

// One document: a file, or the slices of a series.
struct BatchItem {
  io::FileGroup input;
  std::vector<std::filesystem::path> outputs;  // of every input file
  bool skip = false;                           // its outputs exist and --skip-existing was given

  // The first output with "and 39 more" for the others.
  std::string output_name() const;
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
