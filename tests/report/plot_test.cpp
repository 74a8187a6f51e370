#include "report/plot.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "aedenoise/error.h"

namespace aedenoise::report {
namespace {

using Pixel = std::array<int, 3>;
constexpr Pixel kBlue{0, 114, 178};
constexpr Pixel kOrange{213, 94, 0};

Pixel at(const Picture& picture, int x, int y) {
  const std::size_t i =
      (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(x)) *
      3;
  return {picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2]};
}

bool close(const Pixel& a, const Pixel& b) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (std::abs(a[i] - b[i]) > 40) return false;
  }
  return true;
}

int count(const Picture& picture, const Pixel& colour, int left, int top, int right, int bottom) {
  int found = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) found += close(at(picture, x, y), colour) ? 1 : 0;
  }
  return found;
}

int count(const Picture& picture, const Pixel& colour) {
  return count(picture, colour, 0, 0, picture.width, picture.height);
}

Series line(const std::string& name, double y0, double y1) { return {name, {0, 1}, {y0, y1}}; }

TEST(Plot, ARisingLineRunsFromBottomLeftToTopRight) {
  Plot plot;
  plot.panels = {{"", {line("", 0, 1)}}};
  const Picture picture = draw(plot, 600, 200);
  EXPECT_EQ(picture.width, 600);
  ASSERT_EQ(picture.rgb.size(), 600U * static_cast<std::size_t>(picture.height) * 3);
  const int w = picture.width;
  const int h = picture.height;
  EXPECT_GT(count(picture, kBlue, 0, h / 2, w / 2, h), 100);
  EXPECT_GT(count(picture, kBlue, w / 2, 0, w, h / 2), 100);
  EXPECT_EQ(count(picture, kBlue, 0, 0, w / 3, h / 3), 0);
  EXPECT_EQ(count(picture, kBlue, 2 * w / 3, 2 * h / 3, w, h), 0);
  EXPECT_EQ(at(picture, 0, 0), (Pixel{255, 255, 255}));
}

TEST(Plot, EveryPanelAndSeriesIsDrawn) {
  Plot plot;
  plot.title = "two panels";
  plot.x_label = "step";
  plot.panels = {{"loss", {line("training", 1, 0.1)}, true},
                 {"PSNR (dB)", {line("a", 20, 30), line("b", 21, 25)}}};
  const Picture picture = draw(plot, 600, 200);
  const int half = picture.height / 2;
  EXPECT_GT(count(picture, kBlue, 0, 0, 600, half), 300);
  EXPECT_EQ(count(picture, kOrange, 0, 0, 600, half), 0);
  EXPECT_GT(count(picture, kBlue, 0, half, 600, picture.height), 300);
  EXPECT_GT(count(picture, kOrange, 0, half, 600, picture.height), 300);
}

TEST(Plot, TitleLabelsAndLegendLeaveInk) {
  const Pixel ink{40, 40, 40};
  Plot plot;
  plot.panels = {{"", {line("", 0, 1)}}};
  const int bare = count(draw(plot), ink);
  plot.title = "title";
  const int titled = count(draw(plot), ink);
  EXPECT_GT(titled, bare + 30);
  plot.x_label = "step";
  const int labelled = count(draw(plot), ink);
  EXPECT_GT(labelled, titled + 20);
  plot.panels[0].y_label = "loss";
  const int turned = count(draw(plot), ink);
  EXPECT_GT(turned, labelled + 20);
  plot.panels[0].series[0].name = "training";
  EXPECT_GT(count(draw(plot), ink), turned + 30);
}

TEST(Plot, PointsThatCannotBeShownLeaveAGap) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Plot plot;
  plot.panels = {{"", {{"", {0, 1, 2, 3, 4}, {5, 5, nan, 5, 5}}}}};
  const Picture picture = draw(plot, 600, 200);
  EXPECT_GT(count(picture, kBlue), 100);
  EXPECT_EQ(count(picture, kBlue, 280, 0, 320, picture.height), 0);
  plot.panels[0].series[0].y[2] = 5;
  EXPECT_GT(count(draw(plot, 600, 200), kBlue, 280, 0, 320, picture.height), 30);
}

TEST(Plot, DegenerateDataIsDrawn) {
  Plot plot;
  plot.panels = {{"one", {{"", {3}, {7}}}}, {"none", {}, true}, {"negative", {line("", -1, -2)}, true}};
  EXPECT_GT(count(draw(plot, 320, 120), kBlue), 5);
  plot.panels = {{"constant", {line("", 0, 0)}},
                 {"huge", {line("", -1e300, 1e300)}},
                 {"tiny", {line("", 1e-300, 2e-300)}},
                 {"steps of one rounding", {line("", 1e16, 1e16 + 4)}}};
  EXPECT_GT(count(draw(plot, 320, 120), kBlue), 300);
}

TEST(Plot, BadPlotsAreRefused) {
  EXPECT_THROW(draw(Plot{}), Error);
  Plot plot;
  plot.panels = {{"", {{"uneven", {1, 2}, {1}}}}};
  EXPECT_THROW(draw(plot), Error);
  plot.panels = {{"", {}}};
  EXPECT_THROW(draw(plot, 100, 100), Error);
}

}  // namespace
}  // namespace aedenoise::report
