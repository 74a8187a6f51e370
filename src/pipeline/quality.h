// How images are compared with a clean one: on a scale of 0-255, whatever the file's own units are.
#pragma once

#include <cstddef>
#include <span>

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

inline constexpr double kMeasuredPeak = 255.0;

// measured = (value - shift) / scale * 255.
struct MeasuringScale {
  double shift = 0.0;
  double scale = 1.0;
};

// Pictures: 255 is the datatype's largest value. Scans: 255 is P, the clean volume's 99.5th percentile.
MeasuringScale measuring_scale(const Image& clean);

// Pictures are what fits 0-255, scans whatever was measured.
Image clipped(Image image);

// On that scale, clipped.
Image measured(Image image, const MeasuringScale& scale);

// In dB, of two images on that scale: over all samples of a picture, over a scan's voxels above 0.1 P, in
// both but for those at the positions `left_out`, which ascend. The images have one shape. Error{data} for a
// scan without such a voxel.
double measured_psnr(const Image& image, const Image& clean, std::span<const std::size_t> left_out = {});

}  // namespace aedenoise::pipeline
