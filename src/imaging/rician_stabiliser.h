// The tables behind the Rician variance-stabilising transform, for data in units of sigma.
#pragma once

#include <vector>

namespace aedenoise::imaging {

// A function f of the magnitude z such that f(z) has a standard deviation near 1 (0.976 to 1.041) whatever
// the underlying value nu, and the function that takes its mean back to nu. f is found numerically, as Foi
// (ISBI 2011) argues for low nu: starting from f(z) = z, f is replaced by g(f) where g' = 1 / deviation of f
// as a function of its mean, a few times; more rounds would flatten the deviation further but make the
// stabilised noise less Gaussian.
class RicianStabiliser {
 public:
  // Built at the first call, in some 20 ms.
  static const RicianStabiliser& instance();

  // `z` in units of sigma; negative counts as 0, which magnitudes cannot be below.
  double forward(double z) const;
  // nu with E[f(z)] = `mean`; 0 for means below that of pure noise.
  double inverse(double mean) const;

 private:
  RicianStabiliser();

  std::vector<double> forward_;  // f at z = 0, kStep, 2 kStep, ...
  std::vector<double> means_;    // E[f] at nu = 0, kNuStep, 2 kNuStep, ...
};

}  // namespace aedenoise::imaging
