#include "pipeline/dataset.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "aedenoise/error.h"
#include "io/format.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

bool looks_like_image(const fs::path& path) {
  std::vector<std::uint8_t> head(64);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return io::recognise(head) != nullptr;
}

// Image files below `root`, sorted; `skipped` counts the others.
std::vector<fs::path> list_images(const fs::path& root, std::size_t& skipped) {
  std::error_code error;
  if (fs::is_regular_file(root, error)) return {root};
  if (!fs::is_directory(root, error))
    throw Error(ErrorCode::data, root.string() + ": no such file or folder");
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    if (looks_like_image(entry.path())) {
      paths.push_back(entry.path());
    } else {
      ++skipped;
    }
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

Picture read_picture(const fs::path& path, int channels, int min_size, bool& converted) {
  const Image image = io::read_document(path).image;
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
  return to_picture(path, image, channels, converted);
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
  const std::size_t stride = count / std::clamp<std::size_t>(wanted, 1, count);
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

Dataset load_dataset(const std::vector<fs::path>& folders, int channels, int min_size) {
  Dataset data;
  bool converted = false;
  std::size_t skipped = 0;
  for (const fs::path& folder : folders) {
    for (const fs::path& path : list_images(folder, skipped)) {
      data.clean.push_back(read_picture(path, channels, min_size, converted));
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
  const auto noisy_paths = list_images(noisy, skipped);
  for (const fs::path& path : list_images(clean, skipped)) {
    const auto partner =
        std::ranges::find(noisy_paths, path.stem(), [](const fs::path& p) { return p.stem(); });
    if (partner == noisy_paths.end())
      throw Error(ErrorCode::data, path.string() + ": has no partner in " + noisy.string());
    data.clean.push_back(read_picture(path, channels, min_size, converted));
    data.noisy.push_back(read_picture(*partner, channels, min_size, converted));
    const Picture& a = data.clean.back();
    const Picture& b = data.noisy.back();
    if (a.height != b.height || a.width != b.width) {
      throw Error(ErrorCode::data, path.string() + ": differs in size from its partner " + partner->string());
    }
  }
  if (data.clean.empty()) throw Error(ErrorCode::data, clean.string() + ": holds no images");
  add_notes(data, converted, skipped);
  return data;
}

}  // namespace aedenoise::pipeline
