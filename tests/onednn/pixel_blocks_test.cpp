// Convolutions whose kernel is their stride as matrix products of our own.
#include "onednn/pixel_blocks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/threads.h"
#include "onednn/block_convolutions.h"

namespace aedenoise::onednn {
namespace {

TEST(PixelBlocks, AreTheConvolutionsOfTheirDefinition) {
  const PostOps sum{1, Activation::none, 0.0F};
  const PostOps everything{1, Activation::leaky_relu, 0.1F};
  const std::vector<BlockCase> cases{
      {false, 2, 2, 16, 32, 5, 8, false, {}},
      {false, 1, 2, 48, 16, 3, 68, true, everything},  // lines longer than what is done at once
      {false, 1, 3, 16, 16, 2, 4, true, {0, Activation::relu, 0.0F}},
      {true, 2, 2, 32, 16, 5, 8, false, sum},
      {true, 1, 2, 16, 48, 3, 20, true, everything},
      {true, 1, 3, 16, 16, 2, 4, true, {}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const BlockCase& c = cases[i];
    const ConvolutionShape shape = block_shape(c);
    const Array src = random_array(shape.src, 1);
    const Array weights = random_array(shape.weights, 2);
    const Array diff_dst = random_array(shape.dst, 3);
    const Reference expected = reference(c, src, weights, diff_dst);
    for (const int threads : {1, 3}) {
      SCOPED_TRACE("case " + std::to_string(i) + ", threads " + std::to_string(threads));
      core::set_threads(threads);
      const auto forward = pixel_block_forward(shape, c.post_ops, Type::f32, Type::f32);
      ASSERT_TRUE(forward);
      check_forward(c, Type::f32, *forward, src, weights, expected.dst);
      const auto backward = pixel_block_backward(shape, Type::f32, c.bias);
      ASSERT_TRUE(backward);
      check_backward(c, Type::f32, *backward, src, weights, diff_dst, expected);
      core::set_threads(1);
    }
  }
}

TEST(PixelBlocks, LeaveOtherConvolutionsAlone) {
  const auto suits = [](const ConvolutionShape& shape, const PostOps& post_ops, Type type) {
    return pixel_block_forward(shape, post_ops, type, type) != nullptr;
  };
  const ConvolutionShape shape = block_shape({false, 1, 2, 16, 32, 8, 8, false, {}});
  EXPECT_TRUE(suits(shape, {}, Type::f32));
  EXPECT_FALSE(suits(shape, {}, Type::bf16));
  EXPECT_FALSE(suits(shape, {0, Activation::gelu, 0.0F}, Type::f32));
  EXPECT_FALSE(suits(block_shape({false, 1, 2, 24, 32, 8, 8, false, {}}), {}, Type::f32));
  EXPECT_FALSE(suits(block_shape({false, 1, 2, 16, 32, 8, 6, false, {}}), {}, Type::f32));
  EXPECT_FALSE(suits(block_shape({false, 1, 1, 16, 32, 8, 8, false, {}}), {}, Type::f32));
  ConvolutionShape other = shape;
  other.weights = {32, 16, 3, 3};
  EXPECT_FALSE(suits(other, {}, Type::f32));
  other = shape;
  other.padding_l = {1, 1};
  EXPECT_FALSE(suits(other, {}, Type::f32));
  other = shape;
  other.src = {1, 16, 17, 16};  // a row that no block takes
  EXPECT_FALSE(suits(other, {}, Type::f32));
}

}  // namespace
}  // namespace aedenoise::onednn
