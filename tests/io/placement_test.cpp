#include "io/placement.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "aedenoise/image.h"
#include "io/nifti_header.h"
#include "io/slices.h"

namespace aedenoise::io {
namespace {

TEST(Placement, AxesAreNamedAfterTheNearestOfTheBodys) {
  const auto named = [](const Vector3& x, const Vector3& y, const Vector3& z) {
    return axes_of(Placement{{}, {x, y, z}});
  };
  EXPECT_EQ(named({1, 0, 0}, {0, 1, 0}, {0, 0, 1}), "LPS");
  EXPECT_EQ(named({0, 0.9, 0.2}, {0, 0.3, -0.8}, {-0.7, 0.1, 0.1}), "PIR");
  EXPECT_EQ(named({1, 0, 0}, {1, 0.1, 0}, {0, 0, 1}), "");
  EXPECT_EQ(axes_of({}), "");
}

TEST(Placement, StepsInOnePlaneAreNone) {
  EXPECT_TRUE(checked({{1, 2, 3}, {Vector3{0.5, 0, 0}, Vector3{0, 0, 2}, Vector3{0, -1e3, 50}}}));
  EXPECT_FALSE(checked({{}, {Vector3{1, 0, 0}, Vector3{1, 1, 0}, Vector3{0, 1, 0}}}));
  EXPECT_FALSE(checked({{}, {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 0}}}));
  EXPECT_FALSE(checked({{std::nan(""), 0, 0}, {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}}}));
}

void expect_near(const Placement& a, const Placement& b) {
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(a.origin.at(i), b.origin.at(i), 1e-4);
    for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(a.steps.at(i).at(j), b.steps.at(i).at(j), 1e-5);
  }
}

// Turned about a slanted axis by every angle, also mirrored: affine and quaternion say the same.
TEST(Placement, NiftiGivesBackWhatItWasGiven) {
  Image image;
  image.channels = 1;
  image.width = image.height = image.depth = 8;
  image.spacing = {0.5, 0.75, 3.0};
  const Vector3 u{0.48, 0.6, 0.64};
  for (int quarter = 0; quarter < 32; ++quarter) {
    const double angle = quarter * 0.25;
    const auto turned = [&](const Vector3& v) {
      const Vector3 w = cross(u, v);
      Vector3 out{};
      for (std::size_t i = 0; i < 3; ++i) {
        out.at(i) = v.at(i) * std::cos(angle) + w.at(i) * std::sin(angle) +
                    u.at(i) * dot(u, v) * (1.0 - std::cos(angle));
      }
      return out;
    };
    const double hand = quarter % 2 == 0 ? 1.0 : -1.0;
    const Placement given{{10.0, -20.0, 30.5},
                          {turned({0.5, 0, 0}), turned({0, 0.75, 0}), turned({0, 0, hand * 3.0})}};
    NiftiHeader header(image, 1, DataType::float32);
    header.set_placement(given);
    const auto affine = NiftiHeader(header.bytes()).placement();
    ASSERT_TRUE(affine);
    expect_near(*affine, given);
    core::Bytes without_affine = header.bytes();
    without_affine[254] = 0;  // sform_code
    const auto quaternion = NiftiHeader(std::move(without_affine)).placement();
    ASSERT_TRUE(quaternion);
    expect_near(*quaternion, given);
  }
}

// Sheared slices (gantry tilt) have an affine only.
TEST(Placement, NiftiHasNoQuaternionOfShearedSlices) {
  Image image;
  image.channels = 1;
  image.width = image.height = image.depth = 8;
  NiftiHeader header(image, 1, DataType::float32);
  const Placement given{{}, {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0.3, 2}}};
  header.set_placement(given);
  expect_near(*NiftiHeader(header.bytes()).placement(), given);
  EXPECT_EQ(header.bytes()[252], 0);  // qform_code
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
  const NiftiHeader header(std::move(bytes));
  return axes_of(permuted(header.placement(), header.axes()));
}

TEST(Placement, OfNifti) {
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

TEST(Placement, OfSlices) {
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
  EXPECT_EQ(axes_of(stacks[0].placement), "PIR");  // slices are sorted along the normal
}

TEST(Placement, SamplesOfTwoVolumesLieAtTheSamePlacesOrNot) {
  const Placement one{{10, 20, 30}, {Vector3{1, 0, 0}, {0, 1, 0}, {0, 0, 3}}};
  const std::array<int, 3> size{100, 80, 20};
  EXPECT_TRUE(same_places(one, one, size));
  EXPECT_TRUE(same_places(one, std::nullopt, size));
  Placement other = one;
  other.origin[2] += 0.4;
  EXPECT_TRUE(same_places(one, other, size));
  other.origin[2] += 0.4;
  EXPECT_FALSE(same_places(one, other, size)) << "most of a step away";
  other = {{109, 20, 30}, {Vector3{-1, 0, 0}, {0, 1, 0}, {0, 0, 3}}};
  EXPECT_FALSE(same_places(one, other, size)) << "mirrored in place";
  other = one;
  other.steps[0][0] = 1.01;
  EXPECT_FALSE(same_places(one, other, size)) << "a whole step away at the last column";
}

}  // namespace
}  // namespace aedenoise::io
