#include "cli/written_files.h"

#include <algorithm>
#include <filesystem>

#include "aedenoise/error.h"
#include "core/file.h"
#include "pipeline/files.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& a, const fs::path& b) { return core::settled(a) == core::settled(b); }

bool lies_in(const fs::path& file, const fs::path& folder) {
  const fs::path inner = core::settled(file);
  const fs::path outer = core::settled(folder);
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

bool is_input(const fs::path& file, const Arguments& arguments) {
  std::error_code ignored;
  const bool image = fs::is_regular_file(file, ignored) && pipeline::is_image_file(file);
  return std::ranges::any_of(arguments.paths(Names::input), [&](const NamedPath& input) {
    if (input.option == "init") return false;
    return same_file(file, input.path) ||
           (image && fs::is_directory(input.path, ignored) && lies_in(file, input.path));
  });
}

void check(const Arguments& arguments, const NamedPath& written) {
  const auto& [option, name] = written;
  const fs::path path(name);
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::usage, "--" + option + " '" + path.string() + "' " + why);
  };
  for (const NamedPath& input : arguments.paths(Names::input)) {
    if (same_file(path, input.path)) refuse("is also an input; choose another name");
  }
  for (const Names role : {Names::output, Names::beside}) {
    for (const NamedPath& other : arguments.paths(role)) {
      if (other.option != option && same_file(path, other.path))
        refuse("is also that of --" + other.option + "; choose another name");
    }
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
  for (const NamedPath& written : arguments.paths(Names::beside)) {
    const bool text = written.option == "json" || written.option == "csv";
    if (written.path != "-") {
      check(arguments, written);
    } else if (!text) {
      throw Error(ErrorCode::usage, "--" + written.option + " goes to a file, not to standard output");
    }
  }
}

void check_free(const fs::path& output, bool force) {
  std::error_code ignored;
  if (!force && fs::exists(fs::symlink_status(output, ignored)))
    throw Error(ErrorCode::usage, "the output '" + output.string() + "' exists; --force replaces it");
}

void check_no_input(const fs::path& output, const Arguments& arguments) {
  if (!is_input(output, arguments)) return;
  throw Error(ErrorCode::usage, "the output '" + output.string() + "' is also an input; choose another name");
}

void check_new_file(const fs::path& output, const Arguments& arguments) {
  const fs::path folder = output.parent_path();
  std::error_code ignored;
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    throw Error(ErrorCode::usage, folder.string() + ": no such folder");
  check_free(output, arguments.has("force"));
  check_no_input(output, arguments);
}

}  // namespace aedenoise::cli
