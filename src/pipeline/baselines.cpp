#include "pipeline/baselines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "aedenoise/error.h"
#include "core/module.h"
#include "core/suggest.h"
#include "core/threads.h"
#include "pipeline/baselines_module.h"

namespace aedenoise::pipeline {
namespace {

struct FilterLevel {
  double sigma = 0.0;
  double relative = 0.0;  // on an 8-bit scale
};

struct Baseline {
  const char* name;
  void (*run)(const BaselineFilters& filters, Image& image, const FilterLevel& level);
};

constexpr std::array<Baseline, 4> kBaselines{{
    {"nlm",
     [](const BaselineFilters& f, Image& image, const FilterLevel& level) { f.nlm(image, level.sigma); }},
    {"median", [](const BaselineFilters& f, Image& image,
                  const FilterLevel& level) { f.median(image, level.relative); }},
    {"bilateral", [](const BaselineFilters& f, Image& image,
                     const FilterLevel& level) { f.bilateral(image, level.sigma, level.relative); }},
    {"anisotropic", [](const BaselineFilters& f, Image& image,
                       const FilterLevel& level) { f.anisotropic(image, level.relative); }},
}};

const Baseline& find_baseline(const std::string& name) {
  const auto* found =
      std::ranges::find_if(kBaselines, [&](const Baseline& known) { return known.name == name; });
  if (found == kBaselines.end()) {
    throw Error(ErrorCode::usage, core::unknown_name("baseline", name, baseline_names()));
  }
  return *found;
}

void require_valid(const Image& image, double sigma) {
  if (!(sigma > 0.0) || !std::isfinite(sigma)) {
    throw Error(ErrorCode::usage, "a baseline needs a noise level above 0");
  }
  if (image.values.empty() || image.values.size() != image.size()) {
    throw Error(ErrorCode::usage, "a baseline needs an image with pixels");
  }
  if (!std::ranges::all_of(image.values, [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::usage, "a baseline needs an image whose values are all finite");
  }
}

// Calls filter(part) with every slice; all channels at once where there are three of them, else each by
// itself.
template <typename Filter>
void for_each_slice(Image& image, Filter filter) {
  const int together = image.channels == 3 ? 3 : 1;
  Image part = image;
  part.channels = together;
  part.depth = 1;
  const std::size_t count = image.plane_size();
  part.values.resize(part.size());
  for (int channel = 0; channel < image.channels; channel += together) {
    for (int slice = 0; slice < image.depth; ++slice) {
      for (int c = 0; c < together; ++c) std::copy_n(image.plane(channel + c, slice), count, part.plane(c));
      filter(part);
      for (int c = 0; c < together; ++c) std::copy_n(part.plane(c), count, image.plane(channel + c, slice));
    }
  }
}

// The scale that the noise is compared with; the values' own where the image does not say.
double span_of(const Image& image) {
  if (image.high > image.low) return image.high - image.low;
  const auto [low, high] = std::ranges::minmax(image.values);
  return high > low ? static_cast<double>(high) - static_cast<double>(low) : 1.0;
}

}  // namespace

std::vector<std::string> baseline_names() {
  std::vector<std::string> names;
  names.reserve(kBaselines.size());
  for (const Baseline& baseline : kBaselines) names.emplace_back(baseline.name);
  return names;
}

Image run_baseline(const std::string& name, const Image& noisy, double sigma) {
  const Baseline& baseline = find_baseline(name);
  require_valid(noisy, sigma);
  const auto& filters = core::load_module<BaselineFilters>("baselines");
  filters.set_threads(core::threads());
  const FilterLevel level{sigma, 255.0 * sigma / span_of(noisy)};
  Image out = noisy;
  for_each_slice(out, [&](Image& part) { baseline.run(filters, part, level); });
  return out;
}

}  // namespace aedenoise::pipeline
