// A loop over independent parts on all threads.
#pragma once

#include <cstddef>
#include <exception>

namespace aedenoise::codec {

// Calls work(i) for every i below `count`, in any order; what one throws is thrown afterwards.
template <typename Work>
void parallel_for(std::size_t count, Work work) {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic)
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

}  // namespace aedenoise::codec
