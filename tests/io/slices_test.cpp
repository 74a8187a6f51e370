#include "io/slices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace aedenoise::io {
namespace {

// `count` axial slices from z = 0 upwards, numbered from 1, in an order that neither names nor places give.
std::vector<SliceHeader> axial(int count, double step) {
  std::vector<SliceHeader> out;
  for (int i = 0; i < count; ++i) {
    const int k = i * 7 % count;
    SliceHeader slice;
    slice.file = "folder/" + std::to_string(1000 - k) + ".dcm";
    slice.series = "1.2";
    slice.instance = "1.2." + std::to_string(k);
    slice.number = k + 1;
    slice.rows = slice.columns = 64;
    slice.position = {-10.0, -20.0, k * step};
    slice.orientation = {1, 0, 0, 0, 1, 0};
    out.push_back(slice);
  }
  return out;
}

SliceHeader& at(std::vector<SliceHeader>& slices, int number) {
  return *std::ranges::find_if(slices, [&](const SliceHeader& s) { return s.number == number; });
}

std::string problem_of(const std::vector<SliceHeader>& slices) {
  const auto stacks = stack_slices(slices);
  return stacks.size() == 1 ? stacks[0].problem : "several volumes";
}

TEST(Slices, AreOrderedByPlace) {
  const auto stacks = stack_slices(axial(10, 2.5));
  ASSERT_EQ(stacks.size(), 1U);
  EXPECT_EQ(stacks[0].problem, "");
  EXPECT_TRUE(stacks[0].notes.empty());
  EXPECT_DOUBLE_EQ(stacks[0].step, 2.5);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(stacks[0].slices[static_cast<std::size_t>(i)].number, i + 1);
}

TEST(Slices, ObliqueOnesAlongTheirNormal) {
  auto slices = axial(5, 2.0);
  const double c = std::cos(0.4);
  const double s = std::sin(0.4);
  for (SliceHeader& slice : slices) {
    const double z = slice.position[2];
    slice.orientation = {c, 0, -s, 0, 1, 0};  // normal (s, 0, c)
    slice.position = {100 + s * z, 3, -50 + c * z};
  }
  const auto stacks = stack_slices(slices);
  ASSERT_EQ(stacks.size(), 1U);
  EXPECT_NEAR(stacks[0].step, 2.0, 1e-9);
  EXPECT_TRUE(stacks[0].notes.empty());
  EXPECT_EQ(stacks[0].slices.front().number, 1);
}

TEST(Slices, AMissingOneIsAProblem) {
  auto slices = axial(10, 3.0);
  std::erase_if(slices, [](const SliceHeader& s) { return s.number == 5; });
  EXPECT_EQ(problem_of(slices), "a slice is missing between 997.dcm and 995.dcm (6 mm apart, others 3 mm)");
  for (SliceHeader& slice : slices) slice.number = 0;  // without numbers a gap is one, too
  EXPECT_NE(problem_of(slices).find("missing"), std::string::npos);
}

TEST(Slices, UnevenDistancesByDesignAreToldAndKept) {
  auto slices = axial(10, 3.0);
  for (SliceHeader& slice : slices) {
    if (slice.number > 5) slice.position[2] += 3.0 * (slice.number - 5);  // every second place from there
  }
  const auto stacks = stack_slices(slices);
  ASSERT_EQ(stacks.size(), 1U);
  EXPECT_EQ(stacks[0].problem, "");
  ASSERT_EQ(stacks[0].notes.size(), 1U);
  EXPECT_NE(stacks[0].notes[0].find("unevenly spaced, 3 mm to 6 mm, and were left so"), std::string::npos);
  // Header fields must not contradict each other.
  ASSERT_TRUE(stacks[0].placement);
  EXPECT_NEAR(length(stacks[0].placement->steps[2]), stacks[0].step, 1e-9);
}

TEST(Slices, TiltIsToldAndKept) {
  auto slices = axial(10, 3.0);
  for (SliceHeader& slice : slices) slice.position[1] += std::tan(0.2) * slice.position[2];
  const auto stacks = stack_slices(slices);
  ASSERT_EQ(stacks[0].notes.size(), 1U);
  EXPECT_EQ(stacks[0].notes[0], "its slices are sheared by 11.5 degrees (gantry tilt) and were left so");
}

TEST(Slices, DuplicatesAreProblems) {
  auto slices = axial(10, 3.0);
  slices.push_back(at(slices, 4));
  slices.back().file = "folder/copy.dcm";
  EXPECT_EQ(problem_of(slices), "997.dcm and copy.dcm are the same image");
  slices.back().instance = "1.2.99";
  EXPECT_EQ(problem_of(slices), "997.dcm and copy.dcm lie at the same place");
}

TEST(Slices, ForeignOnesAreProblems) {
  auto slices = axial(10, 3.0);
  at(slices, 4).orientation = {0, 1, 0, 0, 0, -1};
  EXPECT_EQ(problem_of(slices), "997.dcm lies in another plane than the other slices of its series");
  slices = axial(10, 3.0);
  at(slices, 4).columns = 32;
  EXPECT_NE(problem_of(slices).find("different sizes: "), std::string::npos) << problem_of(slices);
  EXPECT_NE(problem_of(slices).find("997.dcm 32 x 64"), std::string::npos) << problem_of(slices);
}

TEST(Slices, EchoesAndTimesAreVolumesOfTheirOwn) {
  std::vector<SliceHeader> slices;
  for (int echo = 0; echo < 3; ++echo) {
    for (SliceHeader slice : axial(6, 1.0)) {
      slice.instance += "." + std::to_string(echo);
      slice.number += 6 * echo;
      slice.kind = std::to_string(echo);
      slices.push_back(slice);
    }
  }
  for (const bool stated : {true, false}) {
    const auto stacks = stack_slices(slices);
    ASSERT_EQ(stacks.size(), 3U);
    for (int echo = 0; echo < 3; ++echo) {
      const SliceStack& stack = stacks[static_cast<std::size_t>(echo)];
      EXPECT_EQ(stack.problem, "");
      EXPECT_EQ(stack.slices.size(), 6U);
      for (const SliceHeader& slice : stack.slices) EXPECT_EQ((slice.number - 1) / 6, echo) << stated;
    }
    for (SliceHeader& slice : slices) slice.kind.clear();
  }
}

TEST(Slices, SurveysInThreePlanesAreThreeVolumes) {
  auto slices = axial(9, 3.0);
  for (SliceHeader& slice : slices) {
    if (slice.number > 6)
      slice.orientation = {0, 1, 0, 0, 0, -1};
    else if (slice.number > 3)
      slice.orientation = {1, 0, 0, 0, 0, -1};
    slice.position = {slice.number * 5.0, slice.number * 5.0, slice.number * 5.0};
  }
  const auto stacks = stack_slices(slices);
  ASSERT_EQ(stacks.size(), 3U);
  for (const SliceStack& stack : stacks) EXPECT_EQ(stack.slices.size(), 3U);
}

}  // namespace
}  // namespace aedenoise::io
