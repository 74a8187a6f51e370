// The run-time module `raster`: io::RasterCodec on OpenCV's imgcodecs.
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "aedenoise/error.h"
#include "core/threads.h"
#include "io/quiet_errors.h"
#include "io/raster_codec.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

cv::Mat decode_matrix(std::span<const std::uint8_t> bytes) {
  const QuietErrors quiet;
  const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::uint8_t*>(bytes.data()));
  try {
    return cv::imdecode(input, cv::IMREAD_UNCHANGED | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception&) {
    return {};
  }
}

// The channel of an OpenCV matrix (blue, green, red, alpha) that holds channel `c` of an Image.
int matrix_channel(int c, int channels) { return channels < 3 ? c : 2 - c; }

class OpenCvCodec : public RasterCodec {
 public:
  OpenCvCodec() {
    cv::setNumThreads(core::threads());
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }

  RasterPixels decode(std::span<const std::uint8_t> bytes) const override {
    if (bytes.size() > 0x7FFFFFFF)
      throw Error(ErrorCode::data, "is longer than 2 GiB, which OpenCV does not read");
    const cv::Mat matrix = decode_matrix(bytes);
    if (matrix.empty())
      throw Error(ErrorCode::data, "damaged or truncated: its image data cannot be decoded");
    const int stride = matrix.channels();
    if (matrix.depth() != CV_8U || stride == 2 || stride > 4) {
      throw Error(ErrorCode::data, "stores samples of a kind that is not supported");
    }
    RasterPixels pixels;
    Image& image = pixels.image;
    image.channels = stride < 3 ? 1 : 3;
    image.height = matrix.rows;
    image.width = matrix.cols;
    image.datatype = DataType::uint8;
    image.high = 255.0;
    image.values.resize(image.size());
    if (stride == 4) pixels.alpha.resize(image.plane_size());
    for (int y = 0; y < matrix.rows; ++y) {
      const std::uint8_t* row = matrix.ptr(y);
      const std::size_t start = static_cast<std::size_t>(y) * static_cast<std::size_t>(matrix.cols);
      for (int c = 0; c < image.channels; ++c) {
        const int from = matrix_channel(c, image.channels);
        float* out = image.plane(c) + start;
        for (int x = 0; x < matrix.cols; ++x) out[x] = row[x * stride + from];
      }
      if (stride != 4) continue;
      for (int x = 0; x < matrix.cols; ++x)
        pixels.alpha[start + static_cast<std::size_t>(x)] = row[x * 4 + 3];
    }
    return pixels;
  }

  core::Bytes encode(const std::string& extension, const RasterPixels& pixels, int quality) const override {
    const Image& image = pixels.image;
    const int stride = image.channels + (pixels.alpha.empty() ? 0 : 1);
    cv::Mat matrix(image.height, image.width, CV_MAKETYPE(CV_8U, stride));
    std::vector<std::uint16_t> row(static_cast<std::size_t>(image.width));
    for (int y = 0; y < image.height; ++y) {
      std::uint8_t* out = matrix.ptr(y);
      const std::size_t start = static_cast<std::size_t>(y) * row.size();
      for (int c = 0; c < image.channels; ++c) {
        const int to = matrix_channel(c, image.channels);
        quantise({image.plane(c) + start, row.size()}, 1.0F, 255, row.data());
        for (int x = 0; x < image.width; ++x) {
          out[x * stride + to] = static_cast<std::uint8_t>(row[static_cast<std::size_t>(x)]);
        }
      }
      if (pixels.alpha.empty()) continue;
      for (int x = 0; x < image.width; ++x) {
        out[x * stride + stride - 1] = pixels.alpha[start + static_cast<std::size_t>(x)];
      }
    }
    core::Bytes bytes;
    try {
      if (cv::imencode(extension, matrix, bytes, {cv::IMWRITE_WEBP_QUALITY, quality})) return bytes;
    } catch (const cv::Exception&) {
      bytes.clear();
    }
    throw Error(ErrorCode::internal, "OpenCV cannot encode this picture as " + extension);
  }
};

}  // namespace
}  // namespace aedenoise::io

extern "C" const void* aedenoise_raster_module() {
  static const aedenoise::io::OpenCvCodec codec;
  return static_cast<const aedenoise::io::RasterCodec*>(&codec);
}
