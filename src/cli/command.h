// The subcommands of aedenoise, each in a file of its own, and what they have in common.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace aedenoise::cli {

// Exit codes.
constexpr int kDone = 0;
constexpr int kSomeFailed = 1;
constexpr int kUsage = 2;
constexpr int kAllFailed = 3;
constexpr int kResource = 4;
constexpr int kInterrupted = 130;

class Command {
 public:
  virtual ~Command() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;   // one line for the list of commands
  virtual const char* usage() const = 0;     // "IN... -o OUT [options]"
  virtual const char* about() const = 0;     // a paragraph for a stranger, which help breaks into lines
  virtual const char* examples() const = 0;  // lines of "  $ aedenoise ..."
  virtual std::span<const Option> options() const = 0;
  // Returns the exit code; throws Error for what ends the command as a whole.
  virtual int run(const Arguments& arguments) const = 0;
};

// All commands in the order help shows them: registry.cpp.
std::span<const Command* const> commands();

// Factories, one per file.
const Command& bids_command();
const Command& denoise_command();
const Command& train_command();
const Command& evaluate_command();
const Command& inspect_command();
const Command& compress_command();
const Command& decompress_command();
const Command& embed_command();
const Command& anomaly_command();
const Command& sample_command();
const Command& features_command();
const Command& models_command();
const Command& bench_command();

// The whole program: finds the command, parses, runs, prints errors, decides the exit code.
int run(int argc, const char* const* argv);

}  // namespace aedenoise::cli
