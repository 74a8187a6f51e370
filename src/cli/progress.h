// How far work has come, on standard error.
#pragma once

#include <chrono>
#include <string>

#include "cli/arguments.h"

namespace aedenoise::cli {

class Progress {
 public:
  // From --progress; --quiet means none. Error{usage} for an unknown kind.
  explicit Progress(const Arguments& arguments);
  ~Progress();  // clears a bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `share` 0..1 of everything; `what` is a short text beside it. Shown at most ten times a second (plain,
  // json: once).
  void show(double share, const std::string& what);
  // Removes the bar so that a message can be printed.
  void clear();

 private:
  enum class Kind { none, bar, plain, json };
  Kind kind_ = Kind::none;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace aedenoise::cli
