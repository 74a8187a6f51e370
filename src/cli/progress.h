// How far work has come, on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "cli/arguments.h"
#include "report/json.h"

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
  // The same while one of `total` files is worked on: with how many are done, how many a second, and the
  // seconds that the rest takes at this speed.
  void show_file(double share, const std::string& file, std::size_t done, std::size_t total);
  // A line for machines that always appears; nothing unless --progress json.
  void event(const report::Json& line) const;
  // Whether standard error holds JSON lines, so that messages for people have no place there.
  bool is_json() const { return kind_ == Kind::json; }
  // Removes the bar so that a message can be printed.
  void clear();

 private:
  enum class Kind { none, bar, plain, json };
  void draw(double share, const std::string& text, report::Json line);

  Kind kind_ = Kind::none;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace aedenoise::cli
