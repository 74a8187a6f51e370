// Runs the real program the way a person does.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "aedenoise/image.h"

namespace aedenoise::cli_tests {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

inline Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// What the program may take of memory where little or nothing is to be computed: for bad input above all.
#ifdef __SANITIZE_ADDRESS__  // sanitizers need several times the memory
inline constexpr std::uint64_t kLittleMemory = std::uint64_t{512} << 20U;
#else
inline constexpr std::uint64_t kLittleMemory = std::uint64_t{64} << 20U;
#endif

struct Outcome {
  int code = -1;  // exit code; 128 + signal when killed
  std::string out;
  std::string err;
  std::uint64_t peak_bytes = 0;  // of physical memory
};

// A folder of its own for each test, removed afterwards, and the program run in it.
class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  fs::path path(const std::string& name) const { return folder_ / name; }
  Outcome run(const std::vector<std::string>& arguments) const;

  // The same in the background.
  pid_t start(const std::vector<std::string>& arguments) const;
  Outcome finish(pid_t process) const;
  // Waits until the started program has printed `text` on standard error; false when it ended before.
  bool wait_for(pid_t process, const std::string& text) const;

  void write(const std::string& name, const std::string& bytes) const;
  std::string read(const std::string& name) const;
  std::vector<std::string> files() const;  // names, sorted, without what run() keeps there

  // A random photograph-like picture with Gaussian noise, written in the format of the name.
  void write_image(const std::string& name, int channels, int height, int width, double sigma = 20.0) const;
  Image read_image(const std::string& name) const;
  // A small random model with so many channels.
  void write_model(const std::string& name, int channels) const;

 private:
  fs::path folder_;
};

}  // namespace aedenoise::cli_tests
