// Places buffers with known lifetimes in one block so that those never alive together share memory.
#pragma once

#include <cstddef>
#include <vector>

namespace aedenoise::nn {

struct Lifetime {
  std::size_t bytes = 0;
  int first = 0;  // first step that writes it
  int last = 0;   // last step that reads it
};

struct MemoryPlan {
  std::vector<std::size_t> offsets;  // one per lifetime, 64-byte aligned
  std::size_t bytes = 0;             // of the block
};

// Largest first, each at the lowest offset that is free for its whole life.
MemoryPlan plan_memory(const std::vector<Lifetime>& lifetimes);

}  // namespace aedenoise::nn
