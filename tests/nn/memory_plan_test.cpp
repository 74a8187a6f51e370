#include "nn/memory_plan.h"

#include <gtest/gtest.h>

#include <random>

namespace aedenoise::nn {
namespace {

bool alive_together(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

TEST(MemoryPlan, BuffersAliveTogetherNeverOverlap) {
  std::mt19937 random(1);
  const auto below = [&](unsigned bound) { return static_cast<int>(random() % bound); };
  for (int round = 0; round < 300; ++round) {
    std::vector<Lifetime> lives(static_cast<std::size_t>(1 + below(40)));
    for (Lifetime& life : lives) {
      const int first = below(30);
      life = {static_cast<std::size_t>(below(5) == 0 ? 0 : below(5000)), first, first + below(10)};
    }
    const MemoryPlan plan = plan_memory(lives);
    ASSERT_EQ(plan.offsets.size(), lives.size());
    std::size_t sum = 0;
    for (std::size_t i = 0; i < lives.size(); ++i) {
      sum += (lives[i].bytes + 63) / 64 * 64;
      EXPECT_EQ(plan.offsets[i] % 64, 0U);
      EXPECT_LE(plan.offsets[i] + lives[i].bytes, plan.bytes);
      for (std::size_t k = 0; k < i; ++k) {
        const bool apart = plan.offsets[i] + lives[i].bytes <= plan.offsets[k] ||
                           plan.offsets[k] + lives[k].bytes <= plan.offsets[i];
        const bool empty = lives[i].bytes == 0 || lives[k].bytes == 0;
        EXPECT_TRUE(apart || empty || !alive_together(lives[i], lives[k]))
            << "round " << round << ": " << i << ", " << k;
      }
    }
    EXPECT_LE(plan.bytes, sum);
    for (int step = 0; step < 40; ++step) {  // what is alive at one time needs room at least
      std::size_t alive = 0;
      for (const Lifetime& life : lives) alive += life.first <= step && step <= life.last ? life.bytes : 0;
      EXPECT_GE(plan.bytes, alive);
    }
  }
}

TEST(MemoryPlan, AChainNeedsTwoBuffers) {
  std::vector<Lifetime> lives;
  for (int i = 0; i < 20; ++i) lives.push_back({640, i, i + 1});
  EXPECT_EQ(plan_memory(lives).bytes, 1280U);
  EXPECT_EQ(plan_memory({}).bytes, 0U);
}

}  // namespace
}  // namespace aedenoise::nn
