#include "codec/subbands.h"

#include <algorithm>
#include <utility>

#include "codec/wavelet.h"

namespace aedenoise::codec {
namespace {

// Of `length` samples, those in the low-pass band after `level` halvings.
int halved(int length, int level) { return (length + (1 << level) - 1) >> level; }

}  // namespace

int levels_of(int width, int height) {
  int levels = 0;
  while (levels < kMaxLevels - 1 && std::min(width, height) >> (levels + 1) >= 8) ++levels;
  return levels;
}

void transform_plane(std::int32_t* plane, int width, int height, int levels) {
  for (int level = 0; level < levels; ++level) {
    const int w = halved(width, level);
    const int h = halved(height, level);
    analyse(plane, {h, width, w, 1});
    analyse(plane, {w, 1, h, width});
  }
}

void restore_plane(std::int32_t* plane, int width, int height, int levels) {
  for (int level = levels; level-- > 0;) {
    const int w = halved(width, level);
    const int h = halved(height, level);
    synthesise(plane, {w, 1, h, width});
    synthesise(plane, {h, width, w, 1});
  }
}

std::vector<Subband> subbands_of(int width, int height, int levels) {
  std::vector<Subband> bands{{0, 0, halved(width, levels), halved(height, levels), levels, 0, 0}};
  for (int level = levels; level > 0; --level) {
    const int w = halved(width, level);
    const int h = halved(height, level);
    const int high_w = halved(width, level - 1) - w;
    const int high_h = halved(height, level - 1) - h;
    bands.push_back({w, 0, high_w, h, level, 1, 0});
    bands.push_back({0, h, w, high_h, level, 0, 1});
    bands.push_back({w, h, high_w, high_h, level, 1, 1});
  }
  return bands;
}

Box part_of(const Subband& band, const Box& tile, int width, int height) {
  const auto range = [&](int first, int count, int total, int size) {
    const int begin = std::min(first >> band.level, size);
    const int end = first + count == total ? size : std::min((first + count) >> band.level, size);
    return std::pair{begin, end - begin};
  };
  const auto [x, w] = range(tile.x, tile.width, width, band.width);
  const auto [y, h] = range(tile.y, tile.height, height, band.height);
  return {band.x + x, band.y + y, 0, w, h, 1};
}

std::int64_t band_step(std::uint32_t step, const Subband& band, const PlaneKind& plane) {
  const auto norm = [&](int high) -> std::int64_t {
    return band.level == 0 ? 4096 : high != 0 ? high_norm(band.level) : low_norm(band.level);
  };
  const std::int64_t value =
      (std::int64_t{step} << (kSampleFraction + kStepBits - 8 + 24)) / (norm(band.along) * norm(band.across));
  return std::max<std::int64_t>(plane_step(value, plane), 1 << kStepBits);
}

}  // namespace aedenoise::codec
