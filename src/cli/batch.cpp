#include "cli/batch.h"

#include <set>

#include "aedenoise/error.h"
#include "io/format.h"
#include "pipeline/files.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

fs::path settled(const fs::path& path) {
  std::error_code error;
  const fs::path out = fs::weakly_canonical(path, error);
  return error ? path : out;
}

std::vector<BatchItem> pair_up(const BatchOptions& options) {
  std::error_code ignored;
  const fs::path output(options.output);
  const bool single = options.inputs.size() == 1 && !fs::is_directory(options.inputs[0], ignored);
  const bool into_folder = !single || options.output.ends_with('/') || fs::is_directory(output, ignored);
  if (into_folder && fs::exists(output, ignored) && !fs::is_directory(output, ignored)) {
    throw Error(ErrorCode::usage,
                "the output '" + options.output + "' is a file, but several inputs need a folder");
  }
  std::vector<BatchItem> items;
  for (const std::string& text : options.inputs) {
    const fs::path input(text);
    if (fs::is_directory(input, ignored)) {
      for (const fs::path& file : pipeline::image_files(input, true, output)) {
        items.push_back({file, output / file.lexically_relative(input)});
      }
    } else {
      items.push_back({input, into_folder ? output / input.filename() : output});
    }
  }
  return items;
}

void check_extension(const fs::path& path) {
  try {
    io::format_for(path);
  } catch (const Error& error) {
    throw error.within(path.string());
  }
}

std::set<fs::path> settled_inputs(const std::vector<BatchItem>& items) {
  std::set<fs::path> inputs;
  for (const BatchItem& item : items) {
    for (const io::Format* format : io::formats()) {
      for (const fs::path& file : format->files_of(item.input)) inputs.insert(settled(file));
    }
  }
  return inputs;
}

void check_file_writable(const fs::path& path, const std::set<fs::path>& inputs, bool force) {
  std::error_code ignored;
  if (inputs.contains(settled(path))) {
    throw Error(ErrorCode::usage, "the output '" + path.string() + "' is also an input; choose another name");
  }
  if (fs::is_directory(path, ignored))
    throw Error(ErrorCode::usage, "the output '" + path.string() + "' is a folder");
  if (!force && fs::exists(fs::symlink_status(path, ignored))) {
    throw Error(ErrorCode::usage, "the output '" + path.string() + "' exists; --force replaces it");
  }
}

// Also those that come along, such as the .img of an .hdr.
void check_writable(const fs::path& path, const std::set<fs::path>& inputs, bool force) {
  for (const fs::path& file : io::format_for(path).files_of(path)) check_file_writable(file, inputs, force);
}

}  // namespace

void check_output(const fs::path& path, const std::vector<BatchItem>& items, bool force) {
  check_writable(path, settled_inputs(items), force);
}

std::vector<BatchItem> plan_batch(const BatchOptions& options) {
  if (options.force && options.skip_existing) {
    throw Error(ErrorCode::usage, "--force and --skip-existing contradict each other");
  }
  std::vector<BatchItem> items = pair_up(options);
  const std::set<fs::path> inputs = settled_inputs(items);
  std::set<fs::path> seen;
  for (BatchItem& item : items) {
    std::error_code ignored;
    if (!seen.insert(settled(item.output)).second) {
      throw Error(ErrorCode::usage, "two inputs would be written to '" + item.output.string() + "'");
    }
    check_extension(item.output);
    item.skip = options.skip_existing && fs::exists(item.output, ignored);
    check_writable(item.output, inputs, options.force || item.skip);
  }
  return items;
}

}  // namespace aedenoise::cli
