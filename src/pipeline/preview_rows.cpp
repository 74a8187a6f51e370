#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "imaging/estimate.h"
#include "pipeline/preview.h"
#include "pipeline/preview_views.h"

namespace aedenoise::pipeline {
namespace {

// Both pictures, read side by side.
class Pair {
 public:
  Pair(io::RowReader& noisy, io::RowReader& denoised) : noisy_(noisy), denoised_(denoised) {
    const Image& a = noisy.picture().image;
    const Image& b = denoised.picture().image;
    if (a.height != b.height || a.width != b.width || a.channels != b.channels) {
      throw Error(ErrorCode::data, "the pictures before and after differ in size");
    }
    noisy_.rewind();
    denoised_.rewind();
  }

  const Image& image() const { return noisy_.picture().image; }

  // The next rows.
  void read(int rows) {
    for (Image* band : {&before, &after}) {
      *band = empty_like(image());
      band->height = rows;
      band->values.resize(band->size());
    }
    noisy_.read(before);
    denoised_.read(after);
  }

  Image before;
  Image after;

 private:
  io::RowReader& noisy_;
  io::RowReader& denoised_;
};

struct Removed {
  double sum = 0.0;
  double squares = 0.0;
  double count = 0.0;

  void add(const Image& before, const Image& after) {
    for (std::size_t i = 0; i < before.values.size(); ++i) {
      const double removed = static_cast<double>(before.values[i]) - static_cast<double>(after.values[i]);
      sum += removed;
      squares += removed * removed;
    }
    count += static_cast<double>(before.values.size());
  }
};

void put_row(const Image& band, int row, Image& out) {
  const Image line = resized(band, 1, out.width);
  for (int c = 0; c < out.channels; ++c) {
    std::copy_n(line.plane(c), out.width, out.plane(c) + static_cast<std::ptrdiff_t>(row) * out.width);
  }
}

// The picture in blocks of step x step pixels, a band for every row of blocks.
Look whole(io::RowReader& noisy, io::RowReader& denoised, int step, Removed& removed) {
  Pair pair(noisy, denoised);
  const Image& image = pair.image();
  Look look;
  look.view.name = "whole";
  look.before = empty_like(image);
  look.before.height = (image.height + step - 1) / step;
  look.before.width = std::max(1, image.width / step);
  look.view.zoom = static_cast<double>(look.before.width) / image.width;
  look.before.values.resize(look.before.size());
  look.after = look.before;
  for (int row = 0; row < look.before.height; ++row) {
    pair.read(std::min(step, image.height - row * step));
    removed.add(pair.before, pair.after);
    put_row(pair.before, row, look.before);
    put_row(pair.after, row, look.after);
  }
  return look;
}

// From about where the picture in blocks has most edges; leaves the pair at the rows around it.
Look detail(Pair& pair, const Image& blocks, int step) {
  const Image& image = pair.image();
  const auto [top, left] = busiest_detail(blocks, image.height, image.width);
  const int height = std::min(kDetail, image.height);
  const int width = std::min(kDetail, image.width);
  for (int row = 0; row < top; row += step) pair.read(std::min(step, top - row));
  pair.read(height);
  Look look = detail_at(top, left);
  look.before = cut_out(pair.before, 0, left, height, width);
  look.after = cut_out(pair.after, 0, left, height, width);
  return look;
}

}  // namespace

RowFindings findings_by_rows(io::RowReader& noisy, io::RowReader& denoised) {
  const Image& image = noisy.picture().image;
  const int step = (std::max(image.height, image.width) + kLargestPreview - 1) / kLargestPreview;
  Removed removed;
  std::vector<Look> looks{whole(noisy, denoised, step, removed)};
  Pair pair(noisy, denoised);
  looks.push_back(detail(pair, looks[0].after, step));
  RowFindings out;
  out.comparison.noise_in = imaging::estimate_sigma(pair.before);
  out.comparison.noise_out = imaging::estimate_sigma(pair.after);
  out.comparison.residual_mean = removed.sum / removed.count;
  out.comparison.residual_rms = std::sqrt(removed.squares / removed.count);
  out.views = encoded_looks(std::move(looks), image);
  return out;
}

}  // namespace aedenoise::pipeline
