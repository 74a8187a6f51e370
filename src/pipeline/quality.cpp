#include "pipeline/quality.h"

#include <algorithm>
#include <utility>

#include "imaging/metrics.h"
#include "pipeline/normalise.h"

namespace aedenoise::pipeline {
namespace {

// Of scans the voxels that count: a tenth of P, as tissue is brighter than that.
constexpr double kScanFloor = 0.1 * kMeasuredPeak;

}  // namespace

MeasuringScale measuring_scale(const Image& clean) {
  if (!is_scan(clean)) return {0.0, full_scale(clean)};
  const Normalisation scan = scan_normalisation(clean);
  return {scan.shift, scan.scale};
}

Image clipped(Image image) {
  if (is_scan(image)) return image;
  for (float& value : image.values) value = std::clamp(value, 0.0F, static_cast<float>(kMeasuredPeak));
  return image;
}

Image measured(Image image, const MeasuringScale& scale) {
  for (float& value : image.values) {
    value = static_cast<float>((static_cast<double>(value) - scale.shift) / scale.scale * kMeasuredPeak);
  }
  image.datatype = DataType::uint8;  // states the scale; values stay float
  image.low = 0.0;
  image.high = kMeasuredPeak;
  return clipped(std::move(image));
}

double measured_psnr(const Image& image, const Image& clean) {
  return is_scan(clean) ? imaging::psnr_above(image, clean, kMeasuredPeak, kScanFloor)
                        : imaging::psnr(image, clean, kMeasuredPeak);
}

}  // namespace aedenoise::pipeline
