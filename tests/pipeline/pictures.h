// Made-up pictures for the tests of training.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>

#include "aedenoise/error.h"
#include "pipeline/dataset.h"

namespace aedenoise::test {

// Soft waves with a sharp disc, different for each `number`; values 0..1.
inline double scene(int number, int y, int x) {
  const double wave = 0.5 + 0.2 * std::sin(0.21 * x + number) + 0.15 * std::cos(0.17 * y - 0.05 * number * x);
  const double dy = y - 15.0 - number % 7;
  const double dx = x - 20.0 + number % 5;
  return dy * dy + dx * dx < 90.0 ? 0.9 - 0.5 * wave : wave;
}

inline pipeline::Picture picture(int number, int height, int width, int channels = 1) {
  pipeline::Picture out{"picture" + std::to_string(number), height, width, channels, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        out.values.push_back(static_cast<std::uint16_t>(std::lround(65535.0 * scene(number + 3 * c, y, x))));
      }
    }
  }
  return out;
}

inline pipeline::Dataset pictures(int count, int height, int width, int channels = 1) {
  pipeline::Dataset out;
  for (int i = 0; i < count; ++i) out.clean.push_back(picture(i, height, width, channels));
  return out;
}

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = std::filesystem::path(testing::TempDir()) /
            ("aedenoise_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The message of the Error that `work` must throw.
inline std::string refusal(ErrorCode code, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

}  // namespace aedenoise::test
