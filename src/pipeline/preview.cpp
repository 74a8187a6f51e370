#include "pipeline/preview.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "imaging/quantile.h"
#include "pipeline/denoise.h"
#include "pipeline/normalise.h"
#include "pipeline/preview_views.h"

namespace aedenoise::pipeline {
namespace {

constexpr int kLargestPlane = 384;  // of a volume's planes, of which there are three
constexpr int kOverviewQuality = 85;
constexpr int kDetailQuality = 92;  // of JPEG: nothing of it shows beside noise

struct Window {
  double low = 0.0;
  double high = 1.0;
};

// What is shown black and white. Soft tissue of CT, as it is looked at; whole numbers' full range where the
// picture uses at least half of it; else the range of the values but for the most extreme.
Window shown_range(const Image& image, const std::vector<Look>& looks) {
  constexpr Window kSoftTissue{-160.0, 240.0};
  constexpr double kExtreme = 0.002;
  if (image.modality == Modality::ct) return kSoftTissue;
  std::vector<float> values;
  for (const Look& look : looks) {
    std::ranges::copy_if(look.before.values, std::back_inserter(values),
                         [](float value) { return std::isfinite(value); });
  }
  if (values.empty()) return {};
  const Window used{imaging::quantile(values, kExtreme), imaging::quantile(values, 1.0 - kExtreme)};
  const bool whole_numbers = image.datatype == DataType::uint8 || image.datatype == DataType::uint16;
  if (!is_scan(image) && whole_numbers && used.high > 0.5 * (image.low + image.high)) {
    return {image.low, image.high};
  }
  return used.high > used.low ? used : Window{used.low, used.low + 1.0};
}

// Four times the root mean square: noise stays within it.
double residual_limit(const Image& residual) {
  double squares = 0.0;
  for (const float value : residual.values) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  return squares > 0.0 ? 4.0 * std::sqrt(squares / static_cast<double>(residual.values.size())) : 1.0;
}

PreviewView finished(Look& look, const Window& range) {
  PreviewView view = std::move(look.view);
  view.width = look.before.width;
  view.height = look.before.height;
  view.low = range.low;
  view.high = range.high;
  const int quality = view.name == "detail" ? kDetailQuality : kOverviewQuality;
  view.before = jpeg_of(look.before, range.low, range.high, quality);
  view.after = jpeg_of(look.after, range.low, range.high, quality);
  const Image removed = residual(look.before, look.after);
  view.limit = residual_limit(removed);
  view.residual = jpeg_of(removed, -view.limit, view.limit, quality);
  return view;
}

std::vector<Look> looks_at_picture(const Image& noisy, const Image& denoised) {
  const int longest = std::max(noisy.height, noisy.width);
  const double zoom = std::min(1.0, static_cast<double>(kLargestPreview) / longest);
  const auto side = [&](int samples) { return std::max(1, static_cast<int>(std::lround(samples * zoom))); };
  std::vector<Look> looks(1);
  looks[0].view.name = "whole";
  looks[0].view.zoom = zoom;
  looks[0].before = resized(noisy, side(noisy.height), side(noisy.width));
  looks[0].after = resized(denoised, side(noisy.height), side(noisy.width));
  if (zoom < 1.0) {
    const int height = std::min(kDetail, noisy.height);
    const int width = std::min(kDetail, noisy.width);
    const auto [top, left] = busiest_detail(looks[0].after, noisy.height, noisy.width);
    Look& detail = looks.emplace_back(detail_at(top, left));
    detail.before = cut_out(noisy, top, left, height, width);
    detail.after = cut_out(denoised, top, left, height, width);
  }
  return looks;
}

std::vector<Look> looks_at_volume(const Image& noisy, const Image& denoised, const std::string& axes) {
  const std::array<MiddlePlane, 3> planes = middle_planes(axes);
  double longest = 0.0;
  for (const MiddlePlane& plane : planes) {
    for (const double side : height_and_width(noisy, plane)) longest = std::max(longest, side);
  }
  const double finest = std::ranges::min(noisy.spacing);
  const double per_millimetre = std::min(1.0 / finest, kLargestPlane / longest);
  std::vector<Look> looks;
  for (const MiddlePlane& plane : planes) {
    const auto [height, width] = height_and_width(noisy, plane);
    const auto side = [&](double size) {
      return std::clamp(static_cast<int>(std::lround(size * per_millimetre)), 1, kLargestPlane);
    };
    const int across = samples_along(noisy, plane.across);
    Look& look = looks.emplace_back();
    look.view.name = plane.name;
    look.view.place = std::to_string(across / 2 + 1) + " of " + std::to_string(across);
    look.view.zoom = noisy.spacing.at(plane.right) * per_millimetre;
    look.before = resized(extracted(noisy, plane), side(height), side(width));
    look.after = resized(extracted(denoised, plane), side(height), side(width));
  }
  return looks;
}

}  // namespace

Look detail_at(int top, int left) {
  Look detail;
  detail.view.name = "detail";
  detail.view.place = "from column " + std::to_string(left + 1) + ", row " + std::to_string(top + 1);
  return detail;
}

std::vector<PreviewView> encoded_looks(std::vector<Look> looks, const Image& image) {
  const Window range = shown_range(image, looks);
  std::vector<PreviewView> out;
  for (Look& look : looks) out.push_back(finished(look, range));
  return out;
}

std::vector<PreviewView> previews_of(const Image& noisy, const Image& denoised, const std::string& axes) {
  return encoded_looks(
      noisy.depth > 1 ? looks_at_volume(noisy, denoised, axes) : looks_at_picture(noisy, denoised), noisy);
}

}  // namespace aedenoise::pipeline
