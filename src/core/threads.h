// The one place that decides how many threads aedenoise uses, and how they wait for one another.
#pragma once

#include <string>

namespace aedenoise::core {

// Sets the number of OpenMP threads; 0 means one per core this process may run on, or fewer where a container
// may use no more (cores_of_quota()). Modules that bring their own thread pools (OpenCV, ITK) read threads()
// when they are loaded.
void set_threads(int count);

// Cores that a control group's cpu.max ("200000 100000": microseconds of CPU time in so many of the clock's)
// amounts to, rounded up; 0 for no limit ("max 100000").
int cores_of_quota(const std::string& cpu_max);

// The number in force, at least 1.
int threads();

// libgomp's threads wait by keeping their core busy for a millisecond, which is right where they have cores
// of their own; among other busy processes they spend their turns on waiting for a thread that waits for its
// own. For a program that calls the first of these, the second looks whether others interrupt it; if so, its
// threads from then on wait for a few microseconds and then sleep. To be called now and then while they work.
void allow_short_waits();
void notice_contention();

}  // namespace aedenoise::core
