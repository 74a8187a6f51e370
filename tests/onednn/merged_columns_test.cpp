// Convolutions whose kernel is as wide as their stride where oneDNN computes them.
#include "onednn/merged_columns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "onednn/block_convolutions.h"

namespace aedenoise::onednn {
namespace {

void check_both_ways(const BlockCase& c, Type type) {
  const ConvolutionShape shape = block_shape(c);
  ASSERT_TRUE(merges_columns(shape));
  const Array src = coarse_array(shape.src, 1);
  const Array weights = coarse_array(shape.weights, 2);
  const Array diff_dst = coarse_array(shape.dst, 3);
  const Reference expected = reference(c, src, weights, diff_dst);
  ConvolutionForward forward(shape, c.post_ops, type, type, c.bias, false);
  check_forward(c, type, forward, src, weights, expected.dst);
  ConvolutionBackward backward(shape, type, c.bias);
  check_backward(c, type, backward, src, weights, diff_dst, expected);
}

TEST(MergedColumns, AreTheConvolutionsOfTheirDefinition) {
  const PostOps everything{1, Activation::leaky_relu, 0.1F};
  const std::vector<BlockCase> cases{
      {false, 2, 2, 5, 7, 3, 4, true, everything}, {false, 1, 3, 4, 6, 2, 5, false, {}},
      {true, 2, 2, 5, 7, 3, 4, true, everything},  {true, 1, 3, 4, 6, 2, 5, false, {}},
      {true, 1, 2, 1, 3, 1, 1, true, {}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    check_both_ways(cases[i], Type::f32);
  }
}

// With 48 channels and nothing merged oneDNN 3.2 gives other numbers than these on a CPU with AMX.
TEST(MergedColumns, AreTheConvolutionsOfTheirDefinitionInBf16) {
  if (!supports_bf16()) GTEST_SKIP() << "this CPU has no bf16: " << description();
  for (const std::int64_t channels : {16, 48, 80, 96, 160}) {
    for (const bool transposed : {false, true}) {
      SCOPED_TRACE(std::to_string(channels) + (transposed ? " channels, transposed" : " channels"));
      check_both_ways({transposed, 1, 2, channels, 32, 4, 8, true, {1, Activation::relu, 0.0F}}, Type::bf16);
    }
  }
}

TEST(MergedColumns, LeaveOtherConvolutionsAlone) {
  const ConvolutionShape shape = block_shape({false, 1, 2, 16, 32, 8, 8, false, {}});
  EXPECT_TRUE(merges_columns(shape));
  ConvolutionShape other = shape;
  other.weights = {32, 16, 2, 3};
  EXPECT_FALSE(merges_columns(other));
  other = shape;
  other.padding_r = {0, 1};
  EXPECT_FALSE(merges_columns(other));
  other = shape;
  other.src = {1, 16, 16, 17};  // a column that no kernel takes
  EXPECT_FALSE(merges_columns(other));
  EXPECT_FALSE(merges_columns(block_shape({false, 1, 1, 16, 32, 8, 8, false, {}})));
}

}  // namespace
}  // namespace aedenoise::onednn
