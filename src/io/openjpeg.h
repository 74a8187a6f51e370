// OpenJPEG's objects, owned, and code streams in memory.
#pragma once

#include <openjpeg.h>

#include <cstdint>
#include <memory>
#include <span>

#include "core/file.h"

namespace aedenoise::io {

template <auto kDestroy>
struct OpenJpegDestroy {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};
using OpenJpegStream = std::unique_ptr<opj_stream_t, OpenJpegDestroy<opj_stream_destroy>>;
using OpenJpegCodec = std::unique_ptr<opj_codec_t, OpenJpegDestroy<opj_destroy_codec>>;
using OpenJpegImage = std::unique_ptr<opj_image_t, OpenJpegDestroy<opj_image_destroy>>;

struct OpenJpegInput {
  std::span<const std::uint8_t> bytes;
  std::size_t position = 0;
};
struct OpenJpegOutput {
  core::Bytes bytes;
  std::size_t position = 0;
};

// `input` and `output` must outlive what is returned.
OpenJpegStream open_stream(OpenJpegInput& input);
OpenJpegStream open_stream(OpenJpegOutput& output);

}  // namespace aedenoise::io
