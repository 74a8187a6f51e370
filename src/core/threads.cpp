#include "core/threads.h"

#include <omp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

namespace aedenoise::core {
namespace {

// Interruptions: measured were 30 to 50 a second of CPU time on two idle cores, 160 to 280 beside busy
// processes.
constexpr double kOften = 100.0;
constexpr long kEnoughToTell = 50;

std::atomic<bool> watches{false};

bool is_interrupted() {
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) != 0 || used.ru_nivcsw < kEnoughToTell) return false;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return static_cast<double>(used.ru_nivcsw) > kOften * (seconds(used.ru_utime) + seconds(used.ru_stime));
}

// libgomp reads how long to wait (GOMP_SPINCOUNT) when it is loaded, but takes the shorter of two times where
// it has more threads than there are cores. These two stay asleep.
void add_idle_threads() {
  std::thread([] {
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::atomic<int> started{0};
#pragma omp parallel num_threads(2)
    started.fetch_add(1, std::memory_order_relaxed);
    for (;;) pause();
  }).detach();
}

}  // namespace

int cores_of_quota(const std::string& cpu_max) {
  std::istringstream text(cpu_max);
  double quota = 0.0;
  double period = 0.0;
  if (!(text >> quota >> period) || !(quota > 0.0) || !(period > 0.0)) return 0;
  return static_cast<int>(std::min(std::ceil(quota / period), 1e6));
}

void set_threads(int count) {
  if (count == 0) {
    count = omp_get_num_procs();
    std::string cpu_max;
    std::getline(std::ifstream("/sys/fs/cgroup/cpu.max"), cpu_max);  // of version 2, a container's own
    if (const int cores = cores_of_quota(cpu_max)) count = std::min(count, cores);
  }
  omp_set_num_threads(count);
}

int threads() { return std::max(1, omp_get_max_threads()); }

void allow_short_waits() { watches = true; }

void notice_contention() {
  if (watches.load(std::memory_order_relaxed) && is_interrupted() && watches.exchange(false))
    add_idle_threads();
}

}  // namespace aedenoise::core
