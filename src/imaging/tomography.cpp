#include "imaging/tomography.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/clones.h"

namespace aedenoise::imaging {
namespace {

// Where rays cross a row: in the first bin, and how much further in the next.
struct Ray {
  float first = 0.0F;
  float step = 1.0F;
};

// Adds to each bin the value of `row`, which has a 0 before its first and after its last of `count`, at the
// bin's point, times `weight`; beyond the ends there is nothing.
AEDENOISE_CLONES void gather_row(const float* __restrict row, int count, Ray line, float weight, int bins,
                                 float* __restrict out) {
  // From 0 on, the row's first 0 included, so that truncation rounds down.
  const float last = static_cast<float>(count) + 0.99F;
  for (int bin = 0; bin < bins; ++bin) {
    const float place = line.first + line.step * static_cast<float>(bin) + 1.0F;
    const float inside = place < 0.0F ? 0.0F : (place > last ? last : place);
    const int index = static_cast<int>(inside);
    const float fraction = inside - static_cast<float>(index);
    const float value = row[index] + fraction * (row[index + 1] - row[index]);
    out[bin] += place == inside ? weight * value : 0.0F;
  }
}

// Rows with a 0 before and after each, and another to read beyond.
struct PaddedRows {
  int count = 0;
  int length = 0;
  std::vector<float> values;
  const float* row(int index) const {
    return values.data() + static_cast<std::ptrdiff_t>(index) * (length + 3);
  }
};

PaddedRows rows_of(std::span<const float> slice, const ParallelBeam& beam, bool transposed) {
  PaddedRows out{transposed ? beam.width : beam.height, transposed ? beam.height : beam.width, {}};
  out.values.assign(static_cast<std::size_t>(out.count) * static_cast<std::size_t>(out.length + 3), 0.0F);
  for (int i = 0; i < out.count; ++i) {
    float* to = out.values.data() + static_cast<std::ptrdiff_t>(i) * (out.length + 3) + 1;
    const float* from = slice.data() + static_cast<std::ptrdiff_t>(i) * (transposed ? 1 : beam.width);
    for (int j = 0; j < out.length; ++j)
      to[j] = from[static_cast<std::ptrdiff_t>(j) * (transposed ? beam.width : 1)];
  }
  return out;
}

// A ray is where u across + v along = t, with u the place in a row and v the row's, both from the middle.
void project_rows(const PaddedRows& rows, double across, double along, int bins, float* out) {
  const double middle = 0.5 * (bins - 1);
  for (int i = 0; i < rows.count; ++i) {
    const double v = i - 0.5 * (rows.count - 1);
    const double first = 0.5 * (rows.length - 1) + (-middle - v * along) / across;
    gather_row(rows.row(i), rows.length, {static_cast<float>(first), static_cast<float>(1.0 / across)},
               static_cast<float>(1.0 / std::abs(across)), bins, out);
  }
}

// The filter's response at distances 0, 1, 2, ... bins: the transform of |f| window(f) up to half a period
// per bin, beyond which bins show nothing.
std::vector<float> filter_taps(int bins, double cutoff) {
  constexpr int kFrequencies = 8192;
  const double end = 0.5 * std::min(cutoff, 1.0);
  const double width = end / kFrequencies;
  std::vector<double> response(kFrequencies);
  for (int i = 0; i < kFrequencies; ++i) {
    const double f = (i + 0.5) * width;
    response[static_cast<std::size_t>(i)] =
        2.0 * width * f * 0.5 * (1.0 + std::cos(2.0 * std::numbers::pi * f / cutoff));
  }
  std::vector<float> taps(static_cast<std::size_t>(bins));
#pragma omp parallel for schedule(static)
  for (int k = 0; k < bins; ++k) {
    // cos(k a), cos(k (a + d)), ... by recurrence.
    const double d = 2.0 * std::numbers::pi * k * width;
    double now = std::cos(0.5 * d);
    double before = now;
    double sum = 0.0;
    for (int i = 0; i < kFrequencies; ++i) {
      sum += response[static_cast<std::size_t>(i)] * now;
      const double next = 2.0 * std::cos(d) * now - before;
      before = now;
      now = next;
    }
    taps[static_cast<std::size_t>(k)] = static_cast<float>(sum);
  }
  return taps;
}

// out[i] = sum of in[j] taps[|i - j|].
AEDENOISE_CLONES void filter_view(const float* __restrict in, const float* __restrict mirrored_taps, int bins,
                                  float* __restrict out) {
  std::fill_n(out, bins, 0.0F);
  for (int j = 0; j < bins; ++j) {
    const float value = in[j];
    const float* taps = mirrored_taps + (bins - 1 - j);
    for (int i = 0; i < bins; ++i) out[i] += value * taps[i];
  }
}

// Adds to a row of pixels what lies under them: the first at `place`, the next `step` further.
AEDENOISE_CLONES void spread_row(const float* __restrict view, float place, float step, int count,
                                 float* __restrict row) {
  for (int x = 0; x < count; ++x) {
    const float at = place + step * static_cast<float>(x);
    const int index = static_cast<int>(at);
    const float fraction = at - static_cast<float>(index);
    row[x] += view[index] + fraction * (view[index + 1] - view[index]);
  }
}

}  // namespace

ParallelBeam::ParallelBeam(int slice_height, int slice_width, int view_count)
    : height(slice_height), width(slice_width), views(view_count) {
  // A bin more at either end than the diagonal takes, so that interpolation finds both its neighbours.
  bins = static_cast<int>(std::ceil(std::hypot(height, width))) + 3;
}

double ParallelBeam::angle(int view) const { return std::numbers::pi * view / views; }

std::vector<float> project(std::span<const float> slice, const ParallelBeam& beam) {
  std::vector<float> out(beam.rays(), 0.0F);
  const PaddedRows rows = rows_of(slice, beam, false);
  const PaddedRows columns = rows_of(slice, beam, true);
#pragma omp parallel for schedule(static)
  for (int view = 0; view < beam.views; ++view) {
    const double c = std::cos(beam.angle(view));
    const double s = std::sin(beam.angle(view));
    float* to = out.data() + static_cast<std::ptrdiff_t>(view) * beam.bins;
    // Through whichever the ray crosses more steeply.
    if (std::abs(c) >= std::abs(s)) {
      project_rows(rows, c, s, beam.bins, to);
    } else {
      project_rows(columns, s, c, beam.bins, to);
    }
  }
  return out;
}

std::vector<float> back_project(std::span<const float> projections, const ParallelBeam& beam, double cutoff) {
  const auto bins = static_cast<std::size_t>(beam.bins);
  const std::vector<float> taps = filter_taps(beam.bins, cutoff);
  std::vector<float> mirrored(taps.rbegin(), taps.rend());
  mirrored.insert(mirrored.end(), taps.begin() + 1, taps.end());
  std::vector<float> filtered(beam.rays());
#pragma omp parallel for schedule(static)
  for (int view = 0; view < beam.views; ++view) {
    const std::size_t start = static_cast<std::size_t>(view) * bins;
    filter_view(projections.data() + start, mirrored.data(), beam.bins, filtered.data() + start);
  }
  std::vector<float> out(beam.pixels(), 0.0F);
#pragma omp parallel for schedule(static)
  for (int y = 0; y < beam.height; ++y) {
    float* row = out.data() + static_cast<std::ptrdiff_t>(y) * beam.width;
    for (int view = 0; view < beam.views; ++view) {
      const double c = std::cos(beam.angle(view));
      const double s = std::sin(beam.angle(view));
      const double place =
          0.5 * (beam.bins - 1) + (y - 0.5 * (beam.height - 1)) * s - 0.5 * (beam.width - 1) * c;
      spread_row(filtered.data() + static_cast<std::size_t>(view) * bins, static_cast<float>(place),
                 static_cast<float>(c), beam.width, row);
    }
    const auto share = static_cast<float>(std::numbers::pi / beam.views);
    for (int x = 0; x < beam.width; ++x) row[x] *= share;
  }
  return out;
}

}  // namespace aedenoise::imaging
