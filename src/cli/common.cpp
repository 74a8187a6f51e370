#include "cli/common.h"

#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <system_error>

#include "aedenoise/error.h"
#include "cli/signals.h"
#include "core/threads.h"

namespace aedenoise::cli {

namespace {

constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMaxThreads = 1024;
constexpr std::int64_t kMaxMegabytes = std::int64_t{1} << 32U;

}  // namespace

void apply_threads(const Arguments& arguments) {
  core::set_threads(static_cast<int>(arguments.integer("threads", 0, 1, kMaxThreads)));
  core::allow_short_waits();
}

io::Limits limits_from(const Arguments& arguments) {
  io::Limits limits;
  limits.max_pixels = static_cast<std::uint64_t>(
      arguments.integer("max-pixels", static_cast<std::int64_t>(limits.max_pixels), 1, kAny));
  limits.max_input_bytes = static_cast<std::uint64_t>(
      arguments.integer("max-input-bytes", static_cast<std::int64_t>(limits.max_input_bytes), 1, kAny));
  return limits;
}

Precision precision_from(const Arguments& arguments) {
  constexpr std::array kPrecisions{"f32", "bf16", "auto"};
  const std::string precision = arguments.choice("precision", kPrecisions);
  if (precision == "bf16") return Precision::bf16;
  return precision == "auto" ? Precision::automatic : Precision::f32;
}

DenoiseOptions denoise_options_from(const Arguments& arguments) {
  constexpr std::int64_t kLargestTile = 1 << 16U;
  DenoiseOptions options;
  options.model = arguments.text("model");
  if (arguments.has("model") && options.model.empty())
    throw Error(ErrorCode::usage, "--model needs a name or a file");
  constexpr std::array kSymmetryCounts{"8", "4", "2"};
  if (arguments.has("tta")) options.symmetries = std::stoi(arguments.choice("tta", kSymmetryCounts));
  options.tile = arguments.integer("tile", 0, 16, kLargestTile);
  options.max_memory = static_cast<std::uint64_t>(arguments.integer("max-mem", 0, 1, kMaxMegabytes)) << 20U;
  options.precision = precision_from(arguments);
  options.cancelled = interrupted;
  return options;
}

Console::Console(const Arguments& arguments)
    : quiet_(arguments.has("quiet")), verbose_(arguments.has("verbose")) {
  if (quiet_ && verbose_) throw Error(ErrorCode::usage, "--quiet and --verbose contradict each other");
}

void Console::info(const std::string& text) const {
  if (!quiet_) std::fprintf(stderr, "%s\n", text.c_str());
}

void Console::detail(const std::string& text) const {
  if (verbose_) std::fprintf(stderr, "%s\n", text.c_str());
}

void Console::error(const std::string& text) const { std::fprintf(stderr, "aedenoise: %s\n", text.c_str()); }

bool prints_results(const Arguments& arguments) { return arguments.text("json") != "-"; }

void stop_if_interrupted() {
  if (interrupted()) throw Error(ErrorCode::interrupted, "interrupted");
}

}  // namespace aedenoise::cli
