#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "report/json.h"

namespace aedenoise::cli {

Progress::Progress(const Arguments& arguments) {
  constexpr std::array kKinds{"auto", "bar", "plain", "json", "none"};
  const std::string kind = arguments.choice("progress", kKinds);
  if (arguments.has("quiet")) return;
  const bool terminal = isatty(STDERR_FILENO) == 1;
  if (kind == "bar" || (kind == "auto" && terminal)) kind_ = Kind::bar;
  if (kind == "plain") kind_ = Kind::plain;
  if (kind == "json") kind_ = Kind::json;
}

Progress::~Progress() { clear(); }

void Progress::show(double share, const std::string& what) {
  if (kind_ == Kind::none) return;
  const auto now = std::chrono::steady_clock::now();
  const auto interval = std::chrono::milliseconds(kind_ == Kind::bar ? 100 : 1000);
  if (now - last_ < interval) return;
  last_ = now;
  if (kind_ == Kind::json) {
    const report::Json line{{"progress", share}, {"what", what}};
    std::fprintf(stderr, "%s\n", line.dump(-1, ' ', false, report::Json::error_handler_t::replace).c_str());
  } else if (kind_ == Kind::plain) {
    std::fprintf(stderr, "%3.0f%% %s\n", share * 100.0, what.c_str());
  } else {
    constexpr int kCells = 24;
    const int filled = std::clamp(static_cast<int>(share * kCells), 0, kCells);
    const std::string bar = std::string(filled, '#') + std::string(kCells - filled, '.');
    std::fprintf(stderr, "\r\033[K[%s] %3.0f%% %s", bar.c_str(), share * 100.0, what.c_str());
    std::fflush(stderr);
    drawn_ = true;
  }
}

void Progress::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace aedenoise::cli
