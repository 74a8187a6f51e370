// Options several commands share, and what they mean.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "aedenoise/denoiser.h"
#include "cli/arguments.h"
#include "io/format.h"

namespace aedenoise::cli {

inline constexpr Option kModelOption{
    "Model",
    "model",
    'm',
    "FILE|NAME",
    "the model: a .safetensors file, or a built-in one ('aedenoise models' lists them); "
    "default: gray, color, mr or ct, whichever fits the image",
    Names::input};
inline constexpr Option kPrecisionOption{
    "Speed and memory", "precision", 0, "f32|bf16|auto",
    "number format of the network (default f32); auto takes bf16 where that is faster "
    "(CPUs with AMX, AMD's with bf16), for about 0.01 dB"};
inline constexpr Option kThreadsOption{"Speed and memory", "threads", 'j', "N",
                                       "threads to use (default: one per core it may use)"};
inline constexpr Option kMaxMemOption{"Speed and memory", "max-mem", 0, "MB",
                                      "memory the program may use; larger images are done in smaller bands"};
inline constexpr Option kTileOption{"Speed and memory", "tile", 't', "PIXELS",
                                    "largest side of the tiles an image is cut into (default: chosen)"};
inline constexpr Option kMaxPixelsOption{"Limits", "max-pixels", 0, "N",
                                         "refuse images of more pixels (default 1073741824)"};
inline constexpr Option kMaxBytesOption{"Limits", "max-input-bytes", 0, "N",
                                        "refuse files of more bytes (default 17179869184)"};
inline constexpr Option kJsonOption{
    "Messages",
    "json",
    0,
    "FILE|-",
    "write the results as JSON, to standard output for -; an existing file is replaced",
    Names::beside};
inline constexpr Option kQuietOption{"Messages", "quiet", 'q', nullptr, "only errors"};
inline constexpr Option kVerboseOption{"Messages", "verbose", 'v', nullptr, "more about what was done"};
inline constexpr Option kProgressOption{
    "Messages", "progress", 0, "auto|bar|plain|json|none",
    "how progress is shown on standard error (default auto: a bar on a terminal)"};
inline constexpr Option kHelpOption{"Messages", "help", 'h', nullptr, "this text"};

inline constexpr Option kTtaOption{
    "Model", "tta", 0, "[=2|4|8]",
    "average over so many flips and rotations of the image (test-time augmentation; default 8), each of "
    "which takes the time of the first; two bring more than half of what eight bring"};

// Sets the number of threads from --threads.
void apply_threads(const Arguments& arguments);

io::Limits limits_from(const Arguments& arguments);

// --precision, f32 when it is not given.
Precision precision_from(const Arguments& arguments);

// model, tta, tile, max_memory, precision; `cancelled` is set to stop at signals.
DenoiseOptions denoise_options_from(const Arguments& arguments);

// Messages on standard error; --json - keeps standard output to itself.
class Console {
 public:
  explicit Console(const Arguments& arguments);
  void info(const std::string& text) const;    // unless --quiet
  void detail(const std::string& text) const;  // with --verbose
  void error(const std::string& text) const;   // always, after "aedenoise: "
  bool quiet() const { return quiet_; }

 private:
  bool quiet_;
  bool verbose_;
};

// Whether standard output is a person's to read: --json did not claim it.
bool prints_results(const Arguments& arguments);

// Throws Error{interrupted} after a signal.
void stop_if_interrupted();

}  // namespace aedenoise::cli
