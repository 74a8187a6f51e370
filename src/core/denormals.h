// Numbers too small for a float's exponent, which CPUs compute with many times as slowly.
#pragma once

namespace aedenoise::core {

// While one lives, this thread and the OpenMP threads of its parallel regions take denormal floats for zero
// and make none. What training decays without end (the moments of weights that get no gradient) ends in such
// numbers after some thousand steps: on an Intel CPU those then took four times as long. Not for values of
// files, which may be denormal.
class DenormalsFlushed {
 public:
  DenormalsFlushed();
  ~DenormalsFlushed();
  DenormalsFlushed(const DenormalsFlushed&) = delete;
  DenormalsFlushed& operator=(const DenormalsFlushed&) = delete;

 private:
  unsigned before_;
};

}  // namespace aedenoise::core
