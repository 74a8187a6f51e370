#include "cli/signals.h"

#include <csignal>

namespace aedenoise::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void note_signal(int) { g_interrupted = 1; }

}  // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

bool interrupted() { return g_interrupted != 0; }

}  // namespace aedenoise::cli
