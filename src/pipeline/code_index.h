// Codes of many samples in a file, to search in without coding them again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/samples.h"

namespace aedenoise::pipeline {

struct CodeIndex {
  Samples samples;           // with values only while pictures of them all take at most kMostPictureValues
  std::vector<float> codes;  // samples x size
  std::int64_t size = 0;
  std::string model;  // SHA-256 of the model's file
};

inline constexpr std::int64_t kMostPictureValues = std::int64_t{1} << 26U;

// A safetensors file of float32 tensors "codes" and, for images, "pictures"; names and the model in its
// metadata. Atomic. Errors begin with the path.
void write_index(const std::filesystem::path& path, const CodeIndex& index);

// Error{data} for a file that is no index, Error{usage} for one of another model than `model` (a SHA-256).
CodeIndex read_index(const std::filesystem::path& path, const std::string& model);

}  // namespace aedenoise::pipeline
