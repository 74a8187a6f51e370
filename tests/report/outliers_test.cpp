#include "report/outliers.h"

#include <gtest/gtest.h>

#include <cmath>

namespace aedenoise::report {
namespace {

Outliers make() { return Outliers({{"level", true, 0.1}, {"shift", false, 0.5}}); }

TEST(Outliers, TheFarthestMeasureIsNamed) {
  Outliers outliers = make();
  for (int i = 0; i < 21; ++i) outliers.add({10.0 * std::exp(0.2 * (i - 10) / 10.0), 0.1 * i});
  const auto ordinary = outliers.score({10.0, 1.0});
  EXPECT_LT(ordinary.distance, 0.1);
  // Logarithms lie evenly within 0.2 of the median, so half are within 0.1: a deviation of 0.148.
  const auto strong = outliers.score({20.0, 1.0});
  EXPECT_NEAR(strong.distance, std::log(2.0) / 0.148, 0.2);
  EXPECT_EQ(strong.reason, "level, high");
  EXPECT_NEAR(outliers.score({5.0, 1.0}).distance, strong.distance, 1e-9);  // ratios matter
  EXPECT_EQ(outliers.score({10.0, -9.0}).reason, "shift, low");
}

TEST(Outliers, SmallDifferencesAreNothingUnusual) {
  Outliers outliers = make();
  for (int i = 0; i < 9; ++i) outliers.add({10.0, 0.0});
  EXPECT_NEAR(outliers.score({10.0, 0.25}).distance, 0.5, 1e-9);
}

TEST(Outliers, NothingIsUnusualAmongFewOrWithoutFigures) {
  Outliers outliers = make();
  for (int i = 0; i < 4; ++i) outliers.add({1.0 + i, 0.0});
  EXPECT_EQ(outliers.score({1000.0, 1000.0}).distance, 0.0);
  for (int i = 0; i < 4; ++i) outliers.add({1.0 + i, NAN});
  const auto score = outliers.score({0.0, NAN});  // no logarithm, no number
  EXPECT_EQ(score.distance, 0.0);
  EXPECT_EQ(score.reason, "");
}

}  // namespace
}  // namespace aedenoise::report
