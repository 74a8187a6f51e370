// How this folder's own convolutions share their work among threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "onednn/aligned.h"

namespace aedenoise::onednn {

inline std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// visit(thread, i) for i from 0 to count - 1; a thread's share lies together, so that sums are the same in
// every run.
template <typename Visit>
void share_out(std::int64_t threads, std::int64_t count, Visit visit) {
#pragma omp parallel for schedule(static) num_threads(static_cast <int>(threads))
  for (std::int64_t thread = 0; thread < threads; ++thread) {
    for (std::int64_t i = thread * count / threads; i < (thread + 1) * count / threads; ++i) visit(thread, i);
  }
}

// The same, but whichever thread is free goes on with the next i: for results that do not depend on who
// computes them. Threads are seldom equally fast: cores differ, are shared with others, or are halves of one.
template <typename Visit>
void share_out_freely(std::int64_t threads, std::int64_t count, Visit visit) {
#pragma omp parallel for schedule(dynamic) num_threads(static_cast <int>(threads))
  for (std::int64_t i = 0; i < count; ++i) visit(static_cast<std::int64_t>(omp_get_thread_num()), i);
}

// A sum of `count` values that each thread adds to by itself, one after the other in a scratch.
class ThreadSums {
 public:
  ThreadSums(std::int64_t count, std::int64_t threads) : count_(count), threads_(threads) {}

  std::size_t bytes() const { return stride() * static_cast<std::size_t>(threads_); }
  float* of(std::int64_t thread, void* scratch) const {
    return reinterpret_cast<float*>(static_cast<std::uint8_t*>(scratch) +
                                    stride() * static_cast<std::size_t>(thread));
  }
  void clear(void* scratch) const {
#pragma omp parallel for schedule(static)
    for (std::int64_t thread = 0; thread < threads_; ++thread) std::fill_n(of(thread, scratch), count_, 0.0F);
  }
  // All threads' sums together, where the first one's was.
  const float* total(void* scratch) const {
    float* total = of(0, scratch);
    for (std::int64_t thread = 1; thread < threads_; ++thread) {
      const float* sum = of(thread, scratch);
#pragma omp parallel for simd schedule(static)
      for (std::int64_t i = 0; i < count_; ++i) total[i] += sum[i];
    }
    return total;
  }

 private:
  std::size_t stride() const { return aligned(static_cast<std::size_t>(count_) * sizeof(float)); }

  std::int64_t count_;
  std::int64_t threads_;
};

}  // namespace aedenoise::onednn
