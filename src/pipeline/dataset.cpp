#include "pipeline/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include "aedenoise/error.h"
#include "io/series.h"
#include "pipeline/files.h"
#include "pipeline/normalise.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

// Image files below `root`, sorted; `skipped` counts the others.
std::vector<fs::path> list_images(const fs::path& root, std::size_t& skipped) {
  std::error_code error;
  if (fs::is_regular_file(root, error)) return {root};
  if (!fs::is_directory(root, error)) {
    throw Error(ErrorCode::data, root.string() + ": no such file or folder");
  }
  std::vector<fs::path> paths;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file()) continue;
      if (is_image_file(entry.path())) {
        paths.push_back(entry.path());
      } else {
        ++skipped;
      }
    }
  } catch (const fs::filesystem_error& failure) {
    throw Error(ErrorCode::io, failure.path1().string() + ": " + failure.code().message());
  }
  std::ranges::sort(paths);
  return paths;
}

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
      const double luma = 0.299 * static_cast<double>(image.plane(0, slice)[i]) +
                          0.587 * static_cast<double>(image.plane(1, slice)[i]) +
                          0.114 * static_cast<double>(image.plane(2, slice)[i]);
      picture.values[i] = quantise(luma, range);
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

// The volumes of a file, or its only image, that fit the network.
class FittingVolumes {
 public:
  FittingVolumes(const io::FileGroup& group, int channels, int min_size)
      : path_(group.files.front()),
        channels_(channels),
        min_size_(min_size),
        reader_(io::open_group(group)) {}

  std::optional<Image> next() {
    std::optional<io::Document> document = reader_->next();
    if (!document) return std::nullopt;
    check_fits(path_, document->image, channels_, min_size_);
    return std::move(document->image);
  }

 private:
  fs::path path_;
  int channels_;
  int min_size_;
  std::unique_ptr<io::VolumeReader> reader_;
};

// Below its folder and without its extension: what two files of a pair have in common.
fs::path pair_name(const fs::path& path, const fs::path& folder) {
  fs::path name = path.lexically_relative(folder);
  if (name.extension() == ".gz") name.replace_extension();  // .nii.gz
  return name.replace_extension();
}

// The ranges of a pair. Scans and float files know no range but their own values', so those share one: from
// the lowest to the highest value of both, with 1 where it is in the clean one.
std::pair<Range, Range> ranges_of(const Image& clean, const Image& noisy) {
  Range range = range_of(clean);
  const Range other = range_of(noisy);
  const bool stated = clean.datatype != DataType::float32 && noisy.datatype != DataType::float32;
  if (stated && !is_scan(clean)) return {range, other};
  const double one = range.span * static_cast<double>(range.unit) / 65535.0;
  const double low = std::min(range.low, other.low);
  range.span = std::max(range.low + range.span, other.low + other.span) - low;
  range.low = low;
  if (is_scan(clean)) range.unit = static_cast<float>(65535.0 * one / range.span);
  return {range, range};
}

struct Named {
  const fs::path& path;
  const Image& image;
};

// The slices of `clean` with content, and the same of `noisy` if there is one.
void add_slices(Dataset& data, const Named& clean, const Named* noisy, int channels) {
  const auto [range, noisy_range] =
      noisy != nullptr ? ranges_of(clean.image, noisy->image) : std::pair(range_of(clean.image), Range{});
  const int volume = data.clean.empty() ? 0 : data.clean.back().volume + 1;
  for (int slice = 0; slice < clean.image.depth; ++slice) {
    Picture picture = to_picture(clean.path, clean.image, slice, channels, range);
    if (!has_content(clean.image, picture)) continue;
    if (is_scan(clean.image)) picture.volume = volume;
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

}  // namespace

std::uint64_t Dataset::pixels() const {
  std::uint64_t total = 0;
  for (const Picture& picture : clean) {
    total += static_cast<std::uint64_t>(picture.height) * static_cast<std::uint64_t>(picture.width);
  }
  return total;
}

std::size_t Dataset::neighbour(std::size_t index, int offset) const {
  const std::size_t step = offset < 0 ? std::size_t(-1) : 1;  // wraps around to one less
  for (int left = std::abs(offset); left > 0; --left) {
    const std::size_t next = index + step;
    const bool there = next < clean.size() && clean[index].is_scan() &&
                       clean[next].volume == clean[index].volume &&
                       std::abs(clean[next].slice - clean[index].slice) == 1;
    if (!there) break;
    index = next;
  }
  return index;
}

Dataset Dataset::split(double share) {
  if (clean.empty()) return {};
  std::vector<std::size_t> group(clean.size());  // of each picture: its file
  for (std::size_t i = 1; i < clean.size(); ++i) {
    group[i] = group[i - 1] + (clean[i].path != clean[i - 1].path ? 1 : 0);
  }
  const bool single = group.back() == 0;
  const std::size_t count = single ? clean.size() : group.back() + 1;
  const auto wanted =
      std::max<std::size_t>(static_cast<std::size_t>(std::lround(share * static_cast<double>(count))), 1);
  const std::size_t stride = std::max<std::size_t>(2, count / wanted);
  const std::size_t last = count - std::min(wanted, std::max<std::size_t>(count / 2, 1));
  Dataset taken;
  Dataset kept;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const bool goes = single ? i >= last : group[i] % stride == stride / 2;
    Dataset& target = goes ? taken : kept;
    target.clean.push_back(std::move(clean[i]));
    if (!noisy.empty()) target.noisy.push_back(std::move(noisy[i]));
  }
  kept.notes = std::move(notes);
  *this = std::move(kept);
  return taken;
}

std::vector<Picture> pictures_of(const fs::path& path, const Image& image, int channels, int min_size) {
  check_fits(path, image, channels, min_size);
  const Range range = range_of(image);
  std::vector<Picture> pictures;
  for (int slice = 0; slice < image.depth; ++slice)
    pictures.push_back(to_picture(path, image, slice, channels, range));
  return pictures;
}

Dataset load_dataset(const std::vector<fs::path>& folders, int channels, int min_size) {
  Dataset data;
  std::size_t skipped = 0;
  for (const fs::path& folder : folders) {
    for (const io::FileGroup& group : io::group_files(list_images(folder, skipped))) {
      FittingVolumes volumes(group, channels, min_size);
      while (const auto image = volumes.next()) {
        add_slices(data, {group.files.front(), *image}, nullptr, channels);
      }
    }
  }
  if (data.clean.empty()) {
    throw Error(ErrorCode::data, (folders.empty() ? std::string("no folder") : folders.front().string()) +
                                     ": holds no images");
  }
  add_notes(data, skipped);
  return data;
}

Dataset load_pairs(const fs::path& noisy, const fs::path& clean, int channels, int min_size) {
  Dataset data;
  std::size_t skipped = 0;
  std::map<fs::path, fs::path> partners;
  for (const fs::path& path : list_images(noisy, skipped)) {
    const auto [place, fresh] = partners.emplace(pair_name(path, noisy), path);
    if (!fresh) throw Error(ErrorCode::data, path.string() + ": has the name of " + place->second.string());
  }
  for (const fs::path& path : list_images(clean, skipped)) {
    const auto partner = partners.find(pair_name(path, clean));
    if (partner == partners.end()) {
      throw Error(ErrorCode::data, path.string() + ": has no partner in " + noisy.string());
    }
    FittingVolumes clean_volumes({{path}, {}, {}, 1.0}, channels, min_size);
    FittingVolumes noisy_volumes({{partner->second}, {}, {}, 1.0}, channels, min_size);
    for (;;) {
      const auto a = clean_volumes.next();
      const auto b = noisy_volumes.next();
      if (!a && !b) break;
      if (!a || !b || a->height != b->height || a->width != b->width || a->depth != b->depth) {
        throw Error(ErrorCode::data,
                    path.string() + ": differs in size from its partner " + partner->second.string());
      }
      const Named partner_image{partner->second, *b};
      add_slices(data, {path, *a}, &partner_image, channels);
    }
    partners.erase(partner);
  }
  if (!partners.empty()) {
    throw Error(ErrorCode::data, partners.begin()->second.string() + ": has no partner in " + clean.string());
  }
  if (data.clean.empty()) throw Error(ErrorCode::data, clean.string() + ": holds no images");
  add_notes(data, skipped);
  return data;
}

}  // namespace aedenoise::pipeline
