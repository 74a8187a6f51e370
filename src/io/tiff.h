// The TIFF format through libtiff: samples as stored, and the tags that say what the picture is.
#pragma once

#include <optional>

#include "io/format.h"
#include "io/tiff_tags.h"

namespace aedenoise::io {

// How the samples of one picture lie in a file.
struct TiffLayout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t samples = 1;  // per pixel, alpha included
  std::uint16_t photometric = 1;
  std::uint16_t compression = 1;
  std::uint16_t predictor = 1;
  std::uint16_t alpha_kind = 0;  // the ExtraSamples value
  DataType datatype = DataType::uint8;
  bool separate_planes = false;
  bool tiled = false;
  bool big_endian = false;
  bool big_tiff = false;

  bool has_alpha() const { return samples == 2 || samples == 4; }
  int channels() const { return samples < 3 ? 1 : 3; }
  std::size_t sample_bytes() const {
    return datatype == DataType::float32 ? 4 : datatype == DataType::uint16 ? 2 : 1;
  }
  std::size_t pixel_bytes() const { return sample_bytes() * samples; }
};

class TiffSource : public Source {
 public:
  TiffLayout layout;
  std::vector<double> alpha;  // 0 transparent .. 1 opaque; empty without an alpha channel
  std::vector<TiffTag> tags;
  std::optional<float> no_data;  // what stands for "no value" in float samples (GDAL's tag 42113)
};

// How such samples are read: not a number, told from others by its payload.
inline constexpr std::uint32_t kNoDataBits = 0x7FC04DA1;

// Pictures of 8- or 16-bit unsigned or 32-bit float samples, gray or RGB, with or without alpha, in strips or
// tiles; several pages of one size and kind are volumes of one slice each. Pages that differ (as of
// pyramids), other sample types, palettes and other colour models are refused by name. Values are the stored
// numbers: float data may be negative, and NaN and infinities are kept where they are; `low` and `high` are
// the finite extremes. Float samples of the value that GDAL_NODATA names are no numbers here and that value
// again in the file written. White-is-zero files are read as stored and stay white-is-zero. Kept on writing:
// alpha bit for bit, description, resolution, orientation (not applied), ICC profile, XMP, private tags of
// any kind, byte order and lossless compression. Exif, GPS and thumbnail directories are not; a note says so.
const PictureFormat& tiff_format();

}  // namespace aedenoise::io
