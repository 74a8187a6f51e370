#include "io/dicom_jpeg2000.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

struct Input {
  std::span<const std::uint8_t> bytes;
  std::size_t position = 0;
};

OPJ_SIZE_T read_some(void* buffer, OPJ_SIZE_T count, void* user) {
  auto& input = *static_cast<Input*>(user);
  const std::size_t got = std::min<std::size_t>(count, input.bytes.size() - input.position);
  if (got == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, input.bytes.data() + input.position, got);
  input.position += got;
  return got;
}

OPJ_OFF_T skip(OPJ_OFF_T count, void* user) {
  auto& input = *static_cast<Input*>(user);
  const auto left = static_cast<OPJ_OFF_T>(input.bytes.size() - input.position);
  const OPJ_OFF_T moved = std::clamp<OPJ_OFF_T>(count, 0, left);
  input.position += static_cast<std::size_t>(moved);
  return moved;
}

OPJ_BOOL seek(OPJ_OFF_T position, void* user) {
  auto& input = *static_cast<Input*>(user);
  if (position < 0 || static_cast<std::size_t>(position) > input.bytes.size()) return OPJ_FALSE;
  input.position = static_cast<std::size_t>(position);
  return OPJ_TRUE;
}

template <auto kDestroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};
using Stream = std::unique_ptr<opj_stream_t, Destroy<opj_stream_destroy>>;
using Codec = std::unique_ptr<opj_codec_t, Destroy<opj_destroy_codec>>;
using Picture = std::unique_ptr<opj_image_t, Destroy<opj_image_destroy>>;

Error damaged() { return {ErrorCode::data, "damaged or truncated: its JPEG 2000 data cannot be decoded"}; }

Stream make_stream(Input& input) {
  Stream stream(opj_stream_default_create(OPJ_TRUE));
  if (stream == nullptr) throw std::bad_alloc();
  opj_stream_set_user_data(stream.get(), &input, nullptr);
  opj_stream_set_user_data_length(stream.get(), input.bytes.size());
  opj_stream_set_read_function(stream.get(), read_some);
  opj_stream_set_skip_function(stream.get(), skip);
  opj_stream_set_seek_function(stream.get(), seek);
  return stream;
}

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
  Input input{bytes};
  const Stream stream = make_stream(input);
  // Some devices store whole JP2 files where the standard wants the bare code stream.
  const bool boxed = bytes.size() >= 12 && std::memcmp(bytes.data() + 4, "jP  ", 4) == 0;
  const Codec codec(opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (codec == nullptr || opj_setup_decoder(codec.get(), &parameters) == OPJ_FALSE) throw std::bad_alloc();
  opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE);
  opj_image_t* header = nullptr;
  const bool read = opj_read_header(stream.get(), codec.get(), &header) == OPJ_TRUE;
  const Picture picture(header);
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
