#include "onednn/engine.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "aedenoise/error.h"
#include "onednn/convolution.h"

namespace aedenoise::onednn {
namespace {

std::uint16_t to_bf16(float value) {
  std::uint16_t out = 0;
  convert(&value, Type::f32, &out, Type::bf16, 1);
  return out;
}

float from_bf16(std::uint16_t value) {
  float out = NAN;
  convert(&value, Type::bf16, &out, Type::f32, 1);
  return out;
}

// bf16 is the upper half of a float.
TEST(Engine, Bf16RoundsToTheNearestAndTiesToEven) {
  for (const std::uint32_t upper : {0x3F80U, 0x3F81U, 0xC049U, 0x0080U, 0x7F7EU}) {
    const std::uint32_t bits = upper << 16U;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(from_bf16(static_cast<std::uint16_t>(upper))), bits);
    EXPECT_EQ(to_bf16(std::bit_cast<float>(bits)), upper);
    EXPECT_EQ(to_bf16(std::bit_cast<float>(bits | 0x7FFFU)), upper);
    EXPECT_EQ(to_bf16(std::bit_cast<float>(bits | 0x8000U)), upper + upper % 2);
    EXPECT_EQ(to_bf16(std::bit_cast<float>(bits | 0x8001U)), upper + 1);
  }
  EXPECT_EQ(to_bf16(std::numeric_limits<float>::infinity()), 0x7F80U);
  EXPECT_TRUE(std::isnan(from_bf16(to_bf16(std::nanf("")))));
}

TEST(Engine, SaysWhatItRunsOn) {
  EXPECT_TRUE(description().starts_with("oneDNN 3.")) << description();
  EXPECT_EQ(supports_bf16(), description().find("bf16") != std::string::npos ||
                                 description().find("fp16") != std::string::npos ||
                                 description().find("amx") != std::string::npos)
      << description();
  const bool amx = description().find("amx") != std::string::npos;
  EXPECT_TRUE(bf16_is_faster() || !amx) << description();
  EXPECT_TRUE(supports_bf16() || !bf16_is_faster()) << description();
  EXPECT_EQ(volume({2, 3, 4}), 24);
  EXPECT_EQ(volume({}), 1);
}

TEST(Engine, WhatTheLibraryCannotDoIsOneSentence) {
  const ConvolutionShape shape{.src = {1, 2, 4, 4},
                               .dst = {1, 2, 9, 9},
                               .weights = {2, 2, 3, 3},
                               .strides = {1, 1},
                               .padding_l = {1, 1},
                               .padding_r = {1, 1}};
  try {
    const ConvolutionForward forward(shape, {}, Type::f32, Type::f32, false, false);
    FAIL() << "a result of the wrong size was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_TRUE(std::string(error.what()).starts_with("convolution: oneDNN says")) << error.what();
  }
}

}  // namespace
}  // namespace aedenoise::onednn
