#include "report/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>

#include "aedenoise/error.h"
#include "core/module.h"
#include "report/canvas.h"
#include "report/ticks.h"

namespace aedenoise::report {
namespace {

// Told apart by people with any colour vision: Okabe and Ito, "Color Universal Design", 2008.
constexpr std::array<Colour, 6> kColours{
    {{0, 114, 178}, {213, 94, 0}, {0, 158, 115}, {204, 121, 167}, {230, 159, 0}, {86, 180, 233}}};
constexpr Colour kInk{40, 40, 40};
constexpr Colour kFaint{226, 226, 226};

constexpr double kTextSize = 9.0;  // cap height in pixels
constexpr double kTitleSize = 11.5;
constexpr double kGap = 8.0;  // between a text and what it belongs to
constexpr double kLegendSwatch = 22.0;
constexpr double kTickSpacingX = 90.0;  // least distance of ticks
constexpr double kTickSpacingY = 42.0;
constexpr double kLargest = 1e305;     // values above count as infinite, so that ranges are finite
constexpr std::size_t kMostDots = 60;  // longer series are drawn without dots

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

struct Box {
  double left = 0.0;
  double top = 0.0;
  double right = 0.0;
  double bottom = 0.0;
};

// One axis: data range, direction in pixels, ticks.
struct Axis {
  Range range;
  bool logarithmic = false;
  double from = 0.0;
  double to = 0.0;
  Ticks ticks;

  double pixel(double value) const {
    const auto scaled = [this](double v) { return logarithmic ? std::log(v) : v; };
    const double share = (scaled(value) - scaled(range.low)) / (scaled(range.high) - scaled(range.low));
    return from + share * (to - from);
  }
};

Colour colour_of(std::size_t index) { return kColours[index % kColours.size()]; }

bool drawable(const Panel& panel, double x, double y) {
  return std::abs(x) < kLargest && std::abs(y) < kLargest && (!panel.logarithmic || y > 0.0);
}

template <typename Visit>
void for_each_point(const Panel& panel, Visit visit) {
  for (const Series& series : panel.series) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (drawable(panel, series.x[i], series.y[i])) visit(series.x[i], series.y[i]);
    }
  }
}

// With a margin, and never empty, so that ticks and positions exist for a single value or none.
Range widened(Range range, bool logarithmic) {
  if (range.low > range.high) return logarithmic ? Range{1.0, 10.0} : Range{0.0, 1.0};
  if (logarithmic) {
    const double factor = std::max(1.05, std::pow(range.high / range.low, 0.05));
    return {range.low / factor, range.high * factor};
  }
  double margin = 0.05 * (range.high - range.low);
  if (range.low == range.high) margin = range.low == 0.0 ? 1.0 : 0.05 * std::abs(range.low);
  return {range.low - margin, range.high + margin};
}

void validate(const Plot& plot, int width, int panel_height) {
  if (plot.panels.empty()) throw Error(ErrorCode::usage, "a plot needs at least one panel");
  if (width < 320 || panel_height < 120)
    throw Error(ErrorCode::usage, "a plot needs 320 x 120 pixels at least");
  for (const Panel& panel : plot.panels) {
    for (const Series& series : panel.series) {
      if (series.x.size() != series.y.size()) {
        throw Error(ErrorCode::usage, "the curve '" + series.name + "' has not as many x as y values");
      }
    }
  }
}

bool has_legend(const Panel& panel) {
  return std::ranges::any_of(panel.series, [](const Series& series) { return !series.name.empty(); });
}

// Names and swatches in one row, to the right above the panel.
void draw_legend(Canvas& canvas, const Panel& panel, const Box& box) {
  double x = box.right;
  const double y = box.top - kGap - 0.5 * kTextSize;
  for (std::size_t i = panel.series.size(); i-- > 0;) {
    const std::string& name = panel.series[i].name;
    if (name.empty()) continue;
    canvas.text(name, {x, y}, Anchor::end, kTextSize, kInk, false);
    x -= canvas.text_width(name, kTextSize) + kGap;
    canvas.line({{x - kLegendSwatch, y}, {x, y}}, colour_of(i), 2.0);
    x -= kLegendSwatch + 2.0 * kGap;
  }
}

void draw_curves(Canvas& canvas, const Panel& panel, const Axis& x_axis, const Axis& y_axis) {
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    std::vector<Point> run;
    const auto finish_run = [&] {
      if (run.size() > 1) canvas.line(run, colour_of(i), 1.6);
      if (run.size() == 1 || series.x.size() <= kMostDots) {
        for (const Point& point : run) canvas.dot(point, 2.6, colour_of(i));
      }
      run.clear();
    };
    for (std::size_t k = 0; k < series.x.size(); ++k) {
      if (drawable(panel, series.x[k], series.y[k])) {
        run.push_back({x_axis.pixel(series.x[k]), y_axis.pixel(series.y[k])});
      } else {
        finish_run();
      }
    }
    finish_run();
  }
}

void draw_frame(Canvas& canvas, const Box& box, const Axis& x_axis, const Axis& y_axis, bool x_labels) {
  for (std::size_t i = 0; i < x_axis.ticks.values.size(); ++i) {
    const double x = x_axis.pixel(x_axis.ticks.values[i]);
    canvas.line({{x, box.top}, {x, box.bottom}}, kFaint, 1.0);
    if (!x_labels) continue;
    canvas.text(x_axis.ticks.labels[i], {x, box.bottom + kGap + 0.5 * kTextSize}, Anchor::centre, kTextSize,
                kInk, false);
  }
  for (std::size_t i = 0; i < y_axis.ticks.values.size(); ++i) {
    const double y = y_axis.pixel(y_axis.ticks.values[i]);
    canvas.line({{box.left, y}, {box.right, y}}, kFaint, 1.0);
    canvas.text(y_axis.ticks.labels[i], {box.left - kGap, y}, Anchor::end, kTextSize, kInk, false);
  }
  canvas.line({{box.left, box.top}, {box.left, box.bottom}, {box.right, box.bottom}}, kInk, 1.0);
}

double widest_label(const Canvas& canvas, const Ticks& ticks) {
  double widest = 0.0;
  for (const std::string& label : ticks.labels)
    widest = std::max(widest, canvas.text_width(label, kTextSize));
  return widest;
}

// Heights of the parts above and below the panels.
struct Margins {
  double title = 0.0;
  double legend = 0.0;  // above every panel
  double bottom = 0.0;  // x tick labels and x label
};

Margins margins_of(const Plot& plot) {
  Margins margins;
  margins.title = plot.title.empty() ? 0.0 : kTitleSize + 1.5 * kGap;
  margins.legend = 3.0 * kGap + (std::ranges::any_of(plot.panels, has_legend) ? kTextSize : 0.0);
  margins.bottom = kTextSize + 2.0 * kGap + (plot.x_label.empty() ? 0.0 : kTextSize + 1.5 * kGap);
  return margins;
}

Axis make_y_axis(const Panel& panel, double panel_height) {
  Axis axis;
  axis.logarithmic = panel.logarithmic;
  for_each_point(panel, [&](double, double y) { axis.range.include(y); });
  axis.range = widened(axis.range, panel.logarithmic);
  const int wanted = static_cast<int>(panel_height / kTickSpacingY);
  axis.ticks = panel.logarithmic ? logarithmic_ticks(axis.range.low, axis.range.high, wanted)
                                 : linear_ticks(axis.range.low, axis.range.high, wanted);
  return axis;
}

// From `left` to as far right as the last label allows. A range that begins near 0, as steps do, begins at 0.
Axis make_x_axis(const Canvas& canvas, const Plot& plot, double left, double width) {
  Axis axis;
  for (const Panel& panel : plot.panels)
    for_each_point(panel, [&](double x, double) { axis.range.include(x); });
  if (axis.range.low >= axis.range.high) axis.range = widened(axis.range, false);
  if (axis.range.low > 0.0 && axis.range.low < 0.1 * axis.range.high) axis.range.low = 0.0;
  const int wanted = static_cast<int>((width - left) / kTickSpacingX);
  axis.ticks = linear_ticks(axis.range.low, axis.range.high, wanted);
  axis.from = left;
  axis.to = width - 2.0 * kGap - std::max(kGap, 0.5 * widest_label(canvas, axis.ticks));
  return axis;
}

}  // namespace

Picture draw(const Plot& plot, int width, int panel_height) {
  validate(plot, width, panel_height);
  const Margins margins = margins_of(plot);
  const double each = margins.legend + panel_height;
  const double height = margins.title + each * static_cast<double>(plot.panels.size()) + margins.bottom;
  const auto canvas = core::load_module<CanvasMaker>("plot").make(width, static_cast<int>(std::ceil(height)));

  std::vector<Axis> y_axes;
  double label_width = 0.0;
  for (const Panel& panel : plot.panels) {
    y_axes.push_back(make_y_axis(panel, panel_height));
    label_width = std::max(label_width, widest_label(*canvas, y_axes.back().ticks));
  }
  Box box;
  box.left = 3.0 * kGap + kTextSize + label_width;
  const Axis x_axis = make_x_axis(*canvas, plot, box.left, width);
  box.right = x_axis.to;
  const double middle = 0.5 * (box.left + box.right);

  canvas->text(plot.title, {middle, kGap + 0.5 * kTitleSize}, Anchor::centre, kTitleSize, kInk, false);
  for (std::size_t i = 0; i < plot.panels.size(); ++i) {
    const Panel& panel = plot.panels[i];
    box.top = margins.title + each * static_cast<double>(i) + margins.legend;
    box.bottom = box.top + panel_height;
    y_axes[i].from = box.bottom;
    y_axes[i].to = box.top;
    draw_frame(*canvas, box, x_axis, y_axes[i], i + 1 == plot.panels.size());
    draw_curves(*canvas, panel, x_axis, y_axes[i]);
    draw_legend(*canvas, panel, box);
    canvas->text(panel.y_label, {kGap + 0.5 * kTextSize, 0.5 * (box.top + box.bottom)}, Anchor::centre,
                 kTextSize, kInk, true);
  }
  canvas->text(plot.x_label, {middle, height - kGap - 0.5 * kTextSize}, Anchor::centre, kTextSize, kInk,
               false);
  return canvas->picture();
}

}  // namespace aedenoise::report
