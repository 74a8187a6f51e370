#include "core/threads.h"

#include <gtest/gtest.h>

namespace aedenoise::core {
namespace {

TEST(Threads, QuotaOfAContainerIsRoundedUpToCores) {
  EXPECT_EQ(cores_of_quota("200000 100000\n"), 2);
  EXPECT_EQ(cores_of_quota("150000 100000"), 2);
  EXPECT_EQ(cores_of_quota("10000 100000"), 1);
  EXPECT_EQ(cores_of_quota("max 100000"), 0);
  EXPECT_EQ(cores_of_quota(""), 0);
  EXPECT_EQ(cores_of_quota("100000 0"), 0);
}

TEST(Threads, AreAsManyAsWereAskedFor) {
  const int before = threads();
  set_threads(3);
  EXPECT_EQ(threads(), 3);
  set_threads(0);
  EXPECT_GE(threads(), 1);
  set_threads(before);
}

}  // namespace
}  // namespace aedenoise::core
