// How the stored words of a DICOM image become values and back (PS3.3 C.7.6.3 and C.11.1, PS3.5 section 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "aedenoise/image.h"
#include "io/samples.h"

namespace aedenoise::io {

enum class DicomColor : std::uint8_t { gray, rgb, ybr_full, ybr_full_422 };

struct PixelLayout {
  DicomColor color = DicomColor::gray;
  int rows = 0;
  int columns = 0;
  int frames = 1;
  int allocated = 16;              // bits of a word: 8 or 16
  int stored = 16;                 // bits of it that are used
  int high_bit = 15;               // the highest of them
  bool is_signed = false;          // two's complement
  bool planar = false;             // colour: all red, all green, all blue
  std::optional<Padding> padding;  // of gray alone
  std::vector<Rescale> rescale;    // of every frame
  std::vector<int> slices;         // which slice of the volume every frame is

  int samples() const { return color == DicomColor::gray ? 1 : 3; }
  std::size_t pixels() const;  // of one frame
  std::size_t frame_bytes() const;
  int lowest() const;  // stored value
  int highest() const;
  DataType datatype() const;
  // Whether padding is marked by values that only the whole word can hold, as some devices do.
  bool pads_beyond() const { return padding && (padding->low < lowest() || padding->high > highest()); }
  // Whether what can be stored is a range of brightness, as for colours and 8-bit gray; scans have no more
  // than the values they hold.
  bool has_white() const { return color != DicomColor::gray || allocated != 16; }
};

// Writes frame number `frame` into slice `slice` of `image`: gray in rescaled units with padding as NaN,
// which carries the stored word as its payload, or red, green, blue.
void decode_frame(const PixelLayout& layout, int frame, const std::uint8_t* raw, Image& image, int slice);

// The inverse: rounded half to even and clamped to what the layout stores, unused bits 0; padding as it was.
void encode_frame(const PixelLayout& layout, int frame, const Image& image, int slice, std::uint8_t* raw);

// The same pixels as numbers of whole words where pads_beyond(), so that these keep their padding.
PixelLayout whole_words(PixelLayout layout);

// The same without any scale: stored numbers, of colours the channels as they are stored, `channel_stride`
// apart. Not for subsampled chroma.
void load_stored(const PixelLayout& layout, const std::uint8_t* raw, std::int32_t* out,
                 std::size_t channel_stride);
void store_stored(const PixelLayout& layout, const std::int32_t* values, std::size_t channel_stride,
                  std::uint8_t* raw);

}  // namespace aedenoise::io
