#include "cli/denoise_page.h"

#include <array>
#include <cmath>
#include <limits>

#include "aedenoise/error.h"
#include "aedenoise/version.h"

namespace aedenoise::cli {
namespace {

using report::Json;
using report::Outliers;

constexpr std::int64_t kMostPictures = 100'000;

Outliers make_outliers() {
  return Outliers({{"noise before", true, 0.1},
                   {"share of noise left", true, 0.1},
                   {"amount removed", true, 0.1},
                   {"change of brightness", false, 0.05},
                   {"PSNR", false, 0.5}});
}

double value_of(const Json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_number() ? found->get<double>()
                                                     : std::numeric_limits<double>::quiet_NaN();
}

// In the order of make_outliers().
Outliers::Values values_of(const Json& record) {
  double range = std::numeric_limits<double>::quiet_NaN();
  const auto found = record.find("range");
  if (found != record.end() && found->is_array() && found->size() == 2 && (*found)[0].is_number() &&
      (*found)[1].is_number()) {
    range = (*found)[1].get<double>() - (*found)[0].get<double>();
  }
  const double noise = value_of(record, "noise_in");
  const double removed = value_of(record, "residual_rms");
  return {noise / range, value_of(record, "noise_out") / noise, removed / noise,
          value_of(record, "residual_mean") / removed, value_of(record, "psnr_out")};
}

// What the page shows of a record.
Json shown(const Json& record) {
  constexpr std::array kKeys{"input",           "output",
                             "status",          "error",
                             "description",     "range",
                             "noise_model",     "sigma",
                             "sigma_estimated", "model",
                             "strength",        "noise_in",
                             "noise_out",       "residual_mean",
                             "residual_rms",    "psnr_in",
                             "psnr_out",        "ssim_in",
                             "ssim_out",        "input_bytes",
                             "output_bytes",    "compression_ratio",
                             "seconds",         "outlier",
                             "outlier_reason",  "notes"};
  Json out = Json::object();
  for (const char* key : kKeys) {
    const auto found = record.find(key);
    if (found != record.end() && !found->is_null()) out[key] = *found;
  }
  return out;
}

Json settings_of_page(const Arguments& arguments) {
  constexpr std::array kSettings{"model",    "noise-model", "sigma", "noise-map",
                                 "strength", "precision",   "tta",   "datatype"};
  Json out = Json::object();
  for (const char* option : kSettings) {
    if (!arguments.has(option)) continue;
    const std::string text = arguments.text(option);
    out[option] = text.empty() ? "yes" : text;
  }
  return out;
}

Json json_of(const pipeline::PreviewView& view) {
  const auto picture = [](const core::Bytes& bytes) { return report::data_uri("image/jpeg", bytes); };
  return {{"name", view.name},
          {"place", view.place},
          {"width", view.width},
          {"height", view.height},
          {"zoom", view.zoom},
          {"low", view.low},
          {"high", view.high},
          {"limit", view.limit},
          {"before", picture(view.before)},
          {"after", picture(view.after)},
          {"residual", picture(view.residual)}};
}

}  // namespace

void mark_outliers(Json& records) {
  Outliers outliers = make_outliers();
  for (const Json& record : records) outliers.add(values_of(record));
  for (Json& record : records) {
    if (!record.contains("noise_in")) continue;
    const Outliers::Score score = outliers.score(values_of(record));
    if (score.reason.empty()) continue;
    record["outlier"] = std::round(100.0 * score.distance) / 100.0;
    record["outlier_reason"] = score.reason;
  }
}

DenoisePage::DenoisePage(const Arguments& arguments)
    : path_(arguments.text("report")),
      settings_(settings_of_page(arguments)),
      outliers_(make_outliers()),
      page_(path_, "denoise", "aedenoise: what was denoised"),
      store_(path_, static_cast<std::size_t>(arguments.integer("report-images", 200, 0, kMostPictures)),
             outliers_) {}

bool DenoisePage::wants(const Json& record) const { return store_.wants(values_of(record)); }

void DenoisePage::add(std::size_t result, const Json& record,
                      const std::vector<pipeline::PreviewView>& views) {
  Outliers::Values values = values_of(record);
  outliers_.add(values);
  if (views.empty()) return;
  Json pictures = Json::array();
  for (const pipeline::PreviewView& view : views) pictures.push_back(json_of(view));
  try {
    store_.add(result, std::move(values), report::script_json(pictures));
  } catch (const Error& error) {
    throw error.within(path_);
  }
}

void DenoisePage::write(const Json& records) {
  Json files = Json::array();
  for (const Json& record : records) files.push_back(shown(record));
  Json pictures = Json::array();
  store_.visit([&](std::size_t result, const std::string& text) {
    page_.data("pictures" + std::to_string(result), text);
    pictures.push_back(result);
  });
  page_.data(
      "data",
      report::script_json(
          {{"version", build_version()}, {"settings", settings_}, {"pictures", pictures}, {"files", files}}));
  page_.commit();
}

}  // namespace aedenoise::cli
