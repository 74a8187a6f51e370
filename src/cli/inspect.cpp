// aedenoise inspect: what a model or an image is.
#include "cli/inspect.h"

#include <array>
#include <filesystem>

#include "aedenoise/error.h"
#include "cli/command.h"
#include "cli/common.h"
#include "core/suggest.h"
#include "io/series.h"
#include "pipeline/files.h"
#include "pipeline/network.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kInspectOptions{
    Option{"What to show", "graph", 0, nullptr,
           "for a model: the compiled network with the layouts and implementations chosen on this machine"},
    kPrecisionOption,
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kJsonOption,
    kHelpOption};

// What `name` is, when it is neither an image nor a model: the error that helps most.
[[noreturn]] void explain(const std::string& name, const Error& error) {
  std::error_code ignored;
  if (!fs::exists(name, ignored)) {
    throw Error(ErrorCode::usage,
                core::unknown_name("file or built-in model", name, model::embedded_models()));
  }
  throw Error(error.code(), std::string(error.what()) + " (the file is no known image format either)");
}

// A folder of slices is a volume.
Inspection inspect_series(const std::string& name, const io::Limits& limits) {
  const std::vector<io::FileGroup> groups = io::group_files(pipeline::image_files(name));
  if (groups.size() != 1) {
    throw Error(ErrorCode::usage, name + ": is a folder of " + std::to_string(groups.size()) +
                                      " images or series; name a file or the folder of one series");
  }
  return inspect_image(*io::open_group(groups.front(), limits)->next());
}

Inspection inspect_any(const std::string& name, const Arguments& arguments) {
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) return inspect_series(name, limits_from(arguments));
  if (pipeline::is_image_file(name))
    return inspect_image(*io::open_volumes(name, limits_from(arguments))->next());
  const nn::Precision precision = pipeline::precision_here(denoise_options_from(arguments).precision);
  const auto file = [&] {
    try {
      return model::load_model(name);
    } catch (const Error& error) {
      explain(name, error);
    }
  }();
  return inspect_model(file, arguments.has("graph"), precision);
}

class InspectCommand : public Command {
 public:
  const char* name() const override { return "inspect"; }
  const char* summary() const override { return "say what a model or an image is"; }
  const char* usage() const override { return "FILE|FOLDER|NAME [options]"; }
  const char* about() const override {
    return "For an image, or a folder with the slices of one: format, size, samples, values, estimated "
           "noise. For a model file or a built-in model: layers, parameters, work per pixel, receptive "
           "field, bottleneck, memory, and how it was trained.";
  }
  const char* examples() const override {
    return "  $ aedenoise inspect photo.png\n"
           "  $ aedenoise inspect gray --graph\n"
           "  $ aedenoise inspect mine.safetensors --json -\n";
  }
  std::span<const Option> options() const override { return kInspectOptions; }

  int run(const Arguments& arguments) const override {
    if (arguments.positional().size() != 1)
      throw Error(ErrorCode::usage, "inspect takes one file or model name");
    apply_threads(arguments);
    const Inspection found = inspect_any(arguments.positional()[0], arguments);
    if (prints_results(arguments)) std::fputs(found.text.c_str(), stdout);
    if (arguments.has("json")) report::write_json(found.json, arguments.text("json"));
    return kDone;
  }
};

}  // namespace

const Command& inspect_command() {
  static const InspectCommand command;
  return command;
}

}  // namespace aedenoise::cli
