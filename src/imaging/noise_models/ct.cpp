#include <algorithm>
#include <cmath>
#include <functional>

#include "aedenoise/error.h"
#include "imaging/noise_models/noise_models.h"
#include "imaging/tomography.h"

namespace aedenoise::imaging {
namespace {

constexpr double kWater = 0.0192;      // attenuation per millimetre at 70 keV, the mean of 120 kV
constexpr float kBody = -300.0F;       // HU from which a pixel is body, lungs left out
constexpr double kUsualKernel = 0.72;  // periods per millimetre at which a standard kernel ends
constexpr double kFinest = 1.5;        // of half a period per pixel, for large pixels
constexpr double kCoarsest = 0.4;      // for small ones
constexpr int kViews = 480;            // over half a turn

// Attenuation per pixel; what is less dense than air, padding included, attenuates nothing.
std::vector<float> attenuation(const HounsfieldSlice& slice) {
  const auto per_pixel = static_cast<float>(kWater * slice.spacing);
  std::vector<float> out(slice.values.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float density = 1.0F + 0.001F * slice.values[i];
    out[i] = density > 0.0F && std::isfinite(density) ? density * per_pixel : 0.0F;
  }
  return out;
}

// Standard deviations of line integrals, up to a factor in each view that makes the thickest part's 1.
std::vector<float> ray_deviations(std::vector<float> rays, const ParallelBeam& beam) {
  for (int view = 0; view < beam.views; ++view) {
    const std::size_t start = static_cast<std::size_t>(view) * static_cast<std::size_t>(beam.bins);
    const std::span<float> bins = std::span(rays).subspan(start, static_cast<std::size_t>(beam.bins));
    const float thickest = std::ranges::max(bins);
    for (float& value : bins) value = std::exp(0.5F * (value - thickest));
  }
  return rays;
}

// Root mean square over the body, over all where there is none.
double level_in_body(const std::vector<float>& field, std::span<const float> slice) {
  double sum = 0.0, body_sum = 0.0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const double square = static_cast<double>(field[i]) * static_cast<double>(field[i]);
    sum += square;
    if (!(slice[i] >= kBody)) continue;
    body_sum += square;
    ++count;
  }
  return count > 0 ? std::sqrt(body_sum / static_cast<double>(count))
                   : std::sqrt(sum / static_cast<double>(field.size()));
}

// Photons are counted behind the patient: with N expected in a bin, the logarithm of their number has the
// variance 1 / N where N is large (Poisson), and N falls as exp(-line integral). The slice is reconstructed
// from such projections by filtered back-projection, which is linear, so that only the noise needs to be, and
// its strength is that of the source: proportional to 1 / sqrt(photons sent), or dose. Automatic exposure: in
// every view as many photons arrive behind the thickest part, and all slices have one level. (Of a chest CT
// this gives the variation over the slice that its own noise has, which a source of constant strength does
// not.) Parallel beams, one energy, no scatter, no bowtie filter, no electronic noise.
class Ct final : public NoiseModel, public SliceNoise {
 public:
  const char* name() const override { return "ct"; }
  bool is_additive() const override { return true; }
  float largest_deviation() const override { return kLargestNormal; }

  void corrupt(std::span<float> /*values*/, float /*level*/, float /*peak*/,
               core::Rng& /*rng*/) const override {
    throw Error(ErrorCode::usage, "noise of kind ct is made from whole CT slices, not from single samples");
  }

  float standard_deviation(float /*x*/, float level, float /*peak*/) const override {
    return std::max(level, 0.0F);
  }

  const SliceNoise* of_slices() const override { return this; }

  std::vector<std::vector<float>> unit_fields(const HounsfieldSlice& slice, std::span<const double> sharpness,
                                              core::Rng& rng) const override {
    const ParallelBeam beam(slice.height, slice.width, kViews);
    const std::vector<float> deviations = ray_deviations(project(attenuation(slice), beam), beam);
    const double kernel = std::clamp(2.0 * kUsualKernel * slice.spacing, kCoarsest, kFinest);
    std::vector<float> rays(deviations.size());
    std::vector<std::vector<float>> out;
    for (const double fineness : sharpness) {
      rng.fill_normal(rays.data(), static_cast<std::int64_t>(rays.size()));
      std::ranges::transform(rays, deviations, rays.begin(), std::multiplies<>());
      out.push_back(back_project(rays, beam, kernel * fineness));
      const auto factor = static_cast<float>(1.0 / level_in_body(out.back(), slice.values));
      for (float& value : out.back()) value *= factor;
    }
    return out;
  }
};

}  // namespace

const NoiseModel& ct_noise() {
  static const Ct model;
  return model;
}

}  // namespace aedenoise::imaging
