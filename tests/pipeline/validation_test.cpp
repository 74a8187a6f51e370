#include "pipeline/validation.h"

#include "pipeline/pictures.h"
#include "pipeline/quick.h"

namespace aedenoise::test {
namespace {

using pipeline::Dataset;
using pipeline::NoiseRange;
using pipeline::Validation;

const model::Architecture kTiny{.channels = 1, .widths = {4, 6}, .blocks = {1, 1}};

// With a last convolution of zeros the network gives back what it is given.
nn::Weights identity() {
  nn::Weights weights = nn::initial_weights(model::build(kTiny), model::input_shapes(kTiny, 1, 8, 8), 1);
  std::ranges::fill(weights.tensors.at("tail.weight").values, 0.0F);
  return weights;
}

Dataset gray_pictures(int height, int width) {
  Dataset data = pictures(3, height, width);
  for (auto& picture : data.clean) std::ranges::fill(picture.values, std::uint16_t{32768});
  return data;
}

TEST(Validation, UntouchedNoiseHasItsOwnPsnr) {
  const Validation fixed(gray_pictures(70, 66), kTiny, gaussian(25, 25), 1);
  EXPECT_NEAR(fixed.psnr(identity()), -20.0 * std::log10(25.0 / 255.0), 0.1);
  // Three levels of the range: 27, 45 and 91 %.
  const Validation range(gray_pictures(70, 66), kTiny, gaussian(10, 30), 1);
  const double mean = (std::log10(15.4 / 255.0) + std::log10(19.0 / 255.0) + std::log10(28.2 / 255.0)) / 3.0;
  EXPECT_NEAR(range.psnr(identity()), -20.0 * mean, 0.1);
}

TEST(Validation, AlwaysMeasuresTheSame) {
  const Dataset data = pictures(4, 32, 40);
  const Validation validation(data, kTiny, gaussian(0, 55), 9);
  const double first = validation.psnr(identity());
  EXPECT_EQ(validation.psnr(identity()), first);
  EXPECT_EQ(Validation(data, kTiny, gaussian(0, 55), 9).psnr(identity()), first);
  EXPECT_NE(Validation(data, kTiny, gaussian(0, 55), 10).psnr(identity()), first);
}

TEST(Validation, TakesPicturesOfAnySizeTheNetworkCanTake) {
  const Validation validation(gray_pictures(4, 7), kTiny, gaussian(0, 0), 1);
  EXPECT_NEAR(validation.psnr(identity()), 120.0,
              1e-9);  // a perfect result, which has no PSNR, counts as 120 dB
}

TEST(Validation, PairsAreMeasuredOnce) {
  Dataset data = gray_pictures(32, 32);
  data.noisy = data.clean;
  for (auto& noisy : data.noisy) {
    for (auto& value : noisy.values) value = static_cast<std::uint16_t>(value + 6554);
  }
  const Validation validation(data, kTiny, gaussian(0, 55), 1);
  EXPECT_NEAR(validation.psnr(identity()), 20.0, 1e-3);
}

}  // namespace
}  // namespace aedenoise::test
