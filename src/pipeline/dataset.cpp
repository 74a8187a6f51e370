#include "pipeline/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>

#include "aedenoise/error.h"
#include "core/sha256.h"
#include "pipeline/dataset_images.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

// Below its folder and without its extension: what two files of a pair have in common.
fs::path pair_name(const fs::path& path, const fs::path& folder) {
  fs::path name = path.lexically_relative(folder);
  if (name.extension() == ".gz") name.replace_extension();  // .nii.gz
  return name.replace_extension();
}

}  // namespace

std::vector<float> interleaved(const Picture& picture) {
  std::vector<float> out;
  out.reserve(picture.values.size());
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      for (int c = 0; c < picture.channels; ++c) out.push_back(picture.at(y, x, c));
    }
  }
  return out;
}

std::string Dataset::digest() const {
  std::string all;
  for (const std::vector<Picture>* pictures : {&clean, &noisy}) {
    for (const Picture& picture : *pictures) {
      const auto* first = reinterpret_cast<const std::uint8_t*>(picture.values.data());
      all += core::sha256_hex({first, picture.values.size() * sizeof(picture.values[0])}) + " " +
             std::to_string(picture.width) + " " + std::to_string(picture.unit) + "\n";
    }
  }
  return core::sha256_hex(all);
}

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
  taken.repeats = kept.repeats = repeats;
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
