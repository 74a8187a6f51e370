#include "pipeline/dataset.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "aedenoise/error.h"
#include "io/format.h"
#include "pipeline/files.h"

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

std::uint16_t quantise(double value, const Image& image) {
  const double fraction = (value - image.low) / std::max(image.high - image.low, 1e-30);
  return static_cast<std::uint16_t>(std::lround(std::clamp(fraction, 0.0, 1.0) * 65535.0));
}

Picture to_picture(const fs::path& path, const Image& image, int channels, bool& converted) {
  Picture picture{path, image.height, image.width, channels, {}};
  picture.values.resize(image.plane_size() * static_cast<std::size_t>(channels));
  const bool to_gray = image.channels == 3 && channels == 1;
  converted = converted || to_gray;
  for (std::size_t i = 0; i < image.plane_size(); ++i) {
    if (to_gray) {
      const double luma = 0.299 * static_cast<double>(image.plane(0)[i]) +
                          0.587 * static_cast<double>(image.plane(1)[i]) +
                          0.114 * static_cast<double>(image.plane(2)[i]);
      picture.values[i] = quantise(luma, image);
      continue;
    }
    for (int c = 0; c < channels; ++c) {
      picture.values[i * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)] =
          quantise(static_cast<double>(image.plane(c)[i]), image);
    }
  }
  return picture;
}

// An image that fits the network.
Image read_image(const fs::path& path, int channels, int min_size) {
  Image image = io::read_document(path).image;
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::data, path.string() + ": " + why);
  };
  if (image.depth != 1) refuse("a volume, not an image");
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
  return image;
}

// Below its folder and without its extension: what two files of a pair have in common.
fs::path pair_name(const fs::path& path, const fs::path& folder) {
  return path.lexically_relative(folder).replace_extension();
}

// Float files know no range but their own values', so a pair with one shares the range of both.
void share_range(Image& a, Image& b) {
  if (a.datatype != DataType::float32 && b.datatype != DataType::float32) return;
  a.low = b.low = std::min(a.low, b.low);
  a.high = b.high = std::max(a.high, b.high);
}

void add_notes(Dataset& data, bool converted, std::size_t skipped) {
  if (converted) data.notes.emplace_back("colour images were turned into gray (0.299 R + 0.587 G + 0.114 B)");
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

Dataset Dataset::split(double share) {
  const std::size_t count = clean.size();
  const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(count)));
  const std::size_t stride = std::max<std::size_t>(2, count / std::max<std::size_t>(wanted, 1));
  Dataset taken;
  Dataset kept;
  for (std::size_t i = 0; i < count; ++i) {
    Dataset& target = i % stride == stride / 2 ? taken : kept;
    target.clean.push_back(std::move(clean[i]));
    if (!noisy.empty()) target.noisy.push_back(std::move(noisy[i]));
  }
  kept.notes = std::move(notes);
  *this = std::move(kept);
  return taken;
}

Picture load_picture(const fs::path& path, int channels, int min_size, bool& converted) {
  return to_picture(path, read_image(path, channels, min_size), channels, converted);
}

Dataset load_dataset(const std::vector<fs::path>& folders, int channels, int min_size) {
  Dataset data;
  bool converted = false;
  std::size_t skipped = 0;
  for (const fs::path& folder : folders) {
    for (const fs::path& path : list_images(folder, skipped)) {
      data.clean.push_back(load_picture(path, channels, min_size, converted));
    }
  }
  if (data.clean.empty()) {
    throw Error(ErrorCode::data, (folders.empty() ? std::string("no folder") : folders.front().string()) +
                                     ": holds no images");
  }
  add_notes(data, converted, skipped);
  return data;
}

Dataset load_pairs(const fs::path& noisy, const fs::path& clean, int channels, int min_size) {
  Dataset data;
  bool converted = false;
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
    Image a = read_image(path, channels, min_size);
    Image b = read_image(partner->second, channels, min_size);
    if (a.height != b.height || a.width != b.width) {
      throw Error(ErrorCode::data,
                  path.string() + ": differs in size from its partner " + partner->second.string());
    }
    share_range(a, b);
    data.clean.push_back(to_picture(path, a, channels, converted));
    data.noisy.push_back(to_picture(partner->second, b, channels, converted));
    partners.erase(partner);
  }
  if (!partners.empty()) {
    throw Error(ErrorCode::data, partners.begin()->second.string() + ": has no partner in " + clean.string());
  }
  if (data.clean.empty()) throw Error(ErrorCode::data, clean.string() + ": holds no images");
  add_notes(data, converted, skipped);
  return data;
}

}  // namespace aedenoise::pipeline
