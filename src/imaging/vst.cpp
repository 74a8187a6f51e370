#include "imaging/vst.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "aedenoise/error.h"
#include "imaging/rician_stabiliser.h"

namespace aedenoise::imaging {
namespace {

template <typename Function>
void transform_values(Image& image, Function function) {
  const auto count = static_cast<std::int64_t>(image.values.size());
  float* values = image.values.data();
#pragma omp parallel for schedule(static) if (count > (1 << 16))
  for (std::int64_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(function(static_cast<double>(values[i])));
}

void require_valid(const PoissonGaussian& noise) {
  if (!(noise.gain > 0.0) || !(noise.read_sigma >= 0.0)) {
    throw Error(ErrorCode::usage,
                "Poisson-Gaussian noise needs a gain above 0 and a read noise of at least 0");
  }
}

void require_valid(double sigma) {
  if (!(sigma > 0.0)) throw Error(ErrorCode::usage, "Rician noise needs a sigma above 0");
}

}  // namespace

void anscombe(Image& image, const PoissonGaussian& noise) {
  require_valid(noise);
  const double offset =
      0.375 * noise.gain * noise.gain + noise.read_sigma * noise.read_sigma - noise.gain * noise.pedestal;
  transform_values(
      image, [&](double z) { return 2.0 / noise.gain * std::sqrt(std::max(0.0, noise.gain * z + offset)); });
}

void inverse_anscombe(Image& image, const PoissonGaussian& noise) {
  require_valid(noise);
  const double read = noise.read_sigma / noise.gain;
  const double lowest = 2.0 * std::sqrt(0.375);  // what 0 photons become without read noise
  const double root = std::sqrt(1.5);
  transform_values(image, [&](double d) {
    if (d <= lowest) return noise.pedestal;
    const double r = 1.0 / d;
    const double photons =
        0.25 * d * d - 0.125 + r * (0.25 * root - r * (1.375 - r * 0.625 * root)) - read * read;
    return noise.pedestal + noise.gain * std::max(0.0, photons);
  });
}

void stabilise_rician(Image& image, double sigma) {
  require_valid(sigma);
  const RicianStabiliser& stabiliser = RicianStabiliser::instance();
  transform_values(image, [&](double z) { return stabiliser.forward(z / sigma); });
}

void inverse_stabilise_rician(Image& image, double sigma) {
  require_valid(sigma);
  const RicianStabiliser& stabiliser = RicianStabiliser::instance();
  transform_values(image, [&](double d) { return sigma * stabiliser.inverse(d); });
}

}  // namespace aedenoise::imaging
