#include "report/table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace aedenoise::report {
namespace {

TEST(Table, AlignsNumbersRightAndNamesLeft) {
  Table table({"<image", "dB"});
  table.row({"a.png", "9.50"});
  table.rule();
  table.row({"caf\u00e9.png", "30.12"});
  EXPECT_EQ(table.text(),
            "image        dB\n"
            "a.png      9.50\n"
            "---------------\n"
            "caf\u00e9.png  30.12\n");
}

TEST(Table, NumbersForPeople) {
  EXPECT_EQ(fixed(1.005, 1), "1.0");
  EXPECT_EQ(fixed(INFINITY, 2), "inf");
  EXPECT_EQ(fixed(NAN, 2), "-");
  EXPECT_EQ(short_count(512), "512");
  EXPECT_EQ(short_count(61100), "61.1 k");
  EXPECT_EQ(short_count(1.5e6), "1.50 M");
  EXPECT_EQ(bytes_text(1536), "1.5 kB");
  EXPECT_EQ(bytes_text(60.0 * 1024 * 1024), "60.0 MB");
}

}  // namespace
}  // namespace aedenoise::report
