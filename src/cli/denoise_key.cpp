#include "cli/denoise_key.h"

#include <array>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "core/sha256.h"
#include "io/format.h"
#include "model/model_file.h"
#include "pipeline/denoise.h"
#include "pipeline/files.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

std::string hash_of(const fs::path& path) {
  try {
    return core::sha256_of_file(path);
  } catch (const Error& error) {
    throw error.within(path.string());
  }
}

}  // namespace

std::string settings_of(const Arguments& arguments) {
  constexpr std::array kSettings{"noise-model", "sigma",        "strength", "tta",
                                 "precision",   "datatype",     "tile",     "self",
                                 "self-steps",  "self-minutes", "seed"};
  std::string text = std::string("version ") + version();
  if (arguments.has("model")) {
    text += "\nmodel " + model::load_model(arguments.text("model")).sha256;
  } else {
    for (const std::string& name : pipeline::default_models()) {
      text += "\nmodel " + model::load_model(name).sha256;
    }
  }
  for (const char* option : kSettings) {
    if (arguments.has(option)) text += std::string("\n") + option + " " + arguments.text(option);
  }
  if (arguments.has("noise-map")) text += "\nnoise-map " + hash_of(arguments.text("noise-map"));
  return text;
}

std::string key_of(const BatchItem& item, const std::string& settings) {
  std::string text = item.copied ? "copied" : settings;
  for (const fs::path& input : item.input.files) {
    const io::Format* format = item.copied ? nullptr : pipeline::image_format(input);
    const std::vector<fs::path> files = format != nullptr ? format->files_of(input) : std::vector{input};
    for (const fs::path& file : files) {
      std::error_code ignored;
      if (fs::exists(file, ignored)) text += "\n" + hash_of(file);
    }
  }
  return core::sha256_hex(text);
}

}  // namespace aedenoise::cli
