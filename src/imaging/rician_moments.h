// Mean and standard deviation of Rician data: magnitudes of a complex signal with Gaussian noise in both
// components.
#pragma once

namespace aedenoise::imaging {

struct RicianMoments {
  double mean = 0.0;
  double deviation = 0.0;
};

// Of sqrt((nu + n1)^2 + n2^2) with n1, n2 standard normal; `nu` >= 0. Scale by sigma for other noise levels.
// Rice, Bell System Technical Journal 24, 1945, equation 3.10-12.
RicianMoments rician_moments(double nu);

}  // namespace aedenoise::imaging
