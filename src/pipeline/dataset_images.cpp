#include "pipeline/dataset_images.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "aedenoise/error.h"
#include "io/luma_chroma.h"
#include "io/samples.h"
#include "pipeline/files.h"
#include "pipeline/normalise.h"
#include "pipeline/scans.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

// How values become the 16 bits of a Picture.
struct Range {
  double low = 0.0;
  double span = 1.0;  // from `low` to the largest value, > 0
  float unit = 65535.0F;
};

Range range_of(const Image& image) {
  constexpr double kLeast = 1e-30;
  if (!is_scan(image)) return {image.low, std::max(image.high - image.low, kLeast), 65535.0F};
  const Normalisation scan = scan_normalisation(image);
  const double high = static_cast<double>(*std::ranges::max_element(image.values));
  const double span = std::max(high - scan.shift, kLeast);
  return {scan.shift, span, static_cast<float>(65535.0 * scan.scale / span)};
}

std::uint16_t quantise(double value, const Range& range) {
  const double fraction = (value - range.low) / range.span;
  return static_cast<std::uint16_t>(std::lround(std::clamp(fraction, 0.0, 1.0) * 65535.0));
}

Picture to_picture(const fs::path& path, const Image& image, int slice, int channels, const Range& range) {
  Picture picture{path, image.height, image.width, channels, {}, range.unit};
  picture.values.resize(image.plane_size() * static_cast<std::size_t>(channels));
  const bool to_gray = image.channels == 3 && channels == 1;
  for (std::size_t i = 0; i < image.plane_size(); ++i) {
    if (to_gray) {
      const double value = io::luma(static_cast<double>(image.plane(0, slice)[i]),
                                    static_cast<double>(image.plane(1, slice)[i]),
                                    static_cast<double>(image.plane(2, slice)[i]));
      picture.values[i] = quantise(value, range);
      continue;
    }
    for (int c = 0; c < channels; ++c) {
      picture.values[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)] =
          quantise(static_cast<double>(image.plane(c, slice)[i]), range);
    }
  }
  return picture;
}

// Pictures are never empty; the slices around a head are.
bool has_content(const Image& image, const Picture& picture) {
  constexpr double kFewest = 0.05;
  constexpr float kFaintest = 0.1F;
  if (!is_scan(image)) return true;
  const auto bright = std::ranges::count_if(picture.values, [&](std::uint16_t value) {
    return static_cast<float>(value) >= kFaintest * picture.unit;
  });
  return static_cast<double>(bright) >= kFewest * static_cast<double>(picture.values.size());
}

// The ranges of a pair. Scans and float files know no range but their own values', so those share one: from
// the lowest to the highest value of both, with 1 where it is in the clean one.
std::pair<Range, Range> ranges_of(const Image& clean, const Image& noisy) {
  Range range = range_of(clean);
  const Range other = range_of(noisy);
  const bool stated = !io::is_float(clean.datatype) && !io::is_float(noisy.datatype);
  if (stated && !is_scan(clean)) return {range, other};
  const double one = range.span * static_cast<double>(range.unit) / 65535.0;
  const double low = std::min(range.low, other.low);
  range.span = std::max(range.low + range.span, other.low + other.span) - low;
  range.low = low;
  if (is_scan(clean)) range.unit = static_cast<float>(65535.0 * one / range.span);
  return {range, range};
}

}  // namespace

void check_fits(const fs::path& path, const Image& image, int channels, int min_size) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::data, path.string() + ": " + why);
  };
  if (image.channels != channels && !(image.channels == 3 && channels == 1)) {
    refuse("has " + std::to_string(image.channels) + " channel(s), the network takes " +
           std::to_string(channels));
  }
  if (std::min(image.height, image.width) < min_size) {
    refuse(std::to_string(image.width) + " x " + std::to_string(image.height) +
           " pixels are too few for patches of " + std::to_string(min_size));
  }
  if (!std::ranges::all_of(image.values, [](float value) { return std::isfinite(value); })) {
    refuse("has values that are not finite");
  }
}

std::vector<Picture> pictures_of(const fs::path& path, const Image& image, int channels, int min_size) {
  check_fits(path, image, channels, min_size);
  const Range range = range_of(image);
  std::vector<Picture> pictures;
  for (int slice = 0; slice < image.depth; ++slice)
    pictures.push_back(to_picture(path, image, slice, channels, range));
  return pictures;
}

std::vector<fs::path> list_images(const fs::path& root, std::size_t& skipped) {
  std::error_code error;
  if (fs::is_regular_file(root, error)) return {root};
  if (!fs::is_directory(root, error)) {
    throw Error(ErrorCode::data, root.string() + ": no such file or folder");
  }
  FolderFiles files = folder_files(root, true);
  skipped += files.others.size();
  return std::move(files.images);
}

FittingVolumes::FittingVolumes(const io::FileGroup& group, int channels, int min_size)
    : path_(group.files.front()), channels_(channels), min_size_(min_size), reader_(io::open_group(group)) {}

std::optional<Image> FittingVolumes::next() {
  std::optional<io::Document> document = reader_->next();
  if (!document) return std::nullopt;
  if (is_scan(document->image)) replace_non_finite(document->image);  // padding around what was scanned
  check_fits(path_, document->image, channels_, min_size_);
  return std::move(document->image);
}

void add_slices(Dataset& data, const Named& clean, const Named* noisy, int channels) {
  const auto [range, noisy_range] =
      noisy != nullptr ? ranges_of(clean.image, noisy->image) : std::pair(range_of(clean.image), Range{});
  const int volume = data.clean.empty() ? 0 : data.clean.back().volume + 1;
  for (int slice = 0; slice < clean.image.depth; ++slice) {
    Picture picture = to_picture(clean.path, clean.image, slice, channels, range);
    if (!has_content(clean.image, picture)) continue;
    if (is_scan(clean.image)) picture.volume = volume;
    if (is_hounsfield(clean.image)) {
      const double one = range.span * static_cast<double>(range.unit) / 65535.0;
      picture.hounsfield = {static_cast<float>(range.low), static_cast<float>(one), clean.image.spacing[0]};
    }
    picture.slice = slice;
    data.clean.push_back(std::move(picture));
    if (noisy == nullptr) continue;
    data.noisy.push_back(to_picture(noisy->path, noisy->image, slice, channels, noisy_range));
  }
  const bool colour = clean.image.channels == 3 || (noisy != nullptr && noisy->image.channels == 3);
  if (colour && channels == 1 && data.notes.empty()) {
    data.notes.emplace_back("colour images were turned into gray (0.299 R + 0.587 G + 0.114 B)");
  }
}

void add_notes(Dataset& data, std::size_t skipped) {
  if (skipped > 0)
    data.notes.push_back(std::to_string(skipped) + " file(s) that are not images were left out");
}

}  // namespace aedenoise::pipeline
