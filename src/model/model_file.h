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

// Metadata keys of a model file besides "architecture" (JSON):
//   format, version, tool              "aedenoise", the program that wrote it
//   noise_model, noise_low, noise_high what it was trained on: levels on the 0-255 scale, or in the unit that
//   noise_unit                         names ("HU")
//   self_supervised                    the method, where training was on noisy images alone
//   sample_shift, sample_scale         of autoencoders of samples: network value = (value - shift) * scale
//   sample_columns                     before that, of tables: means and deviations of the columns, which
//                                      are brought to 0 and 1 (JSON)
//   binarize, likelihood_variance      of a vae: samples were drawn as 0 or 1; variance of its Gaussian
//                                      likelihood, in network values
//   training_data, license, license_note, seed, steps
//   training                           JSON record: options, validation score, seconds
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

  // For messages: "the built-in model 'gray'" or the path.
  std::string title() const;
  // What the metadata say under `key`.
  std::optional<std::string> text(const std::string& key) const;
  // The same as a number; Error{data} when it is no finite one.
  std::optional<double> number(const std::string& key) const;
  // Whether "noise_model" is this one's name.
  bool is_trained_on(const std::string& noise) const;
};

// Takes the name of an embedded model, or else the path of a file. Error{usage} that lists the embedded names
// when it is neither, Error{data} that begins with the path for a damaged file or weights that do not fit the
// architecture.
ModelFile load_model(const std::string& name_or_path);

// Names of the models in this binary, e.g. "gray", "color".
std::vector<std::string> embedded_models();
// The one of this SHA-256, if there is one.
std::optional<ModelFile> embedded_model_of(const std::string& sha256);

}  // namespace aedenoise::model
