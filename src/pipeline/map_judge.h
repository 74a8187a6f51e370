// How well maps of strangeness agree with masks of what is strange.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aedenoise::pipeline {

// A mask's connected pixels (touching corners count).
struct Region {
  std::vector<std::size_t> pixels;
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;  // its box; the last two inside
};
std::vector<Region> regions_of(const std::vector<bool>& mask, std::int64_t height, std::int64_t width);

// The highest points of a map, each the highest within `reach` pixels of itself along both axes; of a plateau
// one.
struct Peak {
  float value = 0.0F;
  std::int64_t y = 0;
  std::int64_t x = 0;
};
std::vector<Peak> peaks_of(std::span<const float> map, std::int64_t height, std::int64_t width,
                           std::int64_t reach);

class MapJudge {
 public:
  // `reach`: of peaks.
  explicit MapJudge(std::int64_t reach) : reach_(reach) {}

  void add(std::span<const float> map, const std::vector<bool>& mask, std::int64_t height,
           std::int64_t width);

  std::int64_t regions() const { return static_cast<std::int64_t>(overlaps_.size()); }
  // Share of pairs of a strange and a usual pixel in which the strange one has the higher value; of large
  // data, of evenly chosen pixels. Error{data} when masks name only one kind.
  double pixel_auroc() const;
  // Per-region overlap: the mean share of a region that lies above a threshold, averaged over thresholds at
  // which 0 to 30% of the usual pixels do (Bergmann et al., IJCV 2021), 1 at best.
  double region_overlap() const;
  // Share of regions with a peak inside their box, counting peaks from the highest down to where
  // `false_peaks` per map with a region lie in no box of that map.
  double region_recall(double false_peaks) const;

 private:
  struct Found {
    float value;
    std::vector<std::size_t> regions;  // numbers of those hit; none: a false one
  };
  std::vector<float> sorted_usual() const;  // ascending; Error{data} when masks name only one kind

  std::int64_t reach_;
  std::int64_t maps_with_regions_ = 0;
  std::vector<std::vector<float>> overlaps_;  // values of each region's pixels
  std::vector<float> usual_;                  // values of other pixels, evenly chosen
  std::vector<Found> found_;
};

}  // namespace aedenoise::pipeline
