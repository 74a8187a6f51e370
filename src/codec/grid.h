// A plane of integers with room around it, so that neighbours can be read everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aedenoise::codec {

class Grid {
 public:
  static constexpr int kPad = 4;  // values before and after each row, and rows above and below

  Grid(int width, int height, std::int32_t value = 0)
      : width_(width),
        height_(height),
        stride_(width + 2 * kPad),
        values_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height + 2 * kPad), value) {}

  int width() const { return width_; }
  int height() const { return height_; }
  std::ptrdiff_t stride() const { return stride_; }
  // Row -kPad to height + kPad - 1; its columns -kPad to width + kPad - 1.
  std::int32_t* row(int y) { return values_.data() + (y + kPad) * stride_ + kPad; }
  const std::int32_t* row(int y) const { return values_.data() + (y + kPad) * stride_ + kPad; }

 private:
  int width_;
  int height_;
  std::ptrdiff_t stride_;
  std::vector<std::int32_t> values_;
};

}  // namespace aedenoise::codec
