#include "io/jpeg_stream.h"

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it first
#include <cstdlib>
#include <new>

#include "aedenoise/error.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr unsigned kMarkerBytes = 0xFFFF;
// More scans than any real file has; each one costs a pass over the whole picture.
constexpr int kMostScans = 200;

struct ErrorState {
  jpeg_error_mgr manager{};  // first, so that libjpeg's pointer to it is a pointer to this
  std::jmp_buf jump{};
  int code = 0;  // of the message that ended the work
};

void leave(j_common_ptr info) {
  auto* state = reinterpret_cast<ErrorState*>(info->err);
  state->code = info->err->msg_code;
  std::longjmp(state->jump, 1);
}

// libjpeg goes on after damage and makes pixels up; a person should rather know.
void on_message(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM) leave(info);
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMostScans) leave(info);
}

void on_output(j_common_ptr /*info*/) {}

jpeg_error_mgr* prepare(ErrorState& state) {
  jpeg_std_error(&state.manager);
  state.manager.error_exit = leave;
  state.manager.emit_message = on_message;
  state.manager.output_message = on_output;
  return &state.manager;
}

Error read_error(const ErrorState& state) {
  switch (state.code) {
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
    case JWRN_HIT_MARKER:
      return {ErrorCode::data, "truncated: image data ends early"};
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
      return {ErrorCode::data,
              "uses a kind of JPEG that is not supported (8-bit baseline and progressive are)"};
    case JERR_OUT_OF_MEMORY:
      return {ErrorCode::resource, "needs more memory than there is"};
    default:
      return {ErrorCode::data, "damaged: its image data cannot be decoded"};
  }
}

class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) {
    info_.err = prepare(state_);
    if (setjmp(state_.jump) != 0) return;
    jpeg_create_decompress(&info_);
    progress_.progress_monitor = on_progress;
    info_.progress = &progress_;
    jpeg_mem_src(&info_, bytes.data(), bytes.size());
    for (int code = JPEG_APP0; code < JPEG_APP0 + 16; ++code) jpeg_save_markers(&info_, code, kMarkerBytes);
    jpeg_save_markers(&info_, JPEG_COM, kMarkerBytes);
  }
  ~Decoder() { jpeg_destroy_decompress(&info_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  const jpeg_decompress_struct& info() const { return info_; }

  void read_header() {
    if (!header()) throw read_error(state_);
  }
  void read_pixels(std::uint8_t* out) {
    if (!pixels(out)) throw read_error(state_);
  }
  // Takes what follows the last row, and with it the list of markers.
  void read_end() {
    if (!finish()) throw read_error(state_);
  }

 private:
  // Functions that call setjmp hold no object with a destructor.
  bool header() {
    if (info_.src == nullptr) return false;  // the constructor did not get that far, as for no bytes
    if (setjmp(state_.jump) != 0) return false;
    jpeg_read_header(&info_, TRUE);
    return true;
  }
  bool pixels(std::uint8_t* out) {
    if (setjmp(state_.jump) != 0) return false;
    info_.out_color_space = info_.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = out + std::size_t{info_.output_scanline} * info_.output_width *
                               static_cast<std::size_t>(info_.output_components);
      jpeg_read_scanlines(&info_, &row, 1);
    }
    return true;
  }
  bool finish() {
    if (setjmp(state_.jump) != 0) return false;
    jpeg_finish_decompress(&info_);
    return true;
  }

  jpeg_decompress_struct info_{};
  jpeg_progress_mgr progress_{};
  ErrorState state_;
};

void check_kind(const jpeg_decompress_struct& jpeg, std::size_t bytes) {
  if (jpeg.num_components != 1 && jpeg.num_components != 3) {
    throw Error(ErrorCode::data, "is a CMYK JPEG; gray and RGB are supported");
  }
  if (jpeg.data_precision != 8 || jpeg.arith_code != 0) {
    throw Error(ErrorCode::data,
                "uses a kind of JPEG that is not supported (8-bit baseline and progressive are)");
  }
  // Every 8x8 block of the first component takes at least one bit.
  const std::uint64_t blocks =
      std::uint64_t{jpeg.comp_info[0].width_in_blocks} * jpeg.comp_info[0].height_in_blocks;
  if (blocks / 8 > bytes)
    throw Error(ErrorCode::data, "truncated: image data is too short for the declared size");
}

class Encoder {
 public:
  Encoder() { info_.err = prepare(state_); }
  ~Encoder() {
    // libjpeg tells where its latest buffer is only when it ends; it took it from malloc.
    if (buffer_ != nullptr) info_.dest->term_destination(&info_);
    jpeg_destroy_compress(&info_);
    std::free(buffer_);
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  core::Bytes encode(const JpegInfo& picture, const std::uint8_t* samples, int quality) {
    if (!run(picture, samples, quality)) {
      if (state_.code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
      throw Error(ErrorCode::internal, "the JPEG encoder failed with message " + std::to_string(state_.code));
    }
    return {buffer_, buffer_ + size_};
  }

 private:
  // Functions that call setjmp hold no object with a destructor.
  bool run(const JpegInfo& picture, const std::uint8_t* samples, int quality) {
    if (setjmp(state_.jump) != 0) return false;
    jpeg_create_compress(&info_);
    jpeg_mem_dest(&info_, &buffer_, &size_);
    info_.image_width = picture.width;
    info_.image_height = picture.height;
    info_.input_components = picture.channels;
    info_.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info_);
    jpeg_set_quality(&info_, quality, TRUE);
    info_.optimize_coding = TRUE;
    info_.write_JFIF_header = picture.jfif ? TRUE : FALSE;
    info_.write_Adobe_marker = FALSE;
    for (int c = 0; c < picture.channels; ++c) {
      const auto& factors = picture.sampling[static_cast<std::size_t>(c)];
      info_.comp_info[c].h_samp_factor = factors[0];
      info_.comp_info[c].v_samp_factor = factors[1];
    }
    if (picture.progressive) jpeg_simple_progression(&info_);
    jpeg_start_compress(&info_, TRUE);
    for (std::size_t i = 0; i < picture.markers.size(); ++i) {
      const JpegMarker& marker = picture.markers[i];
      jpeg_write_marker(&info_, marker.code, marker.data.data(), static_cast<unsigned>(marker.data.size()));
    }
    while (info_.next_scanline < info_.image_height) {
      // libjpeg takes rows as non-const but does not change them.
      auto* row = const_cast<JSAMPROW>(samples + std::size_t{info_.next_scanline} * picture.width *
                                                     static_cast<std::size_t>(picture.channels));
      jpeg_write_scanlines(&info_, &row, 1);
    }
    jpeg_finish_compress(&info_);
    return true;
  }

  jpeg_compress_struct info_{};
  ErrorState state_;
  unsigned char* buffer_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

core::Bytes decode_jpeg(std::span<const std::uint8_t> bytes, const Limits& limits, JpegInfo& info) {
  Decoder decoder(bytes);
  decoder.read_header();
  const jpeg_decompress_struct& jpeg = decoder.info();
  check_size(jpeg.image_width, jpeg.image_height, limits);
  check_kind(jpeg, bytes.size());
  info.width = jpeg.image_width;
  info.height = jpeg.image_height;
  info.channels = jpeg.num_components;
  info.progressive = jpeg.progressive_mode != 0;
  for (int c = 0; c < info.channels; ++c) {
    info.sampling[static_cast<std::size_t>(c)] = {jpeg.comp_info[c].h_samp_factor,
                                                  jpeg.comp_info[c].v_samp_factor};
  }
  core::Bytes samples(std::size_t{info.width} * info.height * static_cast<std::size_t>(info.channels));
  decoder.read_pixels(samples.data());
  // After the pixels, because a segment may stand between the scans of a progressive file.
  for (const jpeg_marker_struct* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    info.markers.push_back({marker->marker, {marker->data, marker->data + marker->data_length}});
  }
  decoder.read_end();
  info.trailing = jpeg.src->bytes_in_buffer;
  return samples;
}

core::Bytes encode_jpeg(const JpegInfo& info, std::span<const std::uint8_t> samples, int quality) {
  return Encoder().encode(info, samples.data(), quality);
}

}  // namespace aedenoise::io
