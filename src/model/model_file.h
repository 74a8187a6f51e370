// A model file's content, and the models inside this binary.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/architecture.h"
#include "nn/weights.h"

namespace aedenoise::model {

// Metadata keys of a model file besides "architecture" (JSON): "format" = "aedenoise", "version",
// "noise_model", "noise_low", "noise_high" (range trained on, on the 0-255 scale), "training_data",
// "license", "license_note", "seed", "steps", "training" (JSON record: options, validation PSNR, seconds),
// "tool". "self_supervised" names the method where training was on noisy images alone.
inline constexpr const char* kReferencePrefix = "reference.";
// "noise_model" where noise was not made but was what images had.
inline constexpr const char* kOwnNoise = "own";

struct ModelFile {
  Architecture architecture;
  nn::Weights weights;
  // What the file holds besides: tensors whose names begin with kReferencePrefix, which tell of the samples
  // it was trained on.
  std::map<std::string, nn::Tensor> reference;
  std::string name;    // "gray", "color", or the file's stem
  std::string origin;  // "embedded" or the path it was read from
  std::string sha256;  // of the file's bytes, lower-case hex
};

// Takes the path of a file, or else the name of an embedded model. Error{usage} that lists the embedded names
// when it is neither, Error{data} that begins with the path for a damaged file or weights that do not fit the
// architecture.
ModelFile load_model(const std::string& name_or_path);

// Names of the models in this binary, e.g. "gray", "color".
std::vector<std::string> embedded_models();
// The one of this SHA-256, if there is one.
std::optional<ModelFile> embedded_model_of(const std::string& sha256);

}  // namespace aedenoise::model
