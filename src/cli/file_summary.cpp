#include "cli/file_summary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "cli/command.h"
#include "core/text.h"
#include "pipeline/stabilise.h"
#include "report/csv.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

std::string compact(double value) {
  constexpr double kSmallest = 0.001;
  if (value != 0.0 && std::abs(value) < kSmallest) return core::significant(value);
  std::string text = report::fixed(value, value < 1.0 ? 4 : 2);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

void FileSummary::add(const io::Document& document, const DenoiseResult& result) {
  if (sigmas_.empty()) {
    description_ = document.description;
    low_ = document.image.low;
    high_ = document.image.high;
    first_.noise = result.noise;
    first_.sigma_estimated = result.sigma_estimated;
    first_.tile_height = result.tile_height;
    first_.tile_width = result.tile_width;
    first_.tiles = result.tiles;
    first_.precision = result.precision;
    first_.model = result.model;
    first_.model_sha256 = result.model_sha256;
  }
  low_ = std::min(low_, document.image.low);
  high_ = std::max(high_, document.image.high);
  sigmas_.push_back(result.sigma);
  if (result.self) adaptations_.push_back(*result.self);
  seconds_ += result.seconds;
  add_notes(result.notes);
  add_notes(document.notes);
}

void FileSummary::add_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    if (std::ranges::find(notes_, note) == notes_.end()) notes_.push_back(note);
  }
}

std::string FileSummary::text(const Arguments& arguments) const {
  const auto [least, most] = std::ranges::minmax(sigmas_);
  std::string text = arguments.has("noise-map") ? "noise map, mean " : "noise level ";
  text += compact(least);
  if (compact(least) != compact(most)) text += " to " + compact(most);
  if (first_.noise == NoiseKind::poisson || first_.noise == NoiseKind::poisson_gaussian)
    text += " at full scale";
  text += (first_.sigma_estimated ? " (estimated, " : " (") + pipeline::name_of(first_.noise) +
          (arguments.text("noise-model", "auto") != "auto" ? ")" : " assumed)");
  text += " in the range " + compact(low_) + ".." + compact(high_);
  if (sigmas_.size() > 1) text += ", " + std::to_string(sigmas_.size()) + " volumes";
  return text + ", " + report::fixed(seconds_, 2) + " s";
}

std::string FileSummary::tiles() const {
  if (first_.tiles == 0) return {};
  return std::to_string(first_.tiles) + (first_.tiles == 1 ? " tile of " : " tiles of ") +
         std::to_string(first_.tile_width) + " x " + std::to_string(first_.tile_height) + ", " +
         name_of(first_.precision);
}

void FileSummary::fill(report::Json& record, const Arguments& arguments) const {
  const double sum = std::accumulate(sigmas_.begin(), sigmas_.end(), 0.0);
  record["description"] = description_;
  record["range"] = {report::number(low_), report::number(high_)};
  record["noise_model"] = pipeline::name_of(first_.noise);
  record["sigma"] = report::number(sum / static_cast<double>(sigmas_.size()));
  if (sigmas_.size() > 1) record["sigmas"] = sigmas_;
  record["sigma_estimated"] = first_.sigma_estimated;
  record["model"] = first_.model;
  record["model_sha256"] = first_.model_sha256;
  record["strength"] = arguments.number("strength", 1.0, 0.0, 1.0);
  record["tiles"] = first_.tiles;
  record["tile"] = {first_.tile_width, first_.tile_height};
  record["precision"] = name_of(first_.precision);
  record["seconds"] = seconds_;
  record["notes"] = notes_;
  for (const SelfAdaptation& one : adaptations_) {
    record["self"].push_back({{"kept", one.kept},
                              {"steps", one.steps},
                              {"plain_loss", report::number(one.plain_loss)},
                              {"adapted_loss", report::number(one.adapted_loss)}});
  }
}

std::string csv_of(const report::Json& records) {
  constexpr std::array kColumns{"input",           "output",
                                "status",          "error",
                                "noise_model",     "sigma",
                                "sigma_estimated", "strength",
                                "model",           "precision",
                                "seconds",         "input_bytes",
                                "output_bytes",    "compression_ratio",
                                "noise_in",        "noise_out",
                                "residual_mean",   "residual_rms",
                                "psnr_in",         "psnr_out",
                                "ssim_in",         "ssim_out",
                                "outlier",         "outlier_reason"};
  std::string text;
  for (const char* column : kColumns) text += (text.empty() ? "" : ",") + std::string(column);
  text += '\n';
  for (const report::Json& record : records) {
    std::string line;
    for (const char* column : kColumns) {
      if (column != kColumns.front()) line += ',';
      const auto cell = record.find(column);
      if (cell == record.end() || cell->is_null()) continue;
      line += report::csv_field(cell->is_string() ? cell->get<std::string>() : cell->dump());
    }
    text += line + "\n";
  }
  return text;
}

std::string failures_text(const std::vector<Error>& failures, std::size_t files) {
  std::string text = std::to_string(failures.size()) + " of " + std::to_string(files) + " failed:";
  for (const Error& error : failures) text += std::string("\n  ") + error.what();
  return text;
}

int exit_code_of(const std::vector<Error>& failures, std::size_t files) {
  if (failures.empty()) return kDone;
  if (failures.size() < files) return kSomeFailed;
  const auto all = [&](ErrorCode code) {
    return std::ranges::all_of(failures, [&](const Error& error) { return error.code() == code; });
  };
  if (all(ErrorCode::resource)) return kResource;
  return all(ErrorCode::usage) ? kUsage : kAllFailed;
}

}  // namespace aedenoise::cli
