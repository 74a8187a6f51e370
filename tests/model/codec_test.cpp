#include "model/codec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nn/program.h"

namespace aedenoise::test {
namespace {

using model::Architecture;
using model::CodecPart;

constexpr std::int64_t kSide = 48;

// What the network, as training starts, makes of an image at a step so fine that it does not matter.
std::vector<float> through_start(const Architecture& a, const std::vector<float>& image) {
  const std::vector<nn::Shape> shapes = model::codec_shapes(a, 1, kSide, kSide);
  nn::Weights weights = nn::initial_weights(model::build_codec(a, CodecPart::training), shapes, 3);
  model::start_with_cosines(weights, a);
  nn::InferenceProgram program(model::build_codec(a, CodecPart::whole), weights,
                               std::vector<nn::Shape>(shapes.begin(), shapes.begin() + 2));
  constexpr float kFine = 1e-5F;
  std::vector<float> result(image.size());
  std::vector<float> code(static_cast<std::size_t>(onednn::volume(shapes[2])));
  std::vector<float> bits(code.size() / static_cast<std::size_t>(a.code));
  program.run(std::vector<const float*>{image.data(), &kFine},
              std::vector<float*>{result.data(), bits.data(), code.data()});
  return result;
}

std::vector<float> picture() {
  std::vector<float> out;
  for (std::int64_t y = 0; y < kSide; ++y) {
    for (std::int64_t x = 0; x < kSide; ++x)
      out.push_back(static_cast<float>(
          0.3 * std::sin(1.9 * static_cast<double>(x) + 0.7 * static_cast<double>(y * y))));
  }
  return out;
}

double root_mean_square(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a[i] - b[i]), 2.0);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

// All 64 frequencies of a block are in the code.
TEST(CodecStart, PicturesComeBack) {
  const std::vector<float> image = picture();
  EXPECT_LT(root_mean_square(through_start(model::default_codec(), image), image), 1e-4);
}

TEST(CodecStart, OfAShortCodeTheFastestChangesAreLeftOut) {
  Architecture a = model::default_codec();
  a.code = 20;
  const std::vector<float> image = picture();
  EXPECT_GT(root_mean_square(through_start(a, image), image), 0.05);
  std::vector<float> smooth;
  for (std::int64_t i = 0; i < kSide * kSide; ++i)
    smooth.push_back(static_cast<float>(0.3 * std::sin(0.15 * static_cast<double>(i % kSide + i / kSide))));
  EXPECT_LT(root_mean_square(through_start(a, smooth), smooth), 0.01);
}

TEST(CodecStart, NarrowNetworksStayRandom) {
  Architecture a = model::default_codec();
  a.widths = {3, 48, 96};
  const std::vector<nn::Shape> shapes = model::codec_shapes(a, 1, kSide, kSide);
  const nn::Weights before = nn::initial_weights(model::build_codec(a, CodecPart::training), shapes, 3);
  nn::Weights after = before;
  model::start_with_cosines(after, a);
  for (const auto& [name, tensor] : before.tensors)
    EXPECT_EQ(after.tensors.at(name).values, tensor.values) << name;
}

}  // namespace
}  // namespace aedenoise::test
