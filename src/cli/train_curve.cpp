#include "cli/train_curve.h"

#include <algorithm>
#include <cmath>

#include "cli/pictures.h"
#include "core/text.h"
#include "report/destination.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::TrainProgress;
using report::fixed;

void write_csv(const pipeline::TrainResult& result, const fs::path& path) {
  std::string csv = "step,seconds,loss,learning_rate,validation_" + result.measure.key() + ",best\n";
  for (const TrainProgress& point : result.curve) {
    csv += std::to_string(point.step) + "," + fixed(point.seconds, 1) + "," + fixed(point.loss, 7) + "," +
           fixed(point.learning_rate, 8) + "," + core::significant(point.score.value_or(0.0), 7) + "," +
           (point.best ? "1" : "0") + "\n";
  }
  report::write_text(csv, path.string());
}

void draw_curve(const pipeline::TrainResult& result, const fs::path& path) {
  report::Series score;
  report::Series loss;
  for (const TrainProgress& point : result.curve) {
    score.x.push_back(static_cast<double>(point.step));
    loss.x.push_back(static_cast<double>(point.step));
    score.y.push_back(point.score.value_or(NAN));
    loss.y.push_back(point.loss);
  }
  const bool positive = std::ranges::all_of(loss.y, [](double value) { return value > 0.0; });
  const std::string unit = result.measure.unit.empty() ? "" : ", " + result.measure.unit;
  write_plot(path.string(), {"Training",
                             "step",
                             {{"validation " + result.measure.name + unit, {score}, false},
                              {"training loss", {loss}, positive}}});
}

}  // namespace

void write_curve(const pipeline::TrainResult& result, const fs::path& csv, const fs::path& png) {
  write_csv(result, csv);
  draw_curve(result, png);
}

}  // namespace aedenoise::cli
