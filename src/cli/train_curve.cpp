#include "cli/train_curve.h"

#include <cmath>

#include "aedenoise/error.h"
#include "io/format.h"
#include "report/csv.h"
#include "report/plot.h"
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
           fixed(point.learning_rate, 8) + "," + fixed(point.score.value_or(0.0), 4) + "," +
           (point.best ? "1" : "0") + "\n";
  }
  report::write_csv(path.string(), csv);
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
  const std::string unit = result.measure.unit.empty() ? "" : ", " + result.measure.unit;
  const report::Picture picture = report::draw(
      {"Training",
       "step",
       {{"validation " + result.measure.name + unit, {score}, false}, {"training loss", {loss}, true}}});
  io::Document document;
  Image& image = document.image;
  image.channels = 3;
  image.height = picture.height;
  image.width = picture.width;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  image.values.resize(image.size());
  for (std::size_t i = 0; i < picture.rgb.size(); ++i) {
    image.plane(static_cast<int>(i % 3))[i / 3] = static_cast<float>(picture.rgb[i]);
  }
  io::write_document(document, image, path);
}

}  // namespace

void write_curve(const pipeline::TrainResult& result, const fs::path& csv, const fs::path& png) {
  write_csv(result, csv);
  draw_curve(result, png);
}

}  // namespace aedenoise::cli
