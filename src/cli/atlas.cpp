#include "cli/atlas.h"

#include <algorithm>
#include <cmath>

#include "pipeline/preview.h"
#include "pipeline/preview_views.h"
#include "report/html.h"

namespace aedenoise::cli {
namespace {

constexpr std::int64_t kLargestThumbnail = 48;
constexpr std::int64_t kMostPixels = std::int64_t{1} << 23U;
constexpr int kQuality = 85;

Image image_of(const std::vector<std::int64_t>& sizes, std::span<const float> sample, bool stretch) {
  Image image;
  image.channels = static_cast<int>(sizes[0]);
  image.height = static_cast<int>(sizes[1]);
  image.width = static_cast<int>(sizes[2]);
  image.values.resize(sample.size());
  const auto [low, high] = std::ranges::minmax(sample);
  const float factor = stretch ? 1.0F / std::max(high - low, 1e-12F) : 1.0F;
  const auto stride = static_cast<std::size_t>(sizes[0]);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    image.values[i % stride * image.plane_size() + i / stride] =
        stretch ? (sample[i] - low) * factor : sample[i];
  }
  return image;
}

}  // namespace

bool are_pictures(const std::vector<std::int64_t>& sizes) {
  return sizes.size() == 3 && (sizes[0] == 1 || sizes[0] == 3);
}

report::Json atlas_of(const std::vector<std::int64_t>& sizes, std::span<const float> samples, bool stretch) {
  const std::int64_t values = sizes[0] * sizes[1] * sizes[2];
  const std::int64_t count = static_cast<std::int64_t>(samples.size()) / values;
  const double zoom = std::min(
      1.0, static_cast<double>(kLargestThumbnail) / static_cast<double>(std::max(sizes[1], sizes[2])));
  const auto side = [&](std::int64_t length) {
    return std::max(1, static_cast<int>(std::lround(zoom * static_cast<double>(length))));
  };
  const int height = side(sizes[1]);
  const int width = side(sizes[2]);
  const std::int64_t room = kMostPixels / (std::int64_t{height} * width);
  const std::int64_t every = (count + room - 1) / room;
  const std::int64_t shown = (count + every - 1) / every;
  const auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(shown))));
  Image sheet;
  sheet.channels = static_cast<int>(sizes[0]);
  sheet.height = static_cast<int>((shown + columns - 1) / columns) * height;
  sheet.width = static_cast<int>(columns) * width;
  sheet.values.assign(sheet.size(), 0.0F);
  for (std::int64_t i = 0; i < shown; ++i) {
    const auto sample =
        samples.subspan(static_cast<std::size_t>(i * every * values), static_cast<std::size_t>(values));
    const Image thumbnail = pipeline::resized(image_of(sizes, sample, stretch), height, width);
    for (int c = 0; c < sheet.channels; ++c) {
      for (int y = 0; y < height; ++y) {
        std::copy_n(thumbnail.plane(c) + static_cast<std::ptrdiff_t>(y) * width, width,
                    sheet.plane(c) + (i / columns * height + y) * sheet.width + i % columns * width);
      }
    }
  }
  return {{"every", every},
          {"columns", columns},
          {"width", width},
          {"height", height},
          {"picture", report::data_uri("image/jpeg", pipeline::jpeg_of(sheet, 0.0, 1.0, kQuality))}};
}

}  // namespace aedenoise::cli
