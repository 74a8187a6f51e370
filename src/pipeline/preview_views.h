// Planes out of images, and their sizes: the parts that previews are made of.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "aedenoise/image.h"
#include "pipeline/preview.h"

namespace aedenoise::pipeline {

inline constexpr int kLargestPreview = 512;  // side of a picture as a whole
inline constexpr int kDetail = 256;          // and of its detail

// One look before it is encoded.
struct Look {
  PreviewView view;
  Image before;
  Image after;
};

// A detail that begins there, still without pixels.
Look detail_at(int top, int left);

// The scales that suit an image like `image`, of which these are looks, and the pictures on them.
std::vector<PreviewView> encoded_looks(std::vector<Look> looks, const Image& image);

// Averages over the pixels that each new one covers; along an axis that becomes longer, interpolates between
// neighbours. Of one plane, all channels; not a number where none of the pixels is one.
Image resized(const Image& plane, int height, int width);

// A plane as a JPEG file, from `low`, black, to `high`, white; what is not a number is black.
core::Bytes jpeg_of(const Image& plane, double low, double high, int quality);

// Rows and columns [top, top + height), [left, left + width) of a plane.
Image cut_out(const Image& plane, int top, int left, int height, int width);

// Where the detail with the most edges begins in a picture of height x width pixels: {top, left}. They are
// looked for in `reduced`, the picture made smaller, in which noise is no edge.
std::array<int, 2> busiest_detail(const Image& reduced, int height, int width);

// A plane through a volume's middle.
struct MiddlePlane {
  std::string name;           // as in PreviewView
  std::size_t across = 2;     // axis of the volume (0 columns, 1 rows, 2 slices) that it lies across
  std::size_t right = 0;      // axis that runs to the right in it
  bool right_turned = false;  // whether it runs to the left instead
  std::size_t down = 1;
  bool down_turned = false;
};

std::array<MiddlePlane, 3> middle_planes(const std::string& axes);

// As it is stored, and its size in millimetres.
Image extracted(const Image& volume, const MiddlePlane& plane);
std::array<double, 2> height_and_width(const Image& volume, const MiddlePlane& plane);

// Samples along an axis as above.
int samples_along(const Image& volume, std::size_t axis);

}  // namespace aedenoise::pipeline
