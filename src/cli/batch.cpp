#include "cli/batch.h"

#include <algorithm>
#include <map>
#include <set>

#include "aedenoise/error.h"
#include "cli/common.h"
#include "cli/written_files.h"
#include "core/file.h"
#include "io/format.h"
#include "pipeline/files.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

using core::settled;

using Outputs = std::map<fs::path, fs::path>;  // by input

// Collects inputs with their outputs, each input once.
class Pairs {
 public:
  void add(const fs::path& input, const fs::path& output, bool copied) {
    if (outputs_.emplace(input, output).second) (copied ? copied_ : images_).push_back(input);
  }

  void leave_out(std::size_t files) { left_out_ += files; }
  std::size_t left_out() const { return left_out_; }

  std::vector<BatchItem> items() const {
    std::vector<BatchItem> items;
    for (io::FileGroup& group : io::group_files(images_)) {
      BatchItem item;
      item.input = std::move(group);
      for (const fs::path& file : item.input.files) item.outputs.push_back(outputs_.at(file));
      items.push_back(std::move(item));
    }
    for (const fs::path& file : copied_) {
      BatchItem item;
      item.input.files = {file};
      item.outputs = {outputs_.at(file)};
      item.copied = true;
      items.push_back(std::move(item));
    }
    return items;
  }

 private:
  Outputs outputs_;
  std::vector<fs::path> images_;
  std::vector<fs::path> copied_;
  std::size_t left_out_ = 0;
};

void add_folder(const fs::path& input, const fs::path& output, bool others, Pairs& pairs) {
  const auto add = [&](const std::vector<fs::path>& files, bool copied) {
    for (const fs::path& file : files) {
      if (!pipeline::Manifest::is_manifest(file))
        pairs.add(file, output / file.lexically_relative(input), copied);
    }
  };
  const pipeline::FolderFiles files = pipeline::folder_files(input, true, output);
  if (files.images.empty()) throw Error(ErrorCode::data, input.string() + ": the folder holds no image");
  add(files.images, false);
  if (others) {
    add(files.others, true);
  } else {
    pairs.leave_out(files.others.size());
  }
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_single_file(const BatchOptions& options) {
  return options.inputs.size() == 1 && !is_folder(options.inputs[0]);
}

// Whether the output is a folder, whatever is in the inputs.
bool names_folder(const BatchOptions& options) {
  return options.output.ends_with('/') || is_folder(options.output);
}

Pairs pair_up(const BatchOptions& options) {
  std::error_code ignored;
  const fs::path output(options.output);
  const bool into_folder = !is_single_file(options) || names_folder(options);
  Pairs pairs;
  for (const std::string& text : options.inputs) {
    const fs::path input(text);
    const bool pipe = fs::exists(input, ignored) && !is_folder(input) && !fs::is_regular_file(input, ignored);
    if (pipe) throw Error(ErrorCode::usage, text + ": is no file but a pipe or a device, which is not read");
    if (is_folder(input)) {
      add_folder(input, output, options.others, pairs);
    } else {
      pairs.add(input, into_folder ? output / input.filename() : output, false);
    }
  }
  return pairs;
}

// Folders and several files become a folder, unless they are one series, which may become one file. Whether
// they do.
bool join_outputs(const BatchOptions& options, std::vector<BatchItem>& items) {
  std::error_code ignored;
  if (is_single_file(options) || names_folder(options)) return false;
  const bool there = fs::exists(options.output, ignored);
  if (!there && !io::is_image_name(options.output)) return false;
  if (items.size() != 1) {
    throw Error(ErrorCode::usage, "the output '" + options.output + "' is " +
                                      (there ? "a file" : "named like a file") + ", but the inputs are " +
                                      std::to_string(items.size()) + " images or volumes; name a folder");
  }
  if (items[0].input.files.size() > 1 && !io::holds_volumes(options.output)) {
    throw Error(ErrorCode::usage,
                "the output '" + options.output +
                    "' cannot hold a volume; name a folder, or a .nii.gz, .nrrd or .mha file");
  }
  items[0].outputs = {options.output};
  return true;
}

// Some formats' files go by any name, which the output may keep.
void check_extension(const fs::path& input, const fs::path& output) {
  std::error_code ignored;
  if (!fs::exists(input, ignored)) return;  // reading it says so
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
  if (inputs.contains(settled(path))) {
    throw Error(ErrorCode::usage, "the output '" + path.string() + "' is also an input; choose another name");
  }
  if (is_folder(path)) throw Error(ErrorCode::usage, "the output '" + path.string() + "' is a folder");
  check_free(path, force);
}

// Also those that come along, such as the .img of an .hdr.
void check_writable(const fs::path& path, const std::set<fs::path>& inputs, bool force) {
  for (const fs::path& file : io::written_files(path)) check_file_writable(file, inputs, force);
}

}  // namespace

std::string BatchItem::output_name() const { return io::FileGroup{outputs, {}, {}, 1.0}.name(); }

void check_outputs(const std::vector<fs::path>& paths, const std::vector<BatchItem>& items, bool force) {
  const std::set<fs::path> inputs = settled_inputs(items);
  for (const fs::path& path : paths) check_writable(path, inputs, force);
}

BatchPlan plan_batch(const BatchOptions& options) {
  if (static_cast<int>(options.force) + static_cast<int>(options.skip_existing) +
          static_cast<int>(options.resume) >
      1) {
    throw Error(ErrorCode::usage, "--force, --skip-existing and --resume contradict one another");
  }
  const Pairs pairs = pair_up(options);
  std::vector<BatchItem> items = pairs.items();
  const bool joined = join_outputs(options, items);
  const std::set<fs::path> inputs = settled_inputs(items);
  const bool replaces =
      options.force || options.skip_existing || (options.resume && pipeline::Manifest::is_in(options.output));
  std::set<fs::path> seen;
  for (std::size_t place = 0; place < items.size(); ++place) {
    BatchItem& item = items[place];
    const bool own = options.part.has(place);
    const auto exists = [](const fs::path& path) {
      std::error_code ignored;
      return fs::exists(path, ignored);
    };
    const auto is_there = [&](const fs::path& output) {
      return item.copied ? exists(output) : std::ranges::all_of(io::written_files(output), exists);
    };
    item.skip = options.skip_existing && std::ranges::all_of(item.outputs, is_there);
    for (std::size_t i = 0; i < item.outputs.size(); ++i) {
      const fs::path& output = item.outputs[i];
      if (!seen.insert(settled(output)).second) {
        throw Error(ErrorCode::usage, "two inputs would be written to '" + output.string() + "'");
      }
      try {
        if (!item.copied) check_extension(item.input.files[i], output);
      } catch (const Error& error) {
        if (items.size() == 1) throw;
        item.problem = error.what();
      }
      // What other parts have written already is theirs.
      if (own) check_writable(output, inputs, replaces);
    }
  }
  BatchPlan plan{{}, pairs.left_out(), {}};
  if (!joined && std::ranges::any_of(options.inputs, is_folder)) plan.folder = options.output;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (options.part.has(i)) plan.items.push_back(std::move(items[i]));
  }
  return plan;
}

}  // namespace aedenoise::cli
