#include "cli/pictures.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "cli/atlas.h"
#include "io/format.h"

namespace aedenoise::cli {
namespace {

// A white picture that samples are copied into.
struct Sheet {
  Sheet(std::int64_t channel_count, std::int64_t rows, std::int64_t columns)
      : channels(channel_count),
        height(rows),
        width(columns),
        values(static_cast<std::size_t>(channel_count * rows * columns), 1.0F) {}

  void paste(std::span<const float> sample, const std::vector<std::int64_t>& sizes, std::int64_t top,
             std::int64_t left, bool stretch) {
    const auto [low, high] = std::ranges::minmax(sample);
    const float factor = stretch ? 1.0F / std::max(high - low, 1e-12F) : 1.0F;
    const float shift = stretch ? low : 0.0F;
    for (std::int64_t y = 0; y < sizes[1]; ++y) {
      for (std::int64_t x = 0; x < sizes[2]; ++x) {
        for (std::int64_t c = 0; c < channels; ++c) {
          const float value = sample[static_cast<std::size_t>((y * sizes[2] + x) * channels + c)];
          values[static_cast<std::size_t>((c * height + top + y) * width + left + x)] =
              (value - shift) * factor;
        }
      }
    }
  }

  void write(const std::string& path) {
    write_picture(path, static_cast<int>(channels), static_cast<int>(height), static_cast<int>(width),
                  std::move(values));
  }

  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;
  std::vector<float> values;
};

}  // namespace

void write_picture(const std::string& path, int channels, int height, int width, std::vector<float> values) {
  io::Document document;
  Image& image = document.image;
  image.channels = channels;
  image.height = height;
  image.width = width;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  image.values = std::move(values);
  for (float& value : image.values) value = std::clamp(value, 0.0F, 1.0F) * 255.0F;
  io::write_document(document, image, path);
}

void write_plot(const std::string& path, const report::Plot& plot) {
  const report::Picture picture = report::draw(plot);
  const std::size_t pixels = picture.rgb.size() / 3;
  std::vector<float> values(picture.rgb.size());
  for (std::size_t i = 0; i < picture.rgb.size(); ++i)
    values[i % 3 * pixels + i / 3] = static_cast<float>(picture.rgb[i]) / 255.0F;
  write_picture(path, 3, picture.height, picture.width, std::move(values));
}

void require_pictures(const std::vector<std::int64_t>& sizes, const std::string& option) {
  if (!are_pictures(sizes)) {
    throw Error(ErrorCode::usage,
                option + " shows pictures, and the model's samples are not gray or colour images");
  }
}

void write_contact_sheet(const std::string& path, const std::vector<std::int64_t>& sizes,
                         std::span<const float> samples, std::int64_t columns, bool stretch) {
  const std::int64_t values = sizes[0] * sizes[1] * sizes[2];
  const std::int64_t count = static_cast<std::int64_t>(samples.size()) / values;
  columns = std::clamp<std::int64_t>(columns, 1, std::max<std::int64_t>(count, 1));
  const std::int64_t rows = (count + columns - 1) / columns;
  Sheet sheet(sizes[0], rows * (sizes[1] + 1) + 1, columns * (sizes[2] + 1) + 1);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto sample =
        samples.subspan(static_cast<std::size_t>(i * values), static_cast<std::size_t>(values));
    sheet.paste(sample, sizes, 1 + i / columns * (sizes[1] + 1), 1 + i % columns * (sizes[2] + 1), stretch);
  }
  sheet.write(path);
}

void write_plane(const std::string& path, const std::vector<std::int64_t>& sizes,
                 std::span<const float> samples, std::span<const float> places) {
  constexpr std::int64_t kSide = 1600;
  constexpr std::int64_t kMostThumbnails = 2500;
  const bool shown = are_pictures(sizes) && sizes[1] <= kSide / 8 && sizes[2] <= kSide / 8;
  const std::vector<std::int64_t> size = shown ? sizes : std::vector<std::int64_t>{1, 3, 3};
  const auto count = static_cast<std::int64_t>(places.size() / 2);
  const auto values = static_cast<std::size_t>(static_cast<std::int64_t>(samples.size()) / count);
  float low[2] = {places[0], places[1]};   // NOLINT: two axes
  float high[2] = {places[0], places[1]};  // NOLINT
  for (std::size_t k = 0; k < places.size(); ++k) {
    low[k % 2] = std::min(low[k % 2], places[k]);
    high[k % 2] = std::max(high[k % 2], places[k]);
  }
  Sheet sheet(size[0], kSide, kSide);
  const std::vector<float> dot(9, 0.0F);
  const std::int64_t stride = shown ? std::max<std::int64_t>(1, count / kMostThumbnails) : 1;
  for (std::int64_t i = 0; i < count; i += stride) {
    const auto place = [&](std::size_t axis, std::int64_t room) {
      const float value = places[static_cast<std::size_t>(2 * i) + axis];
      const float share = (value - low[axis]) / std::max(high[axis] - low[axis], 1e-12F);
      return static_cast<std::int64_t>(share * static_cast<float>(room));
    };
    const auto sample =
        shown ? samples.subspan(static_cast<std::size_t>(i) * values, values) : std::span<const float>(dot);
    sheet.paste(sample, size, place(1, kSide - size[1]), place(0, kSide - size[2]), false);
  }
  sheet.write(path);
}

}  // namespace aedenoise::cli
