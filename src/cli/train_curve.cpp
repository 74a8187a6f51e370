#include "cli/train_curve.h"

#include <cmath>

#include "aedenoise/error.h"
#include "core/file.h"
#include "io/format.h"
#include "report/plot.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::TrainProgress;
using report::fixed;

void write_text(const fs::path& path, const std::string& text) {
  try {
    core::AtomicFile file(path);
    file.write(text);
    file.commit();
  } catch (const Error& error) {
    throw error.within(path.string());
  }
}

void write_csv(const std::vector<TrainProgress>& curve, const fs::path& path) {
  std::string csv = "step,seconds,loss,learning_rate,validation_psnr,best\n";
  for (const TrainProgress& point : curve) {
    csv += std::to_string(point.step) + "," + fixed(point.seconds, 1) + "," + fixed(point.loss, 7) + "," +
           fixed(point.learning_rate, 8) + "," + fixed(point.psnr.value_or(0.0), 4) + "," +
           (point.best ? "1" : "0") + "\n";
  }
  write_text(path, csv);
}

void draw_curve(const std::vector<TrainProgress>& curve, const fs::path& path) {
  report::Series psnr;
  report::Series loss;
  for (const TrainProgress& point : curve) {
    psnr.x.push_back(static_cast<double>(point.step));
    loss.x.push_back(static_cast<double>(point.step));
    psnr.y.push_back(point.psnr.value_or(NAN));
    loss.y.push_back(point.loss);
  }
  const report::Picture picture = report::draw(
      {"Training", "step", {{"validation PSNR, dB", {psnr}, false}, {"training loss", {loss}, true}}});
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

void write_curve(const std::vector<TrainProgress>& curve, const fs::path& csv, const fs::path& png) {
  write_csv(curve, csv);
  draw_curve(curve, png);
}

}  // namespace aedenoise::cli
