// An image or volume as float planes in the file's own intensity units.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aedenoise {

// How a file stores a sample.
enum class DataType : std::uint8_t {
  uint8,
  int16,
  uint16,
  float32,
  int8,
  int32,
  uint32,
  int64,
  uint64,
  float64
};

// What made the image, by DICOM's names (PS3.3 C.7.3.1.1.1); `other` where the file does not say.
enum class Modality : std::uint8_t { other, ct, mr, pt, us };

// What of MR's complex numbers the values are (Complex Image Component, PS3.3 C.8.13.3.1.2); magnitude of all
// that is not MR, or does not say.
enum class Component : std::uint8_t { magnitude, phase, real, imaginary };

struct Image {
  int channels = 0;  // 1 gray, 3 colour (red, green, blue); alpha is not part of an Image
  int depth = 1;     // slices; 1 for a plain image
  int height = 0;    // rows
  int width = 0;     // columns

  DataType datatype = DataType::float32;  // of the source file
  double low = 0.0;                       // smallest value the source can store, in intensity units
  // Largest: white, 255 for uint8 pictures; for float sources and volumes, which have no white, the data's
  // own extremes. Images of integers made by hand must set it: it is what their values are measured by.
  double high = 1.0;
  // Millimetres between columns, rows, slices; 1 when unknown.
  std::array<double, 3> spacing{1.0, 1.0, 1.0};
  Modality modality = Modality::other;
  Component component = Component::magnitude;
  bool subsampled = false;  // colours were stored at a lower resolution than brightness, as in JPEG

  // channels x depth x height x width, planes one after another. Integers of more than 24 bits and doubles
  // are rounded to floats.
  std::vector<float> values;

  std::size_t plane_size() const { return size_t_of(height) * size_t_of(width); }
  std::size_t size() const { return plane_size() * size_t_of(channels) * size_t_of(depth); }
  float* plane(int channel, int slice = 0) { return values.data() + plane_offset(channel, slice); }
  const float* plane(int channel, int slice = 0) const {
    return values.data() + plane_offset(channel, slice);
  }

 private:
  static std::size_t size_t_of(int value) { return static_cast<std::size_t>(value); }
  std::size_t plane_offset(int channel, int slice) const {
    return (size_t_of(channel) * size_t_of(depth) + size_t_of(slice)) * plane_size();
  }
};

// The same of everything but the values, of which there are none yet.
inline Image empty_like(const Image& image) {
  Image out;
  out.channels = image.channels;
  out.depth = image.depth;
  out.height = image.height;
  out.width = image.width;
  out.datatype = image.datatype;
  out.low = image.low;
  out.high = image.high;
  out.spacing = image.spacing;
  out.modality = image.modality;
  out.component = image.component;
  out.subsampled = image.subsampled;
  return out;
}

// The same with every value zero.
inline Image zeros_like(const Image& image) {
  Image out = empty_like(image);
  out.values.assign(image.size(), 0.0F);
  return out;
}

}  // namespace aedenoise
