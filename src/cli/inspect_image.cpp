#include <algorithm>
#include <cmath>

#include "cli/inspect.h"
#include "imaging/estimate.h"
#include "imaging/tissue_noise.h"
#include "io/samples.h"
#include "pipeline/normalise.h"
#include "pipeline/scans.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using report::Json;

struct Statistics {
  double low = INFINITY;
  double high = -INFINITY;
  double mean = 0.0;
  std::size_t finite = 0;
};

Statistics statistics_of(const Image& image) {
  Statistics out;
  for (const float sample : image.values) {
    const auto value = static_cast<double>(sample);
    if (!std::isfinite(value)) continue;
    out.low = std::min(out.low, value);
    out.high = std::max(out.high, value);
    out.mean += value;
    ++out.finite;
  }
  if (out.finite > 0) out.mean /= static_cast<double>(out.finite);
  return out;
}

std::string shown(double value) {
  std::string text = report::fixed(value, 4);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool has_spacing(const Image& image) {
  return !std::ranges::all_of(image.spacing, [](double step) { return step == 1.0; });
}

// "columns to L, rows to P, slices to S, the first sample at -91.4, -160.1, 35.2"
std::string shown(const io::Placement& placement) {
  const std::string axes = io::axes_of(placement);
  const auto [x, y, z] = placement.origin;
  return (axes.empty() ? "oblique"
                       : "columns to " + axes.substr(0, 1) + ", rows to " + axes.substr(1, 1) +
                             ", slices to " + axes.substr(2)) +
         ", the first sample at " + shown(x) + ", " + shown(y) + ", " + shown(z) + " mm (L, P, S)";
}

}  // namespace

Inspection inspect_image(const io::Document& document) {
  const Image& image = document.image;
  const Statistics statistics = statistics_of(image);
  const bool ct = image.channels == 1 && pipeline::is_hounsfield(image);
  double sigma = NAN;
  if (ct && statistics.finite > 0) {
    sigma = imaging::estimate_tissue_noise(image);
  } else if (statistics.finite > 0) {
    Image finite = image;
    pipeline::replace_non_finite(finite);
    sigma = imaging::estimate_sigma(finite);
  }
  const std::size_t missing = image.values.size() - statistics.finite;
  Inspection out;
  out.text = "image      " + document.description + "\n";
  out.text += "size       " + std::to_string(image.width) + " x " + std::to_string(image.height) +
              (image.depth > 1 ? " x " + std::to_string(image.depth) : "") + ", " +
              (image.channels == 1 ? "gray" : std::to_string(image.channels) + " channels") + "\n";
  if (has_spacing(image)) {
    const auto& [columns, rows, slices] = image.spacing;
    out.text += "spacing    " + shown(columns) + " x " + shown(rows) +
                (image.depth > 1 ? " x " + shown(slices) : "") + " mm\n";
  }
  if (document.placement) out.text += "place      " + shown(*document.placement) + "\n";
  if (document.volumes > 1) {
    out.text += "volumes    " + std::to_string(document.volumes) + ", of which this is the first\n";
  }
  out.text += "samples    " + std::string(io::datatype_name(image.datatype)) + ", range " + shown(image.low) +
              " to " + shown(image.high) + "\n";
  if (statistics.finite > 0) {
    out.text += "values     " + shown(statistics.low) + " to " + shown(statistics.high) + ", mean " +
                shown(statistics.mean) + "\n";
  }
  if (missing > 0)
    out.text += "missing    " + std::to_string(missing) + " values are NaN, infinite or padding\n";
  out.text += "noise      about " + shown(sigma) +
              (ct ? " HU (standard deviation in tissue, as of CT)\n"
                  : " (standard deviation in the file's units, if Gaussian)\n");
  for (const std::string& note : document.notes) out.text += "note       " + note + "\n";
  out.json = {{"kind", "image"},
              {"format", document.format},
              {"description", document.description},
              {"width", image.width},
              {"height", image.height},
              {"depth", image.depth},
              {"spacing", image.spacing},
              {"axes", io::axes_of(document.placement)},
              {"volumes", document.volumes},
              {"channels", image.channels},
              {"datatype", io::datatype_name(image.datatype)},
              {"range", {report::number(image.low), report::number(image.high)}},
              {"minimum", report::number(statistics.low)},
              {"maximum", report::number(statistics.high)},
              {"mean", report::number(statistics.mean)},
              {"non_finite", missing},
              {"estimated_sigma", report::number(sigma)},
              {"notes", document.notes}};
  return out;
}

}  // namespace aedenoise::cli
