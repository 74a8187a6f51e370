#include "io/axes.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "io/nifti_samples.h"
#include "io/slices.h"

namespace aedenoise::io {
namespace {

TEST(Axes, AreNamedAfterTheNearestOfTheBodys) {
  EXPECT_EQ(axes_of({Direction{1, 0, 0}, Direction{0, 1, 0}, Direction{0, 0, 1}}), "LPS");
  EXPECT_EQ(axes_of({Direction{0, 0.9, 0.2}, Direction{0, 0.3, -0.8}, Direction{-0.7, 0.1, 0.1}}), "PIR");
  EXPECT_EQ(axes_of({Direction{1, 0, 0}, Direction{1, 0.1, 0}, Direction{0, 0, 1}}), "");
  EXPECT_EQ(axes_of({Direction{1, 0, 0}, Direction{0, 1, 0}, Direction{0, 0, 0}}), "");
}

// A header of NIfTI-1, in this machine's byte order, with its directions as `change` writes them.
template <typename Change>
std::string orientation(const std::array<double, 3>& spacing, Change change) {
  Image image;
  image.channels = 1;
  image.width = image.height = image.depth = 8;
  image.spacing = spacing;
  core::Bytes bytes = NiftiHeader(image, 1, DataType::float32).bytes();
  change([&](std::size_t at, auto value) { std::memcpy(bytes.data() + at, &value, sizeof(value)); });
  return nifti_orientation(NiftiHeader(std::move(bytes)));
}

TEST(Axes, OfNifti) {
  const std::array<double, 3> thick{1.0, 1.0, 3.0};
  EXPECT_EQ(orientation(thick, [](auto) {}), "");
  // The affine's columns: to the left, to the front, to the head.
  const auto affine = [](auto put) {
    put(254, std::int16_t{1});
    put(280, -1.0F);
    put(300, 1.0F);
    put(320, 3.0F);
  };
  EXPECT_EQ(orientation(thick, affine), "LAS");
  // Slices lie across the coarsest axis, here the one to the front.
  EXPECT_EQ(orientation({1.0, 3.0, 1.0}, affine), "LSA");
  // A quarter turn about x takes y to z and z to -y.
  const auto turned = [](auto put) {
    put(252, std::int16_t{1});
    put(256, static_cast<float>(std::sqrt(0.5)));
  };
  EXPECT_EQ(orientation(thick, turned), "RSP");
  const auto mirrored = [&](auto put) {
    turned(put);
    put(76, -1.0F);
  };
  EXPECT_EQ(orientation(thick, mirrored), "RSA");
}

TEST(Axes, OfSlices) {
  std::vector<SliceHeader> slices(2);
  for (int i = 0; i < 2; ++i) {
    auto& slice = slices[static_cast<std::size_t>(i)];
    slice.instance = std::to_string(i);
    slice.number = i;
    slice.position = {2.0 * i, 0.0, 0.0};
    slice.orientation = {0, 1, 0, 0, 0, -1};  // rows to the back, columns to the feet
  }
  const auto stacks = stack_slices(slices);
  ASSERT_EQ(stacks.size(), 1U);
  EXPECT_EQ(stacks[0].axes, "PIR");  // slices are sorted along the normal
}

}  // namespace
}  // namespace aedenoise::io
