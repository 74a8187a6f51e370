#include "pipeline/stabilise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/suggest.h"
#include "imaging/estimate.h"
#include "imaging/noise.h"
#include "imaging/noise_floor.h"
#include "imaging/vst.h"

namespace aedenoise::pipeline {
namespace {

struct KindName {
  NoiseKind kind;
  const char* name;
};

constexpr std::array kKindNames{
    KindName{NoiseKind::automatic, "auto"},  KindName{NoiseKind::gaussian, "gaussian"},
    KindName{NoiseKind::poisson, "poisson"}, KindName{NoiseKind::poisson_gaussian, "poisson-gaussian"},
    KindName{NoiseKind::rician, "rician"},   KindName{NoiseKind::ct, "ct"}};

imaging::PoissonGaussian poisson_of(const NoiseAssumption& noise) {
  if (noise.photons) return *noise.photons;
  const bool read = noise.kind == NoiseKind::poisson_gaussian;
  return {noise.sigma * noise.sigma / noise.peak,
          read ? static_cast<double>(imaging::kReadShare) * noise.sigma : 0.0};
}

}  // namespace

std::optional<NoiseKind> find_noise_kind(const std::string& name) {
  const auto found = std::ranges::find(kKindNames, name, &KindName::name);
  return found != kKindNames.end() ? std::optional(found->kind) : std::nullopt;
}

NoiseKind noise_kind(const std::string& name) {
  if (const auto kind = find_noise_kind(name)) return *kind;
  std::vector<std::string> known;
  for (const KindName& entry : kKindNames) known.emplace_back(entry.name);
  throw Error(ErrorCode::usage, core::unknown_name("noise model", name, known));
}

std::string name_of(NoiseKind kind) { return std::ranges::find(kKindNames, kind, &KindName::kind)->name; }

bool needs_stabilising(NoiseKind kind) {
  return kind == NoiseKind::poisson || kind == NoiseKind::poisson_gaussian || kind == NoiseKind::rician;
}

void stabilise(Image& image, const NoiseAssumption& noise) {
  if (noise.kind == NoiseKind::rician) {
    imaging::stabilise_rician(image, noise.sigma);
  } else {
    imaging::anscombe(image, poisson_of(noise));
  }
}

void unstabilise(Image& image, const NoiseAssumption& noise) {
  if (noise.kind == NoiseKind::rician) {
    imaging::inverse_stabilise_rician(image, noise.sigma);
  } else {
    imaging::inverse_anscombe(image, poisson_of(noise));
  }
}

NoiseAssumption photon_noise(const imaging::AffineNoise& line, double darkest, double peak) {
  imaging::PoissonGaussian photons;
  photons.gain = line.slope;
  photons.read_sigma = std::sqrt(std::max(0.0, line.intercept));
  photons.pedestal = std::min(std::max(0.0, -line.intercept) / line.slope, std::max(0.0, darkest));
  return {NoiseKind::poisson_gaussian, std::sqrt(line.at(peak)), peak, photons};
}

double estimate_level(const Image& image, NoiseKind kind, double peak) {
  constexpr int kRounds = 8;
  constexpr double kTolerance = 0.01;
  if (kind == NoiseKind::rician) {
    if (const auto floor = imaging::rayleigh_floor(image)) return *floor;
  }
  double sigma = imaging::estimate_sigma(image);
  if (!needs_stabilising(kind)) return sigma;
  // A stabilised image's noise measures about (true level / assumed level), so the ratio corrects the
  // assumption.
  Image stabilised;
  for (int round = 0; round < kRounds && sigma > 0.0; ++round) {
    stabilised = image;
    stabilise(stabilised, {kind, sigma, peak, {}});
    const double ratio = imaging::estimate_sigma(stabilised);
    sigma *= ratio;
    if (std::abs(ratio - 1.0) < kTolerance) break;
  }
  return sigma;
}

}  // namespace aedenoise::pipeline
