// The one place that decides how many threads aedenoise uses.
#pragma once

#include <functional>

namespace aedenoise::core {

// Sets the number of OpenMP threads; 0 means one per core this process may run on. Modules that bring their
// own thread pools (OpenCV, ITK) read threads() when they are loaded.
void set_threads(int count);

// The number in force, at least 1.
int threads();

}  // namespace aedenoise::core
