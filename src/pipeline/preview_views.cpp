#include "pipeline/preview_views.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "io/jpeg_stream.h"

namespace aedenoise::pipeline {
namespace {

// What an output pixel takes from one axis of the input.
struct Tap {
  int index;
  double weight;
};

std::vector<std::vector<Tap>> taps(int from, int to) {
  std::vector<std::vector<Tap>> out(static_cast<std::size_t>(to));
  const double step = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    auto& own = out[static_cast<std::size_t>(i)];
    if (step >= 1.0) {
      const double begin = i * step;
      const double end = begin + step;
      for (int k = static_cast<int>(begin); k < from && k < end; ++k) {
        const double covered = std::min(end, k + 1.0) - std::max(begin, static_cast<double>(k));
        if (covered > 1e-9) own.push_back({k, covered});
      }
    } else {
      const double at = std::clamp((i + 0.5) * step - 0.5, 0.0, from - 1.0);
      const int low = static_cast<int>(at);
      own.push_back({low, 1.0 - (at - low)});
      if (low + 1 < from) own.push_back({low + 1, at - low});
    }
  }
  return out;
}

Image plane_like(const Image& image, int height, int width) {
  Image out = empty_like(image);
  out.depth = 1;
  out.height = height;
  out.width = width;
  out.values.assign(out.size(), 0.0F);
  return out;
}

// Edges in blocks of pixels: sums of absolute differences to the right and down.
std::vector<double> edges(const Image& plane, int block, int rows, int columns) {
  std::vector<double> out(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 0.0);
  for (int c = 0; c < plane.channels; ++c) {
    const float* values = plane.plane(c);
    for (int y = 0; y < rows * block - 1; ++y) {
      const float* row = values + static_cast<std::ptrdiff_t>(y) * plane.width;
      for (int x = 0; x < columns * block - 1; ++x) {
        const float edge = std::abs(row[x + 1] - row[x]) + std::abs(row[x + plane.width] - row[x]);
        if (!std::isfinite(edge)) continue;
        const auto row_of_blocks = static_cast<std::size_t>(y / block) * static_cast<std::size_t>(columns);
        out[row_of_blocks + static_cast<std::size_t>(x / block)] += static_cast<double>(edge);
      }
    }
  }
  return out;
}

}  // namespace

Image resized(const Image& plane, int height, int width) {
  if (plane.height == height && plane.width == width) return plane;
  const auto rows = taps(plane.height, height);
  const auto columns = taps(plane.width, width);
  Image out = plane_like(plane, height, width);
  for (int c = 0; c < plane.channels; ++c) {
    const float* values = plane.plane(c);
    float* to = out.plane(c);
    for (const auto& row : rows) {
      for (const auto& column : columns) {
        double sum = 0.0;
        double weights = 0.0;
        for (const Tap& y : row) {
          for (const Tap& x : column) {
            const float value = values[static_cast<std::ptrdiff_t>(y.index) * plane.width + x.index];
            if (!std::isfinite(value)) continue;
            sum += y.weight * x.weight * static_cast<double>(value);
            weights += y.weight * x.weight;
          }
        }
        *to++ = weights > 0.0 ? static_cast<float>(sum / weights) : std::numeric_limits<float>::quiet_NaN();
      }
    }
  }
  return out;
}

Image cut_out(const Image& plane, int top, int left, int height, int width) {
  Image out = plane_like(plane, height, width);
  for (int c = 0; c < plane.channels; ++c) {
    for (int y = 0; y < height; ++y) {
      std::copy_n(plane.plane(c) + static_cast<std::ptrdiff_t>(top + y) * plane.width + left, width,
                  out.plane(c) + static_cast<std::ptrdiff_t>(y) * width);
    }
  }
  return out;
}

std::array<int, 2> busiest_detail(const Image& reduced, int height, int width) {
  constexpr int kBlocksPerSide = 4;
  const double zoom = static_cast<double>(reduced.width) / width;
  const int block = std::max(1, static_cast<int>(zoom * kDetail / kBlocksPerSide));
  const int rows = reduced.height / block;
  const int columns = reduced.width / block;
  const std::vector<double> sums = edges(reduced, block, rows, columns);
  std::array<int, 2> best{};
  double most = -1.0;
  for (int y = 0; y + kBlocksPerSide <= rows; ++y) {
    for (int x = 0; x + kBlocksPerSide <= columns; ++x) {
      double sum = 0.0;
      for (int i = y; i < y + kBlocksPerSide; ++i) {
        const auto first = sums.begin() + static_cast<std::ptrdiff_t>(i) * columns + x;
        sum = std::accumulate(first, first + kBlocksPerSide, sum);
      }
      if (sum <= most) continue;
      most = sum;
      best = {y * block, x * block};
    }
  }
  const auto place = [&](int at, int length) {
    return std::clamp(static_cast<int>(at / zoom), 0, std::max(0, length - kDetail));
  };
  return {place(best[0], height), place(best[1], width)};
}

std::array<MiddlePlane, 3> middle_planes(const std::string& axes) {
  if (axes.size() != 3) {
    return {MiddlePlane{"slice", 2, 0, false, 1, false}, MiddlePlane{"across rows", 1, 0, false, 2, false},
            MiddlePlane{"across columns", 0, 1, false, 2, false}};
  }
  // The volume's axis along one of the body's, and whether it runs against it.
  const auto along = [&](char plus, char minus) {
    const std::size_t at = axes.find_first_of(std::string{plus, minus});
    return std::pair{at, axes[at] == minus};
  };
  const auto [left, from_left] = along('L', 'R');
  const auto [back, from_back] = along('P', 'A');
  const auto [head, from_head] = along('S', 'I');
  return {MiddlePlane{"axial", head, left, from_left, back, from_back},
          MiddlePlane{"coronal", back, left, from_left, head, !from_head},
          MiddlePlane{"sagittal", left, back, from_back, head, !from_head}};
}

int samples_along(const Image& volume, std::size_t axis) {
  return axis == 0 ? volume.width : axis == 1 ? volume.height : volume.depth;
}

Image extracted(const Image& volume, const MiddlePlane& plane) {
  const int height = samples_along(volume, plane.down);
  const int width = samples_along(volume, plane.right);
  Image out = plane_like(volume, height, width);
  std::array<int, 3> at{};
  at.at(plane.across) = samples_along(volume, plane.across) / 2;
  for (int c = 0; c < volume.channels; ++c) {
    float* to = out.plane(c);
    for (int y = 0; y < height; ++y) {
      at.at(plane.down) = plane.down_turned ? height - 1 - y : y;
      for (int x = 0; x < width; ++x) {
        at.at(plane.right) = plane.right_turned ? width - 1 - x : x;
        *to++ = volume.plane(c, at[2])[static_cast<std::ptrdiff_t>(at[1]) * volume.width + at[0]];
      }
    }
  }
  return out;
}

std::array<double, 2> height_and_width(const Image& volume, const MiddlePlane& plane) {
  return {samples_along(volume, plane.down) * volume.spacing.at(plane.down),
          samples_along(volume, plane.right) * volume.spacing.at(plane.right)};
}

core::Bytes jpeg_of(const Image& plane, double low, double high, int quality) {
  io::JpegInfo info;
  info.width = static_cast<std::uint32_t>(plane.width);
  info.height = static_cast<std::uint32_t>(plane.height);
  info.channels = plane.channels;
  info.jfif = true;
  info.sampling.fill({1, 1});
  const auto stride = static_cast<std::size_t>(plane.channels);
  const double factor = 255.0 / (high - low);
  core::Bytes samples(plane.size());
  for (std::size_t c = 0; c < stride; ++c) {
    const float* values = plane.plane(static_cast<int>(c));
    for (std::size_t i = 0; i < plane.plane_size(); ++i) {
      const double level = (static_cast<double>(values[i]) - low) * factor;
      samples[i * stride + c] =  // not a number: black
          level > 0.0 ? static_cast<std::uint8_t>(std::lround(std::min(level, 255.0))) : std::uint8_t{0};
    }
  }
  return io::encode_jpeg(info, samples, quality);
}

}  // namespace aedenoise::pipeline
