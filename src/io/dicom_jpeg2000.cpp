#include "io/dicom_jpeg2000.h"

#include <cstring>

#include "aedenoise/error.h"
#include "io/openjpeg.h"

namespace aedenoise::io {
namespace {

Error damaged() { return {ErrorCode::data, "damaged or truncated: its JPEG 2000 data cannot be decoded"}; }

// Before anything is decoded: that takes memory by what the code stream declares.
void check_shape(const opj_image_t& picture, const PixelLayout& layout) {
  bool fits = picture.numcomps == static_cast<OPJ_UINT32>(layout.samples());
  for (OPJ_UINT32 i = 0; i < picture.numcomps; ++i) {
    const opj_image_comp_t& component = picture.comps[i];
    fits = fits && component.dx == 1 && component.dy == 1 &&
           component.w == static_cast<OPJ_UINT32>(layout.columns) &&
           component.h == static_cast<OPJ_UINT32>(layout.rows) &&
           component.prec <= static_cast<OPJ_UINT32>(layout.allocated);
  }
  if (!fits)
    throw Error(ErrorCode::data, "damaged: its header and its JPEG 2000 data disagree about the pixels");
}

}  // namespace

void decode_jpeg2000(std::span<const std::uint8_t> bytes, const PixelLayout& layout, std::uint8_t* raw) {
  OpenJpegInput input{bytes};
  const OpenJpegStream stream = open_stream(input);
  // Some devices store whole JP2 files where the standard wants the bare code stream.
  const bool boxed = bytes.size() >= 12 && std::memcmp(bytes.data() + 4, "jP  ", 4) == 0;
  const OpenJpegCodec codec(opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (codec == nullptr || opj_setup_decoder(codec.get(), &parameters) == OPJ_FALSE) throw std::bad_alloc();
  opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE);
  opj_image_t* header = nullptr;
  const bool read = opj_read_header(stream.get(), codec.get(), &header) == OPJ_TRUE;
  const OpenJpegImage picture(header);
  if (!read) throw damaged();
  check_shape(*picture, layout);
  if (opj_decode(codec.get(), stream.get(), picture.get()) == OPJ_FALSE ||
      opj_end_decompress(codec.get(), stream.get()) == OPJ_FALSE) {
    throw damaged();
  }
  const auto samples = static_cast<std::size_t>(layout.samples());
  for (std::size_t c = 0; c < samples; ++c) {
    const OPJ_INT32* values = picture->comps[c].data;
    if (values == nullptr) throw damaged();
    for (std::size_t i = 0; i < layout.pixels(); ++i) {
      const std::size_t at = layout.planar ? c * layout.pixels() + i : i * samples + c;
      if (layout.allocated == 8) {
        raw[at] = static_cast<std::uint8_t>(values[i]);
      } else {
        const auto word = static_cast<std::uint16_t>(values[i]);
        std::memcpy(raw + 2 * at, &word, sizeof word);
      }
    }
  }
}

}  // namespace aedenoise::io
