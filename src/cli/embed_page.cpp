#include "cli/embed_page.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/atlas.h"
#include "report/html.h"

namespace aedenoise::cli {
namespace {

using report::Json;

// Both axes brought to 0..1 with one factor, so that distances keep their meaning; four digits are enough for
// a screen.
Json points_of(const std::vector<float>& plane) {
  std::array<float, 2> low{plane[0], plane[1]};
  std::array<float, 2> high = low;
  for (std::size_t i = 0; i < plane.size(); ++i) {
    low.at(i % 2) = std::min(low.at(i % 2), plane[i]);
    high.at(i % 2) = std::max(high.at(i % 2), plane[i]);
  }
  const float extent = std::max({high[0] - low[0], high[1] - low[1], 1e-12F});
  Json points = Json::array();
  for (std::size_t i = 0; i < plane.size(); ++i) {
    const float middle = 0.5F * (low.at(i % 2) + high.at(i % 2));
    const auto place = static_cast<double>((plane[i] - middle) / extent) + 0.5;
    points.push_back(std::round(1e4 * place) / 1e4);
  }
  return points;
}

}  // namespace

void write_embed_page(const std::string& path, const Codes& codes, const std::vector<float>& plane,
                      const std::vector<std::int32_t>& labels, const Json& record) {
  report::HtmlPage page(path, "embed", "aedenoise: map of codes");
  Json data = record;
  data["points"] = points_of(plane);
  if (!codes.samples.names.empty()) data["names"] = codes.samples.names;
  if (!labels.empty()) data["labels"] = labels;
  page.data("data", report::script_json(data));
  if (are_pictures(codes.samples.sizes) && !codes.samples.values.empty()) {
    page.data("atlas", report::script_json(atlas_of(codes.samples.sizes, codes.samples.values, false)));
  }
  page.commit();
}

}  // namespace aedenoise::cli
