// Line plots for reports: training curves and the like, as pixels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aedenoise::report {

// Points joined in the order given; a point that is not finite leaves a gap.
struct Series {
  std::string name;  // for the legend; none is shown when every name of a panel is empty
  std::vector<double> x;
  std::vector<double> y;  // as many as x
};

// One pair of axes. Series of different units belong in different panels.
struct Panel {
  std::string y_label;
  std::vector<Series> series;
  bool logarithmic = false;  // y axis; values up to 0 leave gaps
};

// Panels below each other over one x axis.
struct Plot {
  std::string title;
  std::string x_label;
  std::vector<Panel> panels;
};

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  // rows from the top, three bytes per pixel
};

// Draws `plot` on white, `width` pixels wide (at least 320) and `panel_height` (at least 120) for every panel
// with its axes; titles and labels come on top of that. Texts are ASCII; other characters show as '?'. Throws
// Error{usage} for a plot without panels, a series whose x and y differ in number, and sizes below the least.
Picture draw(const Plot& plot, int width = 960, int panel_height = 300);

}  // namespace aedenoise::report
