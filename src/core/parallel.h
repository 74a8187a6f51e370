// A loop over independent parts on all threads.
#pragma once

#include <cstddef>
#include <exception>

namespace aedenoise::core {

// Calls work(i) for every i below `count`, in any order; what one throws is thrown afterwards. For loops
// whose bodies can throw, as all that take memory do: an exception must not leave an OpenMP region.
template <typename Work>
void parallel_for(std::size_t count, Work work, bool parallel = true) {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic) if (parallel)
  for (std::size_t i = 0; i < count; ++i) {
    try {
      work(i);
    } catch (...) {
#pragma omp critical
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace aedenoise::core
