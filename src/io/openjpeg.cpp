#include "io/openjpeg.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace aedenoise::io {
namespace {

OPJ_SIZE_T read_some(void* buffer, OPJ_SIZE_T count, void* user) {
  auto& input = *static_cast<OpenJpegInput*>(user);
  const std::size_t got = std::min<std::size_t>(count, input.bytes.size() - input.position);
  if (got == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, input.bytes.data() + input.position, got);
  input.position += got;
  return got;
}

OPJ_OFF_T skip_input(OPJ_OFF_T count, void* user) {
  auto& input = *static_cast<OpenJpegInput*>(user);
  const auto left = static_cast<OPJ_OFF_T>(input.bytes.size() - input.position);
  const OPJ_OFF_T moved = std::clamp<OPJ_OFF_T>(count, 0, left);
  input.position += static_cast<std::size_t>(moved);
  return moved;
}

OPJ_BOOL seek_input(OPJ_OFF_T position, void* user) {
  auto& input = *static_cast<OpenJpegInput*>(user);
  if (position < 0 || static_cast<std::size_t>(position) > input.bytes.size()) return OPJ_FALSE;
  input.position = static_cast<std::size_t>(position);
  return OPJ_TRUE;
}

OPJ_SIZE_T write_some(void* buffer, OPJ_SIZE_T count, void* user) {
  auto& output = *static_cast<OpenJpegOutput*>(user);
  try {
    output.bytes.resize(std::max<std::size_t>(output.bytes.size(), output.position + count));
  } catch (const std::bad_alloc&) {
    return static_cast<OPJ_SIZE_T>(-1);
  }
  std::memcpy(output.bytes.data() + output.position, buffer, count);
  output.position += count;
  return count;
}

OPJ_OFF_T skip_output(OPJ_OFF_T count, void* user) {
  auto& output = *static_cast<OpenJpegOutput*>(user);
  if (count < 0) return -1;
  output.position += static_cast<std::size_t>(count);
  return count;
}

OPJ_BOOL seek_output(OPJ_OFF_T position, void* user) {
  if (position < 0) return OPJ_FALSE;
  static_cast<OpenJpegOutput*>(user)->position = static_cast<std::size_t>(position);
  return OPJ_TRUE;
}

OpenJpegStream make_stream(bool is_input, void* user) {
  OpenJpegStream stream(opj_stream_default_create(is_input ? OPJ_TRUE : OPJ_FALSE));
  if (stream == nullptr) throw std::bad_alloc();
  opj_stream_set_user_data(stream.get(), user, nullptr);
  return stream;
}

}  // namespace

OpenJpegStream open_stream(OpenJpegInput& input) {
  OpenJpegStream stream = make_stream(true, &input);
  opj_stream_set_user_data_length(stream.get(), input.bytes.size());
  opj_stream_set_read_function(stream.get(), read_some);
  opj_stream_set_skip_function(stream.get(), skip_input);
  opj_stream_set_seek_function(stream.get(), seek_input);
  return stream;
}

OpenJpegStream open_stream(OpenJpegOutput& output) {
  OpenJpegStream stream = make_stream(false, &output);
  opj_stream_set_write_function(stream.get(), write_some);
  opj_stream_set_skip_function(stream.get(), skip_output);
  opj_stream_set_seek_function(stream.get(), seek_output);
  return stream;
}

}  // namespace aedenoise::io
