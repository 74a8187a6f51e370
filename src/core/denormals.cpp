#include "core/denormals.h"

#include <xmmintrin.h>

namespace aedenoise::core {
namespace {

constexpr unsigned kFlushResults = 0x8000;
constexpr unsigned kSourcesAreZero = 0x0040;

// A thread that joins later inherits this from the one that starts it.
void set_everywhere(unsigned control) {
#pragma omp parallel
  _mm_setcsr(control);
}

}  // namespace

DenormalsFlushed::DenormalsFlushed() : before_(_mm_getcsr()) {
  set_everywhere(before_ | kFlushResults | kSourcesAreZero);
}

DenormalsFlushed::~DenormalsFlushed() { set_everywhere(before_); }

}  // namespace aedenoise::core
