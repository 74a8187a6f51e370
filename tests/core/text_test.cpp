#include "core/text.h"

#include <gtest/gtest.h>

namespace aedenoise::core {
namespace {

TEST(Text, NumbersKeepSignificantDigitsOnly) {
  EXPECT_EQ(significant(12.0), "12");
  EXPECT_EQ(significant(0.0123456), "0.01235");
  EXPECT_EQ(significant(1.5e9), "1.5e+09");
  EXPECT_EQ(significant(2.0 / 3.0, 2), "0.67");
}

}  // namespace
}  // namespace aedenoise::core
