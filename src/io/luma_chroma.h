// Colours as luma and chroma, ITU-R BT.601 over the full range: YBR_FULL of DICOM (PS3.3 C.7.6.3.1.2).
#pragma once

#include <array>

#include "aedenoise/image.h"

namespace aedenoise::io {

struct LumaChroma {
  static constexpr double kRed = 0.299;
  static constexpr double kGreen = 0.587;
  static constexpr double kBlue = 0.114;
  static constexpr double kCr = 1.402;
  static constexpr double kCb = 1.772;

  // What no colour is stored as in samples of so many bits.
  static double zero(int bits) { return 1U << static_cast<unsigned>(bits - 1); }
};

inline double luma(double red, double green, double blue) {
  return LumaChroma::kRed * red + LumaChroma::kGreen * green + LumaChroma::kBlue * blue;
}

// Y, Cb and Cr as they are stored in `bits` bits into red, green and blue in the same units, not limited.
inline std::array<double, 3> to_rgb(const std::array<double, 3>& ybr, int bits) {
  using Of = LumaChroma;
  const double red = ybr[0] + Of::kCr * (ybr[2] - Of::zero(bits));
  const double blue = ybr[0] + Of::kCb * (ybr[1] - Of::zero(bits));
  return {red, (ybr[0] - Of::kRed * red - Of::kBlue * blue) / Of::kGreen, blue};
}

// The inverse.
inline std::array<double, 3> to_ybr(const std::array<double, 3>& rgb, int bits) {
  using Of = LumaChroma;
  const double y = luma(rgb[0], rgb[1], rgb[2]);
  return {y, (rgb[2] - y) / Of::kCb + Of::zero(bits), (rgb[0] - y) / Of::kCr + Of::zero(bits)};
}

// The same of all colours of an image of three channels.
void to_rgb(Image& image, int bits);
void to_ybr(Image& image, int bits);

}  // namespace aedenoise::io
