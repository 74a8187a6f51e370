#include "core/threads.h"

#include <omp.h>

#include <algorithm>

namespace aedenoise::core {

void set_threads(int count) { omp_set_num_threads(count > 0 ? count : omp_get_num_procs()); }

int threads() { return std::max(1, omp_get_max_threads()); }

}  // namespace aedenoise::core
