#include "pipeline/denoise_rows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "pipeline/denoise.h"
#include "support/models.h"

namespace aedenoise::pipeline {
namespace {

// An image in memory as rows.
class Source : public io::RowReader {
 public:
  explicit Source(const Image& image) : image_(image) { picture_.image = empty_like(image); }
  const io::Document& picture() const override { return picture_; }
  void rewind() override { row_ = 0; }
  void read(Image& band) override {
    largest_ = std::max(largest_, band.height);
    for (int c = 0; c < band.channels; ++c) {
      std::copy_n(image_.plane(c) + static_cast<std::ptrdiff_t>(row_) * image_.width, band.plane_size(),
                  band.plane(c));
    }
    row_ += band.height;
  }
  std::unique_ptr<io::RowWriter> create(const std::filesystem::path&) const override { return nullptr; }
  int largest() const { return largest_; }

 private:
  const Image& image_;
  io::Document picture_;
  int row_ = 0;
  int largest_ = 0;
};

class Collector : public io::RowWriter {
 public:
  explicit Collector(const Image& like) : image(zeros_like(like)) {}
  void add(const Image& band) override {
    for (int c = 0; c < band.channels; ++c) {
      std::copy_n(band.plane(c), band.plane_size(),
                  image.plane(c) + static_cast<std::ptrdiff_t>(row_) * image.width);
    }
    row_ += band.height;
  }
  std::vector<std::string> commit() override { return {}; }
  int row() const { return row_; }

  Image image;

 private:
  int row_ = 0;
};

Image byte_image(int channels, int height, int width) {
  Image image;
  image.channels = channels;
  image.height = height;
  image.width = width;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  image.values.resize(image.size());
  core::Rng rng(9);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    const double wave = 120.0 + 80.0 * std::sin(static_cast<double>(i % image.plane_size()) / 900.0);
    image.values[i] = static_cast<float>(
        std::round(std::clamp(wave + 20.0 * static_cast<double>(rng.normal()), 0.0, 255.0)));
  }
  return image;
}

TEST(DenoiseRows, BandsGiveWhatTheWholePictureGives) {
  for (const int channels : {1, 3}) {
    for (const int height : {37, 400, 403}) {
      SCOPED_TRACE(std::to_string(channels) + " x " + std::to_string(height));
      const Image noisy = byte_image(channels, height, 70);
      DenoiseOptions options;
      options.sigma = 20.0;
      options.tile = 64;
      const Image whole = Denoiser(support::random_model(channels), options).run(noisy, nullptr).image;
      Source source(noisy);
      Collector collector(noisy);
      const DenoiseResult result = denoise_rows(support::random_model(channels), options, source, collector);
      ASSERT_EQ(collector.row(), height);
      EXPECT_EQ(result.sigma, 20.0);
      for (std::size_t i = 0; i < whole.values.size(); ++i) {
        ASSERT_NEAR(collector.image.values[i], whole.values[i], 0.02) << i;
      }
    }
  }
}

TEST(DenoiseRows, MeasuresTheNoiseOfTallPicturesFromStrips) {
  const Image noisy = byte_image(1, 2400, 128);
  Source source(noisy);
  Collector collector(noisy);
  DenoiseOptions options;
  options.tile = 128;
  const DenoiseResult result = denoise_rows(support::random_model(1), options, source, collector);
  EXPECT_TRUE(result.sigma_estimated);
  EXPECT_NEAR(result.sigma, 20.0, 1.5);
  EXPECT_LT(source.largest(), 300);
  EXPECT_EQ(collector.row(), 2400);
}

}  // namespace
}  // namespace aedenoise::pipeline
