#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/signals.h"
#include "cli/written_files.h"
#include "core/suggest.h"

namespace aedenoise::cli {
namespace {

constexpr std::size_t kHelpWidth = 90;

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string overview() {
  std::string text =
      "aedenoise removes noise from images with autoencoders that run fast on ordinary CPUs.\n\n"
      "  $ aedenoise denoise photo.png -o clean.png\n\nCommands:\n";
  for (const Command* command : commands()) {
    std::string name = command->name();
    name.resize(12, ' ');
    text += "  " + name + command->summary() + "\n";
  }
  return text +
         "\n'aedenoise COMMAND --help' explains a command; 'aedenoise --version' says which build this is.\n"
         "Exit codes: 0 all done, 1 some inputs failed, 2 wrong usage, 3 all failed, 4 a resource limit was "
         "met,\n"
         "130 interrupted.\n";
}

std::string help_of(const Command& command) {
  return std::string("Usage: aedenoise ") + command.name() + " " + command.usage() + "\n\n" +
         wrapped(command.about(), 0, kHelpWidth) + help_text(command.options()) + "\nExamples:\n" +
         command.examples();
}

bool asks(const std::vector<std::string>& words, const char* letter, const char* name) {
  const auto end = std::ranges::find(words, "--");
  return std::find(words.begin(), end, name) != end || std::find(words.begin(), end, letter) != end;
}

int run_words(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "-h" || words[0] == "--help" || words[0] == "help") {
    print(overview());
    return words.empty() ? kUsage : kDone;
  }
  if (words[0] == "--version" || words[0] == "-V") {
    print(std::string("aedenoise ") + build_version() + "\n");
    return kDone;
  }
  const auto found =
      std::ranges::find_if(commands(), [&](const Command* c) { return words[0] == c->name(); });
  if (found == commands().end()) {
    std::vector<std::string> known;
    for (const Command* command : commands()) known.emplace_back(command->name());
    throw Error(ErrorCode::usage, core::unknown_name("command", words[0], known));
  }
  const Command& command = **found;
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (asks(rest, "-h", "--help")) {
    print(help_of(command));
    return kDone;
  }
  const Arguments arguments = Arguments::parse(command.options(), rest);
  check_written_files(arguments);
  return command.run(arguments);
}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return kUsage;
    case ErrorCode::resource:
      return kResource;
    case ErrorCode::interrupted:
      return kInterrupted;
    default:
      return kAllFailed;
  }
}

}  // namespace

int run(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    watch_signals();
    const int code = run_words(words);
    // Whoever has seen enough ("| head") may close the pipe.
    if (std::fflush(stdout) != 0 && errno != EPIPE)
      throw Error(ErrorCode::io, "standard output: cannot be written");
    return code;
  } catch (const Error& error) {
    std::fprintf(stderr, "aedenoise: %s\n", error.what());
    if (error.code() == ErrorCode::usage && !words.empty() && !words[0].starts_with('-')) {
      std::fprintf(stderr, "'aedenoise %s--help' shows what is possible\n",
                   std::ranges::any_of(commands(), [&](const Command* c) { return words[0] == c->name(); })
                       ? (words[0] + " ").c_str()
                       : "");
    }
    return exit_code(error.code());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "aedenoise: out of memory; --max-mem limits what is used\n");
    return kResource;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "aedenoise: unexpected error: %s\n", error.what());
    return kAllFailed;
  }
}

}  // namespace aedenoise::cli
