// The run-time module `plot`: a canvas on OpenCV's drawing functions.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "report/canvas.h"

namespace aedenoise::report {
namespace {

constexpr int kScale = 4;  // everything is drawn so much larger and then averaged: smooth edges and text
constexpr int kShift = 4;  // fractional bits of coordinates
constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapHeight = 21.0;  // of the font at scale 1, in pixels
constexpr double kStroke = 0.13;     // of the cap height

cv::Scalar scalar(Colour colour) {
  return {static_cast<double>(colour.red), static_cast<double>(colour.green),
          static_cast<double>(colour.blue)};
}

int fixed_point(double value) { return static_cast<int>(std::lround(value * kScale * (1 << kShift))); }
cv::Point fixed_point(Point point) { return {fixed_point(point.x), fixed_point(point.y)}; }

class OpenCvCanvas final : public Canvas {
 public:
  OpenCvCanvas(int width, int height)
      : pixels_(height * kScale, width * kScale, CV_8UC3, cv::Scalar::all(255)) {}

  void line(const std::vector<Point>& points, Colour colour, double thickness) override {
    std::vector<cv::Point> scaled;
    scaled.reserve(points.size());
    for (const Point& point : points) scaled.push_back(fixed_point(point));
    const int width = std::max(1, static_cast<int>(std::lround(thickness * kScale)));
    cv::polylines(pixels_, scaled, false, scalar(colour), width, cv::LINE_8, kShift);
  }

  void dot(Point centre, double radius, Colour colour) override {
    cv::circle(pixels_, fixed_point(centre), fixed_point(radius), scalar(colour), cv::FILLED, cv::LINE_8,
               kShift);
  }

  void text(const std::string& text, Point at, Anchor anchor, double size, Colour colour,
            bool upright) override {
    const int length = static_cast<int>(std::ceil(text_width(text, size) * kScale));
    const int cap = static_cast<int>(std::lround(size * kScale));
    const int margin = cap;  // for descenders and the strokes' width
    cv::Mat mask(cap + 2 * margin, length + 2 * margin, CV_8U, cv::Scalar(0));
    cv::putText(mask, text, {margin, margin + cap}, kFont, font_scale(size), cv::Scalar(255), stroke(size));
    const double share = anchor == Anchor::begin ? 0.0 : anchor == Anchor::centre ? 0.5 : 1.0;
    const int along = static_cast<int>(std::lround(share * length));
    const int x = static_cast<int>(std::lround(at.x * kScale));
    const int y = static_cast<int>(std::lround(at.y * kScale));
    if (upright) {
      cv::rotate(mask, mask, cv::ROTATE_90_COUNTERCLOCKWISE);
      stamp(mask, {x - margin - cap / 2, y - margin - (length - along)}, colour);
    } else {
      stamp(mask, {x - margin - along, y - margin - cap / 2}, colour);
    }
  }

  double text_width(const std::string& text, double size) const override {
    int baseline = 0;
    return static_cast<double>(
               cv::getTextSize(text, kFont, font_scale(size), stroke(size), &baseline).width) /
           kScale;
  }

  Picture picture() const override {
    Picture out;
    out.width = pixels_.cols / kScale;
    out.height = pixels_.rows / kScale;
    out.rgb.resize(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height) * 3);
    cv::Mat small(out.height, out.width, CV_8UC3, out.rgb.data());
    cv::resize(pixels_, small, small.size(), 0.0, 0.0, cv::INTER_AREA);
    return out;
  }

 private:
  static double font_scale(double size) { return size * kScale / kCapHeight; }
  static int stroke(double size) {
    return std::max(1, static_cast<int>(std::lround(kStroke * size * kScale)));
  }

  // Colours the canvas where `mask`, with its corner at `corner`, is set.
  void stamp(const cv::Mat& mask, cv::Point corner, Colour colour) {
    const cv::Rect wanted(corner, mask.size());
    const cv::Rect visible = wanted & cv::Rect(0, 0, pixels_.cols, pixels_.rows);
    if (visible.empty()) return;
    pixels_(visible).setTo(scalar(colour), mask(visible - corner));
  }

  cv::Mat pixels_;
};

class Maker final : public CanvasMaker {
 public:
  std::unique_ptr<Canvas> make(int width, int height) const override {
    return std::make_unique<OpenCvCanvas>(width, height);
  }
};

}  // namespace
}  // namespace aedenoise::report

extern "C" const void* aedenoise_plot_module() {
  static const aedenoise::report::Maker maker;
  return static_cast<const aedenoise::report::CanvasMaker*>(&maker);
}
