#include "pipeline/samples.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "core/rng.h"
#include "core/text.h"
#include "io/matrix.h"
#include "pipeline/dataset.h"
#include "pipeline/files.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostChannels = 4;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw Error(ErrorCode::data, path.string() + ": " + why);
}

// What a table's rows are: values, or images that lie channels-last already.
std::vector<std::int64_t> sample_sizes(const fs::path& path, const std::vector<std::int64_t>& sizes) {
  switch (sizes.size()) {
    case 2:
      return {sizes[1]};
    case 3:
      return {1, sizes[1], sizes[2]};
    case 4:
      if (sizes[3] <= kMostChannels) return {sizes[3], sizes[1], sizes[2]};
      refuse(path, "a table of " + core::sizes_text(sizes) +
                       " is read as images N x height x width x channels, with at most 4 channels");
    case 1:
      refuse(path,
             "holds a single row of " + std::to_string(sizes[0]) + " numbers; samples are rows of a table");
    default:
      refuse(path, "has " + std::to_string(sizes.size()) + " axes; tables have 2, images 3 or 4");
  }
}

class Loader {
 public:
  explicit Loader(const SampleOptions& options) : options_(options) {}

  void add_table(const fs::path& path) {
    io::Matrix matrix = io::read_matrix(path, options_.limits);
    take_sizes(path, sample_sizes(path, matrix.sizes));
    if (!out_.names.empty() || !pictures_.empty()) refuse(path, "tables and images cannot be mixed");
    for (std::string& note : matrix.notes) out_.notes.push_back(std::move(note));
    if (matrix.full_scale > 0.0) {
      const auto factor = static_cast<float>(1.0 / matrix.full_scale);
      for (float& value : matrix.values) value *= factor;
      if (out_.sizes.size() == 1 && out_.count == 0) {
        out_.notes.push_back("values were divided by " + core::significant(matrix.full_scale) +
                             ", the largest of their type; tables of other types stay as they are");
      }
    }
    out_.count += matrix.samples();
    if (out_.values.empty()) {
      out_.values = std::move(matrix.values);
    } else {
      out_.values.insert(out_.values.end(), matrix.values.begin(), matrix.values.end());
    }
  }

  // A file or a folder, in which slices of a series are one volume.
  void add_images(const fs::path& path) {
    if (out_.count > 0 && out_.names.empty()) refuse(path, "tables and images cannot be mixed");
    Dataset data = load_dataset({path}, options_.channels, std::max(1, options_.patch));
    for (const std::string& note : data.notes) {
      if (std::ranges::find(out_.notes, note) == out_.notes.end()) out_.notes.push_back(note);
    }
    for (Picture& picture : data.clean) {  // the slices of a volume, or one
      if (options_.patch > 0) {
        pictures_.push_back(std::move(picture));
        continue;
      }
      take_sizes(picture.path, {picture.channels, picture.height, picture.width});
      for (const std::uint16_t value : picture.values)
        out_.values.push_back(static_cast<float>(value) / picture.unit);
      out_.names.push_back(picture.path.string());
      ++out_.count;
    }
  }

  Samples result() {
    if (options_.patch > 0 && !pictures_.empty()) cut_patches();
    return std::move(out_);
  }

 private:
  void take_sizes(const fs::path& path, const std::vector<std::int64_t>& sizes) {
    if (out_.sizes.empty()) {
      out_.sizes = sizes;
      first_ = path;
    } else if (out_.sizes != sizes) {
      refuse(path, "has samples of " + core::sizes_text(sizes) + ", " + first_.string() + " of " +
                       core::sizes_text(out_.sizes) + "; images can be cut into patches of one size (patch)");
    }
  }

  // Pictures are drawn in proportion to their area.
  void cut_patches() {
    const std::int64_t side = options_.patch;
    std::vector<std::int64_t> area;
    std::int64_t total = 0;
    for (const Picture& picture : pictures_) {
      total += static_cast<std::int64_t>(picture.height) * picture.width;
      area.push_back(total);
    }
    out_.sizes = {options_.channels, side, side};
    out_.count = options_.count > 0 ? options_.count : std::max<std::int64_t>(2, total / (side * side));
    out_.values.reserve(static_cast<std::size_t>(out_.count * side * side * options_.channels));
    for (std::int64_t i = 0; i < out_.count; ++i) {
      core::Rng rng(options_.seed, static_cast<std::uint64_t>(i));
      const auto place =
          static_cast<std::int64_t>(static_cast<double>(rng.uniform()) * static_cast<double>(total));
      const auto chosen = std::ranges::upper_bound(area, std::min(place, total - 1)) - area.begin();
      const Picture& picture = pictures_[static_cast<std::size_t>(chosen)];
      const auto top = static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.height - side + 1)));
      const auto left = static_cast<int>(rng.below(static_cast<std::uint32_t>(picture.width - side + 1)));
      for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
          for (int c = 0; c < picture.channels; ++c) out_.values.push_back(picture.at(top + y, left + x, c));
        }
      }
    }
  }

  const SampleOptions& options_;
  Samples out_;
  fs::path first_;
  std::vector<Picture> pictures_;
};

}  // namespace

Samples Samples::split(double share, std::int64_t most) {
  const std::int64_t wanted =
      std::clamp<std::int64_t>(std::lround(share * static_cast<double>(count)), 1, most);
  const std::int64_t stride = std::max<std::int64_t>(1, count / wanted);
  const auto is_taken = [&](std::int64_t i) {
    if (stride > 2) return i % stride == stride / 2;
    return (i + 1) * wanted / count > i * wanted / count;
  };
  Samples taken{sizes, 0, {}, {}, {}};
  Samples kept{sizes, 0, {}, {}, std::move(notes)};
  kept.values.reserve(values.size());
  for (std::int64_t i = 0; i < count; ++i) {
    Samples& target = is_taken(i) ? taken : kept;
    const auto row = sample(i);
    target.values.insert(target.values.end(), row.begin(), row.end());
    if (!names.empty()) target.names.push_back(names[static_cast<std::size_t>(i)]);
    ++target.count;
  }
  *this = std::move(kept);
  return taken;
}

Samples load_samples(const std::vector<fs::path>& inputs, const SampleOptions& options) {
  Loader loader(options);
  for (const fs::path& input : inputs) {
    std::error_code ignored;
    if (fs::is_regular_file(input, ignored) && io::is_matrix_file(input)) {
      loader.add_table(input);
    } else {
      loader.add_images(input);
    }
  }
  return loader.result();
}

std::vector<int> load_labels(const fs::path& path, std::int64_t samples) {
  const io::Matrix matrix = io::read_matrix(path);
  if (matrix.samples() != samples || matrix.sample_values() != 1) {
    refuse(path, "holds " + matrix.description + ", not one label for each of " + std::to_string(samples) +
                     " samples");
  }
  constexpr float kLargestLabel = 0x1p31F;
  std::vector<int> labels;
  for (const float value : matrix.values) {
    if (!(std::abs(value) < kLargestLabel && value == std::trunc(value)))
      refuse(path, "holds labels that are not whole numbers below 2147483648");
    labels.push_back(static_cast<int>(value));
  }
  return labels;
}

}  // namespace aedenoise::pipeline
