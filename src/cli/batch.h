// Which input becomes which output, decided and checked before any work is done.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/series.h"
#include "pipeline/manifest.h"

namespace aedenoise::cli {

// One document: a file, or the slices of a series. Or a file that is no image.
struct BatchItem {
  io::FileGroup input;
  std::vector<std::filesystem::path> outputs;  // of every input file, or one for all slices
  bool skip = false;                           // its outputs exist and --skip-existing was given
  std::string problem;                         // why nothing can be made of it; empty when something can
  bool copied = false;                         // is no image and goes to outputs[0] as it is

  // The first output with "and 39 more" for the others.
  std::string output_name() const;
};

struct BatchOptions {
  std::vector<std::string> inputs;  // files, or folders taken with all image files in them and below
  std::string output;               // a file for a single document, else a folder; made when missing
  bool force = false;
  bool skip_existing = false;
  bool resume = false;  // outputs of an earlier run in the output folder may be replaced
  bool others = false;  // also files of folders that are no images, to be copied
  pipeline::Part part;  // of the items
};

struct BatchPlan {
  std::vector<BatchItem> items;
  std::size_t left_out = 0;  // files of folders that are no images and are not copied
  std::string folder;        // where the files of folders go, mirrored; empty where nothing is
};

// Error{usage} when an output exists (without force or skip_existing), equals an input or another output, or
// has an extension no format writes (of several items, their problem); Error{io} for a folder that is missing
// or holds no images. Missing input files are left to fail on their own. Items are in the order of their
// inputs' paths, of which a part takes its share, series whole.
BatchPlan plan_batch(const BatchOptions& options);

// Error{usage} unless each of `paths` may be written: it does not exist or `force`, and it is no input of
// `items`.
void check_outputs(const std::vector<std::filesystem::path>& paths, const std::vector<BatchItem>& items,
                   bool force);

}  // namespace aedenoise::cli
