#include "cli/features_curve.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "aedenoise/error.h"
#include "core/file.h"
#include "report/table.h"

namespace aedenoise::cli {

using report::fixed;
using report::Json;

bool is_result(const std::string& path) { return std::filesystem::path(path).extension() == ".json"; }

Json read_result(const std::string& path) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30U;
  const core::Bytes bytes = core::read_file(path, kMostBytes);
  const Json result = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  const auto holds = [&](const char* key) { return result.contains(key) && result[key].is_number(); };
  const bool fits = result.is_object() && holds("l0") && holds("fvu") && holds("dead") &&
                    holds("hyperactive") && result.contains("model") && result["model"].is_string();
  if (!fits) throw Error(ErrorCode::data, path + ": is no result of 'aedenoise features --json'");
  return result;
}

std::vector<std::string> result_row(const Json& result, std::size_t columns) {
  const auto value = [&](const char* key) { return result[key].get<double>(); };
  std::vector<std::string> row{result["model"].get<std::string>(), fixed(value("l0"), 2),
                               fixed(value("fvu"), 4), fixed(100.0 * value("dead"), 2) + "%",
                               fixed(100.0 * value("hyperactive"), 2) + "%"};
  row.resize(columns, "-");
  return row;
}

report::Plot curve_of(const std::vector<Json>& results) {
  std::map<std::string, std::vector<std::pair<double, double>>> kinds;
  const auto add = [&](const Json& result) {
    if (!result["l0"].is_number() || !result["fvu"].is_number()) return;
    const std::string kind = result.value("sparsity", result.value("kind", std::string("model")));
    kinds[kind].emplace_back(result["l0"].get<double>(), result["fvu"].get<double>());
  };
  for (const Json& result : results) {
    add(result);
    if (!result.contains("compared")) continue;
    for (const Json& other : result["compared"]) add(other);
  }
  report::Panel panel{"FVU", {}, false};
  for (auto& [kind, points] : kinds) {
    std::ranges::sort(points);
    report::Series series{kind, {}, {}};
    for (const auto& [l0, fvu] : points) {
      series.x.push_back(l0);
      series.y.push_back(fvu);
    }
    panel.series.push_back(std::move(series));
  }
  return {"Features", "active features (L0)", {std::move(panel)}};
}

}  // namespace aedenoise::cli
