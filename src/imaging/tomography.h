// Computed tomography of one slice: projections in parallel beams, and filtered back-projection.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace aedenoise::imaging {

// Views at equal angles over half a turn, the first along the columns; bins as far apart as pixels, their
// middle over that of the slice. Every pixel lies under the detector in every view.
struct ParallelBeam {
  ParallelBeam(int slice_height, int slice_width, int view_count);

  int height = 0;
  int width = 0;
  int views = 0;
  int bins = 0;

  std::size_t pixels() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
  std::size_t rays() const { return static_cast<std::size_t>(views) * static_cast<std::size_t>(bins); }
  double angle(int view) const;
};

// Integrals of `slice` along the rays, in values times pixels; views one after another. Joseph's method (IEEE
// Trans. Med. Imaging 1, 1982): each ray takes one value, interpolated, from every row or from every column.
std::vector<float> project(std::span<const float> slice, const ParallelBeam& beam);

// The slice that has these projections (Kak and Slaney, Principles of Computerized Tomographic Imaging,
// chapter 3): a ramp filter that falls as a Hann window, to 0 at `cutoff` times half a period per pixel, and
// back-projection with linear interpolation. Above 1 the window still stands where the detector's resolution
// ends. Linear in `projections`. cutoff > 0.
std::vector<float> back_project(std::span<const float> projections, const ParallelBeam& beam, double cutoff);

}  // namespace aedenoise::imaging
