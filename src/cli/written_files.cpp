#include "cli/written_files.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "aedenoise/error.h"
#include "core/file.h"
#include "pipeline/files.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kWritten{"json", "csv", "report", "plot"};
constexpr std::array kRead{"data", "clean", "noisy",  "val",    "val-noisy", "pairs",     "ref",  "masks",
                           "init", "model", "labels", "normal", "templates", "noise-map", "query"};

bool same_file(const fs::path& a, const fs::path& b) { return core::settled(a) == core::settled(b); }

void check(const Arguments& arguments, const std::string& option) {
  const fs::path path(arguments.text(option));
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::usage, "--" + option + " '" + path.string() + "' " + why);
  };
  std::vector<std::string> inputs = arguments.positional();
  for (const char* name : kRead) {
    const std::vector<std::string> named = arguments.values(name);
    inputs.insert(inputs.end(), named.begin(), named.end());
  }
  for (const std::string& input : inputs) {
    if (same_file(path, input)) refuse("is also an input; choose another name");
  }
  for (const char* other : {"output", "residual", "json", "csv", "report", "plot"}) {
    if (other != option && arguments.has(other) && same_file(path, arguments.text(other)))
      refuse("is also that of --" + std::string(other) + "; choose another name");
  }
  std::error_code ignored;
  if (option != "plot" && fs::is_regular_file(path, ignored) && pipeline::is_image_file(path))
    refuse("is an image, which is not replaced; choose another name");
  const fs::path folder = path.parent_path();
  // An output folder is made if need be; that of bids stands without a name.
  std::vector<std::string> outputs = arguments.positional();
  if (arguments.has("output")) outputs.push_back(arguments.text("output"));
  const bool made =
      std::ranges::any_of(outputs, [&](const std::string& output) { return same_file(folder, output); });
  if (!folder.empty() && !made && !fs::is_directory(folder, ignored))
    refuse("lies in a folder that does not exist");
}

}  // namespace

void check_written_files(const Arguments& arguments) {
  for (const char* option : kWritten) {
    if (!arguments.has(option)) continue;
    const bool text = option == std::string("json") || option == std::string("csv");
    if (arguments.text(option) != "-") {
      check(arguments, option);
    } else if (!text) {
      throw Error(ErrorCode::usage, std::string("--") + option + " goes to a file, not to standard output");
    }
  }
}

}  // namespace aedenoise::cli
