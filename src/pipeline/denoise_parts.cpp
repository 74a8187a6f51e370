#include "pipeline/denoise_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "io/luma_chroma.h"
#include "io/samples.h"

namespace aedenoise::pipeline {
namespace {

using io::FileParts;
using io::Rescale;
using io::StoredSamples;

// A volume of the file: where its values are among the samples, and what makes one the other.
class Volume {
 public:
  Volume(const FileParts& parts, int number) : parts_(parts), number_(number) {
    const StoredSamples& samples = parts.samples;
    const std::array sides{samples.width, samples.height, samples.depth / parts.reading.volumes};
    const auto [x, y, z] = parts.reading.axes;
    shape_.channels = samples.channels;
    shape_.width = sides.at(x);
    shape_.height = sides.at(y);
    shape_.depth = sides.at(z);
    shape_.datatype = parts.reading.datatype;
    shape_.spacing = parts.reading.spacing;
    shape_.modality = parts.modality;
    shape_.component = parts.component;
    shape_.subsampled = parts.reading.subsampled;
    slices_ = static_cast<std::size_t>(sides[2]);
  }

  // Padding is not a number.
  Image read() const {
    Image image = shape_;
    image.values.resize(image.size());
    for_each([&](std::size_t at, std::size_t sample, const Rescale& scale) {
      const std::int32_t stored = parts_.samples.values[sample];
      const bool padding = parts_.padding && parts_.padding->holds(stored);
      image.values[at] = padding ? std::numeric_limits<float>::quiet_NaN()
                                 : static_cast<float>(scale.slope * stored + scale.intercept);
    });
    if (parts_.reading.has_white)
      io::set_stored_range(parts_.samples.low, parts_.samples.high, scale_of(0), image);
    else
      io::set_float_range(image);
    return image;
  }

  // Puts what became of `before` into `values`. What did not change keeps its sample.
  void store(const Image& before, const Image& after, std::vector<std::int32_t>& values) const {
    for_each([&](std::size_t at, std::size_t sample, const Rescale& scale) {
      const float value = after.values[at];
      if (!std::isfinite(value) || value == before.values[at]) return;
      const double stored = (static_cast<double>(value) - scale.intercept) / scale.slope;
      values[sample] = io::nearest_pixel(stored, parts_.samples.low, parts_.samples.high, parts_.padding);
    });
  }

 private:
  Rescale scale_of(std::size_t slice) const {
    const auto& scales = parts_.reading.scales;
    if (scales.empty()) return {};
    return scales.size() == 1 ? scales.front() : scales.at(slice);
  }

  // Calls function(place in the image, place among the samples, scale).
  template <typename Function>
  void for_each(Function function) const {
    const StoredSamples& samples = parts_.samples;
    const auto width = static_cast<std::size_t>(samples.width);
    const std::size_t plane = width * static_cast<std::size_t>(samples.height);
    const std::array steps{std::size_t{1}, width, plane};
    const auto& axes = parts_.reading.axes;
    const std::array by_axis{steps.at(axes[0]), steps.at(axes[1]), steps.at(axes[2])};
    std::size_t at = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(shape_.channels); ++c) {
      for (std::size_t z = 0; z < static_cast<std::size_t>(shape_.depth); ++z) {
        const std::size_t first_slice = static_cast<std::size_t>(number_) * slices_;
        const bool in_order = parts_.reading.planes.empty();
        const std::size_t stored =
            in_order ? first_slice + z : static_cast<std::size_t>(parts_.reading.planes.at(first_slice + z));
        const Rescale scale = scale_of(stored);
        const std::size_t slice = c * static_cast<std::size_t>(samples.depth) * plane +
                                  (in_order ? first_slice * plane + z * by_axis[2] : stored * plane);
        for (std::size_t y = 0; y < static_cast<std::size_t>(shape_.height); ++y) {
          const std::size_t row = slice + y * by_axis[1];
          for (std::size_t x = 0; x < static_cast<std::size_t>(shape_.width); ++x)
            function(at++, row + x * by_axis[0], scale);
        }
      }
    }
  }

  const FileParts& parts_;
  int number_;
  Image shape_;
  std::size_t slices_ = 1;  // as stored
};

// Luma and chroma become red, green and blue for the network, as they do where files are read.
DenoiseResult run_on_colours(aedenoise::Denoiser& denoiser, Image image, int bits) {
  io::to_rgb(image, bits);
  DenoiseResult result = denoiser.run(image);
  io::to_ybr(result.image, bits);
  return result;
}

}  // namespace

DenoiseResult denoise_samples(FileParts& parts, const DenoiseOptions& options) {
  aedenoise::Denoiser denoiser(options);
  std::optional<DenoiseResult> first;
  double levels = 0.0;
  for (int number = 0; number < parts.reading.volumes; ++number) {
    const Volume volume(parts, number);
    const Image noisy = volume.read();
    DenoiseResult result =
        parts.reading.luma_chroma ? run_on_colours(denoiser, noisy, parts.samples.bits) : denoiser.run(noisy);
    volume.store(noisy, result.image, parts.samples.values);
    levels += result.sigma;
    result.image = {};
    if (!first) first = std::move(result);
  }
  first->sigma = levels / parts.reading.volumes;
  return *std::move(first);
}

}  // namespace aedenoise::pipeline
