#include "core/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace aedenoise::core {
namespace {

TEST(Text, NumbersKeepSignificantDigitsOnly) {
  EXPECT_EQ(significant(12.0), "12");
  EXPECT_EQ(significant(0.0123456), "0.01235");
  EXPECT_EQ(significant(1.5e9), "1.5e+09");
  EXPECT_EQ(significant(2.0 / 3.0, 2), "0.67");
}

TEST(Text, ShapesWithAndWithoutTheirSamples) {
  const std::vector<std::int64_t> shape{60, 28, 28};
  EXPECT_EQ(dims_text(shape), "28x28");
  EXPECT_EQ(sizes_text(shape), "60 x 28 x 28");
  EXPECT_EQ(sizes_text(std::vector<std::int64_t>{}), "");
}

TEST(Text, WordsAreTrimmedAndLowered) {
  EXPECT_EQ(lower("NIfTI-1"), "nifti-1");
  EXPECT_EQ(lower("\xC3\x84"), "\xC3\x84") << "ASCII alone";
  EXPECT_EQ(trimmed(" \t a b\r"), "a b");
  EXPECT_EQ(trimmed(" \r "), "");
  EXPECT_EQ(trimmed("/a/", "/"), "a");
}

TEST(Text, NumbersAreAllOfTheText) {
  EXPECT_EQ(number_of<int>("42"), 42);
  EXPECT_EQ(number_of<double>("-1.5e3"), -1500.0);
  for (const char* text : {"", "4 2", "42x", " 42", "99999999999"})
    EXPECT_FALSE(number_of<int>(text)) << text;
}

}  // namespace
}  // namespace aedenoise::core
