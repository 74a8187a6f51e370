#include "pipeline/column_scale.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

// What rounding alone leaves of a column that does not vary.
constexpr double kNoSpread = 1e-6;

struct Moments {
  std::vector<double> means;
  std::vector<double> deviations;  // 0 where a column does not vary
};

Moments moments_of(const Samples& samples) {
  const auto columns = static_cast<std::size_t>(samples.sample_values());
  const auto count = static_cast<double>(samples.count);
  Moments out{std::vector<double>(columns, 0.0), std::vector<double>(columns, 0.0)};
  for (std::size_t i = 0; i < samples.values.size(); ++i)
    out.means[i % columns] += static_cast<double>(samples.values[i]) / count;
  for (std::size_t i = 0; i < samples.values.size(); ++i) {
    const double off = static_cast<double>(samples.values[i]) - out.means[i % columns];
    out.deviations[i % columns] += off * off / count;
  }
  for (std::size_t c = 0; c < columns; ++c) {
    const double deviation = std::sqrt(out.deviations[c]);
    out.deviations[c] = deviation > kNoSpread * std::abs(out.means[c]) ? deviation : 0.0;
  }
  return out;
}

}  // namespace

ColumnScale column_scale(const Samples& samples) {
  Moments moments = moments_of(samples);
  for (double& deviation : moments.deviations) deviation = deviation > 0.0 ? deviation : 1.0;
  return {std::move(moments.means), std::move(moments.deviations)};
}

void standardise(const ColumnScale& scale, Samples& samples) {
  const std::size_t columns = scale.means.size();
  if (static_cast<std::size_t>(samples.sample_values()) != columns) {
    throw Error(ErrorCode::data, "the samples have " + std::to_string(samples.sample_values()) +
                                     " columns, those trained on " + std::to_string(columns));
  }
  for (std::size_t i = 0; i < samples.values.size(); ++i) {
    const std::size_t column = i % columns;
    samples.values[i] = static_cast<float>((static_cast<double>(samples.values[i]) - scale.means[column]) /
                                           scale.deviations[column]);
  }
}

void unstandardise(const ColumnScale& scale, std::span<float> values) {
  const std::size_t columns = scale.means.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t column = i % columns;
    values[i] =
        static_cast<float>(static_cast<double>(values[i]) * scale.deviations[column] + scale.means[column]);
  }
}

std::optional<std::pair<double, double>> spreads(const Samples& samples) {
  std::vector<double> deviations = moments_of(samples).deviations;
  std::erase(deviations, 0.0);
  if (deviations.empty()) return {};
  const auto [least, most] = std::ranges::minmax(deviations);
  return std::pair{least, most};
}

std::string to_json(const ColumnScale& scale) {
  return nlohmann::json{{"means", scale.means}, {"deviations", scale.deviations}}.dump();
}

std::optional<ColumnScale> column_scale_of(const model::ModelFile& file) {
  const std::optional<std::string> text = file.text(kColumnScale);
  if (!text) return {};
  const Error damaged(ErrorCode::data, file.title() + ": the scale of its columns is damaged");
  ColumnScale out;
  try {
    const auto json = nlohmann::json::parse(*text);
    out = {json.at("means").get<std::vector<double>>(), json.at("deviations").get<std::vector<double>>()};
  } catch (const nlohmann::json::exception&) {
    throw Error(damaged);
  }
  const auto finite = [](double value) { return std::isfinite(value); };
  const bool valid = out.means.size() == out.deviations.size() && std::ranges::all_of(out.means, finite) &&
                     std::ranges::all_of(out.deviations, [&](double v) { return finite(v) && v > 0.0; });
  if (!valid) throw Error(damaged);
  return out;
}

}  // namespace aedenoise::pipeline
