// What a plot is drawn with: lines and text on white, offered by the run-time module `plot`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "report/plot.h"

namespace aedenoise::report {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

// In pixels from the top left corner; fractions count.
struct Point {
  double x = 0.0;
  double y = 0.0;
};

// Where a text lies relative to the point it is given: horizontally, or along its direction when turned.
enum class Anchor : std::uint8_t { begin, centre, end };

class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void line(const std::vector<Point>& points, Colour colour, double thickness) = 0;
  virtual void dot(Point centre, double radius, Colour colour) = 0;
  // Text of so many pixels cap height, its capitals' middle at the height of `at`; `upright` turns it to read
  // from bottom to top.
  virtual void text(const std::string& text, Point at, Anchor anchor, double size, Colour colour,
                    bool upright) = 0;
  virtual double text_width(const std::string& text, double size) const = 0;
  virtual Picture picture() const = 0;
};

class CanvasMaker {
 public:
  virtual ~CanvasMaker() = default;
  virtual std::unique_ptr<Canvas> make(int width, int height) const = 0;
};

}  // namespace aedenoise::report
