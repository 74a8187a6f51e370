#include "pipeline/quality.h"

#include <algorithm>
#include <utility>

#include "imaging/metrics.h"
#include "pipeline/normalise.h"

namespace aedenoise::pipeline {
namespace {

// Of scans the voxels that count: a tenth of P, as tissue is brighter than that.
constexpr double kScanFloor = 0.1 * kMeasuredPeak;

// The samples at other positions, in one row.
Image without(const Image& image, std::span<const std::size_t> positions) {
  Image out;
  out.channels = 1;
  out.height = 1;
  std::size_t next = 0;
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    if (next < positions.size() && positions[next] == i) {
      ++next;
    } else {
      out.values.push_back(image.values[i]);
    }
  }
  out.width = static_cast<int>(out.values.size());
  return out;
}

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

double measured_psnr(const Image& image, const Image& clean, std::span<const std::size_t> left_out) {
  const auto psnr = [scan = is_scan(clean)](const Image& a, const Image& b) {
    return scan ? imaging::psnr_above(a, b, kMeasuredPeak, kScanFloor) : imaging::psnr(a, b, kMeasuredPeak);
  };
  return left_out.empty() ? psnr(image, clean) : psnr(without(image, left_out), without(clean, left_out));
}

}  // namespace aedenoise::pipeline
