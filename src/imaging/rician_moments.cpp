#include "imaging/rician_moments.h"

#include <cmath>
#include <numbers>

namespace aedenoise::imaging {
namespace {

constexpr double kSeriesFrom = 25.0;  // where three terms in 1 / nu^2 are exact to 1e-8

}  // namespace

RicianMoments rician_moments(double nu) {
  if (nu >= kSeriesFrom) {
    const double r = 1.0 / (nu * nu);
    return {nu * (1.0 + r * (0.5 + r * (0.125 + r * 0.1875))), std::sqrt(1.0 - 0.5 * r * (1.0 + r))};
  }
  const double t = 0.25 * nu * nu;
  const double bracket = (1.0 + 2.0 * t) * std::cyl_bessel_i(0.0, t) + 2.0 * t * std::cyl_bessel_i(1.0, t);
  const double mean = std::sqrt(0.5 * std::numbers::pi) * std::exp(-t) * bracket;
  return {mean, std::sqrt(2.0 + nu * nu - mean * mean)};
}

}  // namespace aedenoise::imaging
