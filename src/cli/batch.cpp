#include "cli/batch.h"

#include <algorithm>
#include <map>
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

using Outputs = std::map<fs::path, fs::path>;  // by input

std::vector<BatchItem> pair_up(const BatchOptions& options) {
  std::error_code ignored;
  const fs::path output(options.output);
  const bool single = options.inputs.size() == 1 && !fs::is_directory(options.inputs[0], ignored);
  const bool into_folder = !single || options.output.ends_with('/') || fs::is_directory(output, ignored);
  if (into_folder && fs::exists(output, ignored) && !fs::is_directory(output, ignored)) {
    throw Error(ErrorCode::usage,
                "the output '" + options.output + "' is a file, but several inputs need a folder");
  }
  std::vector<fs::path> files;
  Outputs outputs;
  const auto add = [&](const fs::path& input, const fs::path& to) {
    if (outputs.emplace(input, to).second) files.push_back(input);
  };
  for (const std::string& text : options.inputs) {
    const fs::path input(text);
    if (fs::is_directory(input, ignored)) {
      for (const fs::path& file : pipeline::image_files(input, true, output)) {
        add(file, output / file.lexically_relative(input));
      }
    } else {
      add(input, into_folder ? output / input.filename() : output);
    }
  }
  std::vector<BatchItem> items;
  for (io::FileGroup& group : io::group_files(files)) {
    BatchItem item{std::move(group), {}, false};
    for (const fs::path& file : item.input.files) item.outputs.push_back(outputs.at(file));
    items.push_back(std::move(item));
  }
  return items;
}

// Some formats' files go by any name, which the output may keep.
void check_extension(const fs::path& input, const fs::path& output) {
  try {
    io::format_for(output);
  } catch (const Error& error) {
    const io::Format* own = pipeline::image_format(input);
    const bool kept = own != nullptr && own->has_any_name() && input.extension() == output.extension();
    if (!kept) throw error.within(output.string());
  }
}

std::set<fs::path> settled_inputs(const std::vector<BatchItem>& items) {
  std::set<fs::path> inputs;
  for (const BatchItem& item : items) {
    for (const fs::path& input : item.input.files) {
      for (const io::Format* format : io::formats()) {
        for (const fs::path& file : format->files_of(input)) inputs.insert(settled(file));
      }
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
  for (const io::Format* format : io::formats()) {
    for (const fs::path& file : format->files_of(path)) check_file_writable(file, inputs, force);
  }
}

}  // namespace

std::string BatchItem::output_name() const { return io::FileGroup{outputs, {}, {}, 1.0}.name(); }

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
    const auto exists = [](const fs::path& path) {
      std::error_code ignored;
      return fs::exists(path, ignored);
    };
    item.skip = options.skip_existing && std::ranges::all_of(item.outputs, exists);
    for (std::size_t i = 0; i < item.outputs.size(); ++i) {
      const fs::path& output = item.outputs[i];
      if (!seen.insert(settled(output)).second) {
        throw Error(ErrorCode::usage, "two inputs would be written to '" + output.string() + "'");
      }
      check_extension(item.input.files[i], output);
      check_writable(output, inputs, options.force || options.skip_existing);
    }
  }
  return items;
}

}  // namespace aedenoise::cli
