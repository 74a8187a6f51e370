// Denormal floats are zero where that was asked for, on every thread, and nowhere else.
#include "core/denormals.h"

#include <gtest/gtest.h>

#include <atomic>

#include "core/threads.h"

namespace aedenoise::core {
namespace {

// How many threads make a number of a denormal result and of denormal sources.
int threads_with_denormals() {
  std::atomic<int> count{0};
#pragma omp parallel
  {
    volatile float small = 1e-30F;
    volatile float smaller = small * 1e-10F;  // 1e-40
    volatile float back = smaller * 1e10F;
    if (smaller != 0.0F && back > 0.0F) ++count;
  }
  return count;
}

TEST(Denormals, AreZeroOnEveryThreadWhileFlushed) {
  set_threads(2);
  EXPECT_EQ(threads_with_denormals(), 2);
  {
    const DenormalsFlushed flushed;
    EXPECT_EQ(threads_with_denormals(), 0);
    set_threads(3);  // one thread more than there were
    EXPECT_EQ(threads_with_denormals(), 0);
  }
  EXPECT_EQ(threads_with_denormals(), 3);
  set_threads(1);
}

}  // namespace
}  // namespace aedenoise::core
