// Slow, plain implementations of every network operation in double precision, for tests to compare with.
// Tensors are row-major N, C, (D,) H, W or N, C; each function is its definition written as loops.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

namespace aedenoise::test {

using Sizes = std::vector<std::int64_t>;

inline std::int64_t count_of(const Sizes& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return count;
}

struct Array {
  Sizes sizes;
  std::vector<double> values;

  Array() = default;
  explicit Array(Sizes dims)
      : sizes(std::move(dims)), values(static_cast<std::size_t>(count_of(sizes)), 0.0) {}

  // Sizes of an image count as those of a volume of one slice, a vector's as those of an image of one pixel.
  std::int64_t batch() const { return sizes[0]; }
  std::int64_t channels() const { return sizes[1]; }
  std::int64_t depth() const { return sizes.size() == 5 ? sizes[2] : 1; }
  std::int64_t height() const { return sizes.size() > 2 ? sizes[sizes.size() - 2] : 1; }
  std::int64_t width() const { return sizes.size() > 2 ? sizes.back() : 1; }

  double& at(std::int64_t n, std::int64_t c, std::int64_t z, std::int64_t y, std::int64_t x) {
    return values[index(n, c, z, y, x)];
  }
  double at(std::int64_t n, std::int64_t c, std::int64_t z, std::int64_t y, std::int64_t x) const {
    return values[index(n, c, z, y, x)];
  }

 private:
  std::size_t index(std::int64_t n, std::int64_t c, std::int64_t z, std::int64_t y, std::int64_t x) const {
    return static_cast<std::size_t>((((n * channels() + c) * depth() + z) * height() + y) * width() + x);
  }
};

// Calls visit(n, c, z, y, x) for every position.
template <typename Visit>
void for_each_position(const Array& array, Visit visit) {
  for (std::int64_t n = 0; n < array.batch(); ++n) {
    for (std::int64_t c = 0; c < array.channels(); ++c) {
      for (std::int64_t z = 0; z < array.depth(); ++z) {
        for (std::int64_t y = 0; y < array.height(); ++y) {
          for (std::int64_t x = 0; x < array.width(); ++x) visit(n, c, z, y, x);
        }
      }
    }
  }
}

// The network's order in memory: channels last.
inline std::vector<float> to_channels_last(const Array& array) {
  std::vector<float> out(array.values.size());
  for_each_position(array, [&](auto n, auto c, auto z, auto y, auto x) {
    const std::int64_t pixel = ((n * array.depth() + z) * array.height() + y) * array.width() + x;
    out[static_cast<std::size_t>(pixel * array.channels() + c)] = static_cast<float>(array.at(n, c, z, y, x));
  });
  return out;
}

inline Array from_channels_last(const float* values, const Sizes& sizes) {
  Array out(sizes);
  for_each_position(out, [&](auto n, auto c, auto z, auto y, auto x) {
    const std::int64_t pixel = ((n * out.depth() + z) * out.height() + y) * out.width() + x;
    out.at(n, c, z, y, x) = static_cast<double>(values[pixel * out.channels() + c]);
  });
  return out;
}

namespace naive {

inline std::vector<std::int64_t> spatial(const Array& src,
                                         const std::function<std::int64_t(std::int64_t)>& size) {
  std::vector<std::int64_t> out;
  for (std::size_t axis = 2; axis < src.sizes.size(); ++axis) out.push_back(size(src.sizes[axis]));
  return out;
}

inline Array image(std::int64_t batch, std::int64_t channels, const std::vector<std::int64_t>& space) {
  Sizes sizes{batch, channels};
  sizes.insert(sizes.end(), space.begin(), space.end());
  return Array(sizes);
}

// Calls tap(cz, cy, cx, fz, fy, fx, kz, ky, kx) for every pair of positions that a kernel of `weights`
// connects: fine = coarse * stride - padding + k. The slice axis of an image takes no part.
template <typename Tap>
void for_each_tap(const Array& coarse, const Array& fine, const Array& weights, std::int64_t stride,
                  std::int64_t padding, Tap tap) {
  const bool volume = fine.sizes.size() == 5;
  const auto inside = [](std::int64_t i, std::int64_t size) { return i >= 0 && i < size; };
  for (std::int64_t kz = 0; kz < weights.depth(); ++kz) {
    for (std::int64_t ky = 0; ky < weights.height(); ++ky) {
      for (std::int64_t kx = 0; kx < weights.width(); ++kx) {
        for (std::int64_t cz = 0; cz < coarse.depth(); ++cz) {
          for (std::int64_t cy = 0; cy < coarse.height(); ++cy) {
            for (std::int64_t cx = 0; cx < coarse.width(); ++cx) {
              const std::int64_t fz = volume ? cz * stride - padding + kz : 0;
              const std::int64_t fy = cy * stride - padding + ky;
              const std::int64_t fx = cx * stride - padding + kx;
              if (inside(fz, fine.depth()) && inside(fy, fine.height()) && inside(fx, fine.width())) {
                tap(cz, cy, cx, fz, fy, fx, kz, ky, kx);
              }
            }
          }
        }
      }
    }
  }
}

inline void add_bias(Array& dst, const Array* bias) {
  if (bias == nullptr) return;
  for_each_position(dst, [&](auto n, auto c, auto z, auto y, auto x) {
    dst.at(n, c, z, y, x) += bias->values[static_cast<std::size_t>(c)];
  });
}

// weights: out channels, in channels, then kernel sizes; for both directions.
inline Array convolution(const Array& src, const Array& weights, const Array* bias, std::int64_t stride,
                         std::int64_t padding) {
  const std::int64_t kernel = weights.width();
  Array dst = image(src.batch(), weights.sizes[0],
                    spatial(src, [&](std::int64_t s) { return (s + 2 * padding - kernel) / stride + 1; }));
  for (std::int64_t n = 0; n < dst.batch(); ++n) {
    for (std::int64_t o = 0; o < dst.channels(); ++o) {
      for (std::int64_t i = 0; i < src.channels(); ++i) {
        for_each_tap(dst, src, weights, stride, padding,
                     [&](auto cz, auto cy, auto cx, auto fz, auto fy, auto fx, auto kz, auto ky, auto kx) {
                       dst.at(n, o, cz, cy, cx) += weights.at(o, i, kz, ky, kx) * src.at(n, i, fz, fy, fx);
                     });
      }
    }
  }
  add_bias(dst, bias);
  return dst;
}

inline Array transposed_convolution(const Array& src, const Array& weights, const Array* bias,
                                    std::int64_t stride, std::int64_t padding) {
  const std::int64_t kernel = weights.width();
  Array dst = image(src.batch(), weights.sizes[0],
                    spatial(src, [&](std::int64_t s) { return (s - 1) * stride + kernel - 2 * padding; }));
  for (std::int64_t n = 0; n < dst.batch(); ++n) {
    for (std::int64_t o = 0; o < dst.channels(); ++o) {
      for (std::int64_t i = 0; i < src.channels(); ++i) {
        for_each_tap(src, dst, weights, stride, padding,
                     [&](auto cz, auto cy, auto cx, auto fz, auto fy, auto fx, auto kz, auto ky, auto kx) {
                       dst.at(n, o, fz, fy, fx) += weights.at(o, i, kz, ky, kx) * src.at(n, i, cz, cy, cx);
                     });
      }
    }
  }
  add_bias(dst, bias);
  return dst;
}

inline Array dense(const Array& src, const Array& weights, const Array* bias) {
  Array dst({src.sizes[0], weights.sizes[0]});
  for (std::int64_t n = 0; n < src.sizes[0]; ++n) {
    for (std::int64_t o = 0; o < weights.sizes[0]; ++o) {
      for (std::int64_t i = 0; i < src.sizes[1]; ++i) {
        dst.values[static_cast<std::size_t>(n * weights.sizes[0] + o)] +=
            weights.values[static_cast<std::size_t>(o * weights.sizes[1] + i)] *
            src.values[static_cast<std::size_t>(n * src.sizes[1] + i)];
      }
    }
  }
  add_bias(dst, bias);
  return dst;
}

inline Array transpose(const Array& src) {
  Array dst({src.sizes[1], src.sizes[0]});
  for (std::int64_t y = 0; y < src.sizes[0]; ++y) {
    for (std::int64_t x = 0; x < src.sizes[1]; ++x) {
      dst.values[static_cast<std::size_t>(x * src.sizes[0] + y)] =
          src.values[static_cast<std::size_t>(y * src.sizes[1] + x)];
    }
  }
  return dst;
}

inline Array map(Array src, const std::function<double(double)>& function) {
  for (double& value : src.values) value = function(value);
  return src;
}

inline Array leaky_relu(const Array& src, double alpha) {
  return map(src, [alpha](double x) { return x > 0.0 ? x : alpha * x; });
}
inline Array relu(const Array& src) { return leaky_relu(src, 0.0); }
inline Array sigmoid(const Array& src) {
  return map(src, [](double x) { return 1.0 / (1.0 + std::exp(-x)); });
}
inline Array tanh(const Array& src) {
  return map(src, [](double x) { return std::tanh(x); });
}
inline Array gelu(const Array& src) {
  return map(src, [](double x) { return 0.5 * x * (1.0 + std::erf(x / std::numbers::sqrt2)); });
}

inline Array sum(const std::vector<Array>& src) {
  Array dst = src[0];
  for (std::size_t k = 1; k < src.size(); ++k) {
    for (std::size_t i = 0; i < dst.values.size(); ++i) dst.values[i] += src[k].values[i];
  }
  return dst;
}

inline Array concat(const std::vector<Array>& src) {
  Sizes sizes = src[0].sizes;
  for (std::size_t k = 1; k < src.size(); ++k) sizes[1] += src[k].sizes[1];
  Array dst(sizes);
  std::int64_t first = 0;
  for (const Array& part : src) {
    for_each_position(part, [&](auto n, auto c, auto z, auto y, auto x) {
      dst.at(n, first + c, z, y, x) = part.at(n, c, z, y, x);
    });
    first += part.channels();
  }
  return dst;
}

// As torch.nn.PixelUnshuffle: channel c of the source becomes channels c r r + dy r + dx.
inline Array pixel_unshuffle(const Array& src, std::int64_t r) {
  Array dst({src.batch(), src.channels() * r * r, src.height() / r, src.width() / r});
  for_each_position(dst, [&](auto n, auto c, auto, auto y, auto x) {
    dst.at(n, c, 0, y, x) = src.at(n, c / (r * r), 0, y * r + c / r % r, x * r + c % r);
  });
  return dst;
}

// As torch.nn.PixelShuffle.
inline Array pixel_shuffle(const Array& src, std::int64_t r) {
  Array dst({src.batch(), src.channels() / (r * r), src.height() * r, src.width() * r});
  for_each_position(dst, [&](auto n, auto c, auto, auto y, auto x) {
    dst.at(n, c, 0, y, x) = src.at(n, c * r * r + y % r * r + x % r, 0, y / r, x / r);
  });
  return dst;
}

// Means of windows of `size` side by side.
inline Array average_pool(const Array& src, std::int64_t size) {
  Array dst = image(src.batch(), src.channels(), spatial(src, [&](std::int64_t s) { return s / size; }));
  const std::int64_t slices = src.sizes.size() == 5 ? size : 1;
  for_each_position(dst, [&](auto n, auto c, auto z, auto y, auto x) {
    double total = 0.0;
    for (std::int64_t k = 0; k < slices * size * size; ++k) {
      total += src.at(n, c, z * slices + k / (size * size), y * size + k / size % size, x * size + k % size);
    }
    dst.at(n, c, z, y, x) = total / static_cast<double>(slices * size * size);
  });
  return dst;
}

// Keeps the order that values have in memory, which is channels-last.
inline Array reshape(const Array& src, const Sizes& sizes_after_batch) {
  Sizes sizes{src.batch()};
  sizes.insert(sizes.end(), sizes_after_batch.begin(), sizes_after_batch.end());
  Array dst(sizes);
  std::vector<double> ordered(src.values.size());
  const auto place = [](const Array& a, auto n, auto c, auto z, auto y, auto x) {
    return static_cast<std::size_t>((((n * a.depth() + z) * a.height() + y) * a.width() + x) * a.channels() +
                                    c);
  };
  for_each_position(src, [&](auto n, auto c, auto z, auto y, auto x) {
    ordered[place(src, n, c, z, y, x)] = src.at(n, c, z, y, x);
  });
  for_each_position(dst, [&](auto n, auto c, auto z, auto y, auto x) {
    dst.at(n, c, z, y, x) = ordered[place(dst, n, c, z, y, x)];
  });
  return dst;
}

}  // namespace naive
}  // namespace aedenoise::test
