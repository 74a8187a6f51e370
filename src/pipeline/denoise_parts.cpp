#include "pipeline/denoise_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aedenoise::pipeline {
namespace {

// Padding is not a number. Pictures have a white, scans what they make use of.
Image image_of(const io::FileParts& parts) {
  const io::StoredSamples& samples = parts.samples;
  Image image;
  image.channels = samples.channels;
  image.depth = samples.depth;
  image.height = samples.height;
  image.width = samples.width;
  image.datatype = samples.low < 0 ? DataType::int16 : samples.bits <= 8 ? DataType::uint8 : DataType::uint16;
  image.modality = parts.modality;
  image.values.assign(samples.values.begin(), samples.values.end());
  if (parts.padding) {
    for (float& value : image.values) {
      const bool padding =
          value >= static_cast<float>(parts.padding->low) && value <= static_cast<float>(parts.padding->high);
      if (padding) value = std::numeric_limits<float>::quiet_NaN();
    }
  }
  const bool picture = parts.format != "dicom" && parts.format != "nifti";
  const auto [low, high] = std::ranges::minmax(samples.values);
  image.low = picture ? samples.low : low;
  image.high = picture ? samples.high : high;
  return image;
}

}  // namespace

DenoiseResult denoise_samples(io::FileParts& parts, const DenoiseOptions& options) {
  DenoiseResult result = aedenoise::Denoiser(options).run(image_of(parts));
  io::StoredSamples& samples = parts.samples;
  for (std::size_t i = 0; i < samples.values.size(); ++i) {
    const float value = result.image.values[i];
    if (!std::isfinite(value)) continue;
    samples.values[i] =
        static_cast<std::int32_t>(std::clamp<long>(std::lrint(value), samples.low, samples.high));
  }
  result.image = {};
  return result;
}

}  // namespace aedenoise::pipeline
