// The run-time module `peers`: io::PeerCodecs.
#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "aedenoise/error.h"
#include "core/threads.h"
#include "io/peer_codecs.h"
#include "io/peer_jpeg2000.h"
#include "io/peer_jpegls.h"

namespace aedenoise::io {
namespace {

constexpr int kLosslessWebp = 101;

// OpenCV's colours come as blue, green, red.
int place_of(int channel, int channels) { return channels == 1 ? 0 : 2 - channel; }

template <typename T>
cv::Mat matrix_of(const PlainPicture& picture) {
  cv::Mat matrix(picture.height, picture.width, CV_MAKETYPE(cv::DataType<T>::depth, picture.channels));
  const std::int32_t* value = picture.values.data();
  for (int c = 0; c < picture.channels; ++c) {
    for (int y = 0; y < picture.height; ++y) {
      T* row = matrix.ptr<T>(y) + place_of(c, picture.channels);
      for (int x = 0; x < picture.width; ++x) row[x * picture.channels] = static_cast<T>(*value++);
    }
  }
  return matrix;
}

template <typename T>
std::vector<std::int32_t> values_of(const cv::Mat& matrix, int channels) {
  std::vector<std::int32_t> values;
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < matrix.rows; ++y) {
      const T* row = matrix.ptr<T>(y) + place_of(c, channels);
      for (int x = 0; x < matrix.cols; ++x) values.push_back(row[x * channels]);
    }
  }
  return values;
}

core::Bytes encode_by_opencv(const PlainPicture& picture, const char* extension,
                             const std::vector<int>& parameters) {
  core::Bytes bytes;
  try {
    const cv::Mat matrix =
        picture.bits <= 8 ? matrix_of<std::uint8_t>(picture) : matrix_of<std::uint16_t>(picture);
    if (cv::imencode(extension, matrix, bytes, parameters)) return bytes;
  } catch (const cv::Exception&) {
    bytes.clear();
  }
  throw Error(ErrorCode::internal, std::string("OpenCV cannot encode this picture as ") + extension);
}

std::vector<std::int32_t> decode_by_opencv(std::span<const std::uint8_t> bytes, const PlainPicture& shape) {
  const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::uint8_t*>(bytes.data()));
  const int kind = shape.channels == 1 ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR;
  const cv::Mat matrix = cv::imdecode(input, kind | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION);
  if (matrix.rows != shape.height || matrix.cols != shape.width || matrix.channels() != shape.channels)
    throw Error(ErrorCode::internal, "OpenCV decodes another picture than it encoded");
  if (matrix.depth() == CV_8U) return values_of<std::uint8_t>(matrix, shape.channels);
  return values_of<std::uint16_t>(matrix, shape.channels);
}

class Peers : public PeerCodecs {
 public:
  Peers() {
    cv::setNumThreads(core::threads());
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }

  core::Bytes encode(Peer peer, const PlainPicture& picture, int setting) const override {
    if ((peer == Peer::jpeg || peer == Peer::webp) && picture.bits > 8)
      throw Error(ErrorCode::usage, "JPEG and WebP take 8 bits here");
    switch (peer) {
      case Peer::png:
        return encode_lossless(peer, picture);
      case Peer::jpeg:
        return encode_by_opencv(picture, ".jpg",
                                {cv::IMWRITE_JPEG_QUALITY, setting, cv::IMWRITE_JPEG_OPTIMIZE, 1});
      case Peer::webp:
        return encode_by_opencv(picture, ".webp",
                                {cv::IMWRITE_WEBP_QUALITY, std::clamp(setting, 1, kLosslessWebp)});
      case Peer::jpeg2000:
        return encode_jpeg2000(picture, static_cast<std::size_t>(std::max(1, setting)));
      case Peer::jpegls:
        return encode_jpegls(picture, -setting);
    }
    throw Error(ErrorCode::internal, "unknown codec");
  }

  core::Bytes encode_lossless(Peer peer, const PlainPicture& picture) const override {
    switch (peer) {
      case Peer::png:
        return encode_by_opencv(picture, ".png", {cv::IMWRITE_PNG_COMPRESSION, 9});
      case Peer::webp:
        return encode(peer, picture, kLosslessWebp);
      case Peer::jpeg2000:
        return encode_jpeg2000(picture, 0);
      case Peer::jpegls:
        return encode_jpegls(picture, 0);
      case Peer::jpeg:
        break;
    }
    throw Error(ErrorCode::usage, "JPEG is not lossless here");
  }

  std::vector<std::int32_t> decode(Peer peer, std::span<const std::uint8_t> bytes,
                                   const PlainPicture& shape) const override {
    if (peer == Peer::jpeg2000) return decode_jpeg2000(bytes, shape);
    if (peer == Peer::jpegls) return decode_jpegls(bytes, shape);
    return decode_by_opencv(bytes, shape);
  }
};

}  // namespace
}  // namespace aedenoise::io

extern "C" const void* aedenoise_peers_module() {
  static const aedenoise::io::Peers codecs;
  return static_cast<const aedenoise::io::PeerCodecs*>(&codecs);
}
