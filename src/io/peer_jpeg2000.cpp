#include "io/peer_jpeg2000.h"

#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "io/openjpeg.h"

namespace aedenoise::io {
namespace {

Error failed(const char* what) {
  return {ErrorCode::internal, std::string("OpenJPEG cannot ") + what + " this picture"};
}

OpenJpegImage image_of(const PlainPicture& picture) {
  std::array<opj_image_cmptparm_t, 3> components{};
  for (opj_image_cmptparm_t& component : components) {
    component.dx = component.dy = 1;
    component.w = static_cast<OPJ_UINT32>(picture.width);
    component.h = static_cast<OPJ_UINT32>(picture.height);
    component.prec = static_cast<OPJ_UINT32>(picture.bits);
  }
  OpenJpegImage image(opj_image_create(static_cast<OPJ_UINT32>(picture.channels), components.data(),
                                       picture.channels == 1 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB));
  if (image == nullptr) throw std::bad_alloc();
  image->x1 = components[0].w;
  image->y1 = components[0].h;
  const auto plane = static_cast<std::ptrdiff_t>(picture.values.size()) / picture.channels;
  for (int c = 0; c < picture.channels; ++c)
    std::copy_n(picture.values.begin() + c * plane, plane, image->comps[c].data);
  return image;
}

opj_cparameters_t parameters_for(const PlainPicture& picture, std::size_t bytes) {
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  parameters.irreversible = bytes > 0 ? 1 : 0;
  parameters.tcp_mct = picture.channels == 3 ? 1 : 0;
  if (bytes > 0) {
    const double before = static_cast<double>(picture.values.size()) * picture.bits / 8.0;
    parameters.tcp_rates[0] = static_cast<float>(before / static_cast<double>(bytes));
  }
  while (parameters.numresolution > 1 &&
         std::min(picture.width, picture.height) >> (parameters.numresolution - 1) == 0)
    --parameters.numresolution;
  return parameters;
}

}  // namespace

core::Bytes encode_jpeg2000(const PlainPicture& picture, std::size_t bytes) {
  const OpenJpegImage image = image_of(picture);
  const OpenJpegCodec codec(opj_create_compress(OPJ_CODEC_J2K));
  if (codec == nullptr) throw std::bad_alloc();
  opj_cparameters_t parameters = parameters_for(picture, bytes);
  OpenJpegOutput output;
  const OpenJpegStream stream = open_stream(output);
  if (opj_setup_encoder(codec.get(), &parameters, image.get()) == OPJ_FALSE ||
      opj_start_compress(codec.get(), image.get(), stream.get()) == OPJ_FALSE ||
      opj_encode(codec.get(), stream.get()) == OPJ_FALSE ||
      opj_end_compress(codec.get(), stream.get()) == OPJ_FALSE) {
    throw failed("encode");
  }
  return std::move(output.bytes);
}

std::vector<std::int32_t> decode_jpeg2000(std::span<const std::uint8_t> bytes, const PlainPicture& shape) {
  OpenJpegInput input{bytes};
  const OpenJpegStream stream = open_stream(input);
  const OpenJpegCodec codec(opj_create_decompress(OPJ_CODEC_J2K));
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* header = nullptr;
  if (codec == nullptr || opj_setup_decoder(codec.get(), &parameters) == OPJ_FALSE) throw std::bad_alloc();
  const bool read = opj_read_header(stream.get(), codec.get(), &header) == OPJ_TRUE;
  const OpenJpegImage image(header);
  if (!read || opj_decode(codec.get(), stream.get(), image.get()) == OPJ_FALSE) throw failed("decode");
  std::vector<std::int32_t> values;
  for (int c = 0; c < shape.channels; ++c) {
    const OPJ_INT32* data = image->comps[c].data;
    values.insert(values.end(), data, data + shape.values.size() / static_cast<std::size_t>(shape.channels));
  }
  return values;
}

}  // namespace aedenoise::io
