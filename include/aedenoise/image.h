// An image or volume as float planes in the file's own intensity units.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aedenoise {

// How the source file stores a sample; also what `--datatype` may ask for.
enum class DataType : std::uint8_t { uint8, int16, uint16, float32 };

struct Image {
  int channels = 0;                       // 1 gray, 3 colour (red, green, blue); alpha is not part of an Image
  int depth = 1;                          // slices; 1 for a plain image
  int height = 0;                         // rows
  int width = 0;                          // columns
  DataType datatype = DataType::float32;  // of the source file
  double low = 0.0;                       // smallest value the source can store, in intensity units
  double high = 1.0;                      // largest; for float sources the data's own extremes
  std::array<double, 3> spacing{1.0, 1.0, 1.0};  // millimetres between columns, rows, slices; 1 when unknown
  std::vector<float> values;              // channels x depth x height x width, planes one after another

  std::size_t plane_size() const { return static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
  std::size_t size() const { return plane_size() * static_cast<std::size_t>(channels) * static_cast<std::size_t>(depth); }
  float* plane(int channel, int slice = 0) {
    return values.data() + (static_cast<std::size_t>(channel) * static_cast<std::size_t>(depth) + static_cast<std::size_t>(slice)) * plane_size();
  }
  const float* plane(int channel, int slice = 0) const {
    return values.data() + (static_cast<std::size_t>(channel) * static_cast<std::size_t>(depth) + static_cast<std::size_t>(slice)) * plane_size();
  }
};

// An image of the same shape, datatype, range and spacing with every value zero.
inline Image same_shape(const Image& image) {
  Image out = image;
  out.values.assign(image.size(), 0.0F);
  return out;
}

}  // namespace aedenoise
