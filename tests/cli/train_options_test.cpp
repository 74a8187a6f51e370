#include "cli/train_options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "model/architecture.h"

namespace aedenoise::cli {
namespace {

bool is_option(const std::string& name) {
  return std::ranges::any_of(train_option_table(), [&](const Option& option) { return name == option.name; });
}

TEST(TrainOptions, WhatKindsKnowAreOptions) {
  for (const model::Family* family : model::families()) {
    std::istringstream settings(family->settings());
    std::string name;
    int count = 0;
    while (settings >> name) {
      EXPECT_TRUE(is_option(name)) << family->name() << " knows " << name;
      EXPECT_TRUE(family->knows(name));
      ++count;
    }
    EXPECT_GE(count, 6) << family->name();
    EXPECT_FALSE(family->knows("steps")) << "every kind does";
    EXPECT_FALSE(family->knows("nois")) << "a part of a name";
  }
}

}  // namespace
}  // namespace aedenoise::cli
