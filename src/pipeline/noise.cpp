#include "pipeline/noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "core/text.h"
#include "imaging/drawing.h"
#include "imaging/estimate.h"
#include "imaging/tissue_noise.h"
#include "io/luma_chroma.h"
#include "pipeline/normalise.h"
#include "pipeline/scans.h"

namespace aedenoise::pipeline {
namespace {

std::string describe(const imaging::PoissonGaussian& photons) {
  std::string text = "the noise grows with the signal: variance " + core::significant(photons.gain) +
                     " x (value - " + core::significant(photons.pedestal) + ")";
  if (photons.read_sigma > 0.0) text += " + " + core::significant(photons.read_sigma) + "^2";
  return text;
}

// Whether the noise of a scan may be that of counts, as in volumes of microscopes and in PET.
bool counts_photons(const Image& image, NoiseKind assumed) {
  return assumed == NoiseKind::gaussian &&
         (image.modality == Modality::other || image.modality == Modality::pt);
}

double mean(const Image& image) {
  double total = 0.0;
  for (const float value : image.values) total += static_cast<double>(value);
  return total / static_cast<double>(image.values.size());
}

// Where colours have a lower resolution their noise is no longer white, and brightness alone tells of it: of
// equal noise in red, green and blue it has this share.
double level_by_brightness(const Image& image) {
  using Of = io::LumaChroma;
  const double share = std::sqrt(Of::kRed * Of::kRed + Of::kGreen * Of::kGreen + Of::kBlue * Of::kBlue);
  Image brightness = empty_like(image);
  brightness.channels = 1;
  brightness.values.resize(brightness.size());
  const std::array planes{image.plane(0), image.plane(1), image.plane(2)};
  for (std::size_t i = 0; i < brightness.values.size(); ++i) {
    brightness.values[i] =
        static_cast<float>(io::luma(static_cast<double>(planes[0][i]), static_cast<double>(planes[1][i]),
                                    static_cast<double>(planes[2][i])));
  }
  return imaging::estimate_sigma(brightness) / share;
}

// Colours of half the resolution.
bool lowers_colours(const Image& image) { return image.subsampled && image.channels == 3; }

double level_of(const Image& image, const NoiseAssumption& noise, const Image& as_read) {
  if (noise.kind == NoiseKind::gaussian && lowers_colours(image)) return level_by_brightness(image);
  // As read, for what fills padding is as flat as tissue.
  if (noise.kind == NoiseKind::ct) return imaging::estimate_tissue_noise(as_read);
  return estimate_level(image, noise.kind, noise.peak);
}

void note_level(const Image& image, SettledNoise& out) {
  if (!(out.noise.sigma > 0.0)) {
    out.notes.emplace_back(imaging::is_drawn(image) ? "the picture looks drawn, as screenshots and diagrams "
                                                      "are, and its noise was taken as 0; give the "
                                                      "level (sigma) if it has some"
                                                    : "the image is too small or too uniform to estimate its "
                                                      "noise, which was taken as 0; give the level "
                                                      "(sigma)");
  }
  if (!is_scan(image) || image.channels != 1 || out.noise.kind == NoiseKind::ct) return;
  std::string note = interpolation_note(image, out.noise.sigma);
  if (!note.empty()) out.notes.push_back(std::move(note));
}

}  // namespace

SettledNoise settle_noise(const DenoiseOptions& options, const Image& image, const Image* noise_map,
                          const Image& as_read) {
  SettledNoise out;
  out.noise.kind = options.noise == NoiseKind::automatic ? NoiseKind::gaussian : options.noise;
  const bool scan = options.noise == NoiseKind::automatic && noise_map == nullptr && is_scan(image);
  std::string reason;
  if (scan) {
    ScanNoise found = scan_noise(image);
    out.noise.kind = found.kind;
    reason = std::move(found.reason);
  }
  out.noise.peak = full_scale(image);
  if (options.noise == NoiseKind::rician &&
      std::ranges::any_of(image.values, [](float value) { return value < 0.0F; })) {
    out.notes.emplace_back(
        "some values are negative, as no magnitudes are: Rician noise does not describe them");
  }
  // Only where nobody said what the noise is, nor the modality.
  const bool open = options.noise == NoiseKind::automatic ? !scan || counts_photons(image, out.noise.kind)
                                                          : options.noise == NoiseKind::poisson_gaussian;
  const bool estimates = open && noise_map == nullptr && !options.sigma;
  const auto found = estimates ? imaging::estimate_noise(image) : imaging::NoiseEstimate{};
  if (!reason.empty() && !found.dependence) out.notes.push_back(std::move(reason));
  if (noise_map != nullptr) {
    out.noise.sigma = mean(*noise_map);
    if (image.modality == Modality::ct || image.modality == Modality::mr) {
      out.notes.emplace_back(
          "the noise map was taken for that of Gaussian noise, without what is special about CT's and MR's");
    }
    return out;
  }
  if (options.sigma) {
    out.noise.sigma = *options.sigma;
    return out;
  }
  out.estimated = true;
  if (found.dependence) {
    out.noise = photon_noise(*found.dependence, found.darkest, out.noise.peak);
    out.notes.push_back(describe(*out.noise.photons));
    return out;
  }
  out.noise.sigma = out.noise.kind == NoiseKind::gaussian && open && !lowers_colours(image)
                        ? found.sigma
                        : level_of(image, out.noise, as_read);
  note_level(image, out);
  return out;
}

}  // namespace aedenoise::pipeline
