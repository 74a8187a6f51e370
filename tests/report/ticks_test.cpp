#include "report/ticks.h"

#include <gtest/gtest.h>

namespace aedenoise::report {
namespace {

using Labels = std::vector<std::string>;

TEST(Ticks, AreRoundAndWithinTheRange) {
  EXPECT_EQ(linear_ticks(0, 10, 5).labels, (Labels{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(linear_ticks(26.9, 30.1, 7).labels,
            (Labels{"27.0", "27.5", "28.0", "28.5", "29.0", "29.5", "30.0"}));
  EXPECT_EQ(linear_ticks(-0.3, 0.3, 3).labels, (Labels{"-0.2", "0.0", "0.2"}));
  EXPECT_EQ(linear_ticks(0, 20000, 5).labels, (Labels{"0", "5k", "10k", "15k", "20k"}));
  EXPECT_EQ(linear_ticks(0.011, 0.024, 3).labels, (Labels{"0.015", "0.020"}));
  EXPECT_EQ(linear_ticks(0, 2e-6, 2).labels, (Labels{"0", "1e-06", "2e-06"}));
}

TEST(Ticks, OfLogarithmicAxes) {
  EXPECT_EQ(logarithmic_ticks(0.015, 0.25, 7).labels, (Labels{"0.02", "0.05", "0.1", "0.2"}));
  EXPECT_EQ(logarithmic_ticks(0.5, 2e4, 6).labels, (Labels{"1", "10", "100", "1000", "10000"}));
  EXPECT_EQ(logarithmic_ticks(0.011, 0.019, 4).labels, (Labels{"0.012", "0.014", "0.016", "0.018"}));
}

TEST(Ticks, NeverTooMany) {
  for (const double high : {1.0, 1.7, 3.1, 9.9, 123.4, 5e7}) {
    for (const int wanted : {1, 4, 9}) {
      const std::size_t count = linear_ticks(0, high, wanted).values.size();
      EXPECT_GE(count, 1U);
      EXPECT_LE(count, static_cast<std::size_t>(wanted) + 1) << high;
    }
  }
}

}  // namespace
}  // namespace aedenoise::report
