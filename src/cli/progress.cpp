#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "report/table.h"

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

void Progress::show(double share, const std::string& what) { draw(share, what, {{"what", what}}); }

void Progress::show_file(double share, const std::string& file, std::size_t done, std::size_t total) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  const double rate = seconds > 0.0 ? static_cast<double>(done) / seconds : 0.0;
  report::Json line{{"what", file}, {"done", done}, {"total", total}, {"files_per_second", rate}};
  std::string text = std::to_string(done) + "/" + std::to_string(total) + " " + file;
  if (done > 0) text += ", " + report::fixed(rate, rate < 10.0 ? 2 : 0) + " files/s";
  if (share > 0.0) {
    const double left = seconds * (1.0 - share) / share;
    line["eta_seconds"] = left;
    text += ", " + report::fixed(left, 0) + " s left";
  }
  draw(share, text, std::move(line));
}

void Progress::event(const report::Json& line) const {
  if (kind_ != Kind::json) return;
  std::fprintf(stderr, "%s\n", line.dump(-1, ' ', false, report::Json::error_handler_t::replace).c_str());
}

void Progress::draw(double share, const std::string& text, report::Json line) {
  if (kind_ == Kind::none) return;
  const auto now = std::chrono::steady_clock::now();
  const auto interval = std::chrono::milliseconds(kind_ == Kind::bar ? 100 : 1000);
  if (now - last_ < interval) return;
  last_ = now;
  if (kind_ == Kind::json) {
    line["progress"] = share;
    event(line);
  } else if (kind_ == Kind::plain) {
    std::fprintf(stderr, "%3.0f%% %s\n", share * 100.0, text.c_str());
  } else {
    constexpr int kCells = 24;
    const int filled = std::clamp(static_cast<int>(share * kCells), 0, kCells);
    const std::string bar = std::string(filled, '#') + std::string(kCells - filled, '.');
    std::fprintf(stderr, "\r\033[K[%s] %3.0f%% %s", bar.c_str(), share * 100.0, text.c_str());
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
