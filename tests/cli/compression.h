// What tests of compress and decompress share: one picture, coded and decoded by the program.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "cli/program.h"

namespace aedenoise::cli_tests {

class CompressionTest : public testing::Test {
 protected:
  // `always`: options of every compress.
  explicit CompressionTest(Words always = {}) : always_(std::move(always)) {
    box_.write_image("in.png", 1, 96, 80, 4.0);
  }

  // in.png becomes out.aedz, which becomes back.png.
  Outcome pack(const Words& options) const {
    return box_.run(joined({"compress", "in.png", "-o", "out.aedz", "-f"}, joined(always_, options)));
  }
  Outcome unpack(const Words& options = {}) const {
    return box_.run(joined({"decompress", "out.aedz", "-o", "back.png", "-f"}, options));
  }

  // The same files for one and two threads and with oneDNN limited to each of the instruction sets.
  void expect_same_bytes(const Words& options, std::initializer_list<const char*> isas) const {
    std::string bytes;
    std::string picture;
    for (const char* isa : isas) {
      setenv("ONEDNN_MAX_CPU_ISA", isa, 1);
      for (const char* threads : {"1", "2"}) {
        ASSERT_EQ(pack(joined(options, {"-j", threads})).code, 0);
        ASSERT_EQ(unpack({"-j", threads}).code, 0);
        if (bytes.empty()) bytes = box_.read("out.aedz");
        if (picture.empty()) picture = box_.read("back.png");
        EXPECT_EQ(box_.read("out.aedz"), bytes) << isa << " " << threads;
        EXPECT_EQ(box_.read("back.png"), picture) << isa << " " << threads;
      }
    }
    unsetenv("ONEDNN_MAX_CPU_ISA");
  }

  Sandbox box_;

 private:
  Words always_;
};

}  // namespace aedenoise::cli_tests
