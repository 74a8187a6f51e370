// aedenoise anomaly: which samples an autoencoder does not know, and where in them.
#include "pipeline/anomaly.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/samples.h"
#include "io/format.h"
#include "report/csv.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::Samples;
using report::Json;

constexpr std::array kOptions{
    kCodingModelOption,
    Option{"Scoring", "normal", 0, "FILE...",
           "normal samples the network was not trained on, to compare codes and errors with instead of what "
           "the model file "
           "knows of its training"},
    Option{"Scoring", "false-positive-rate", 0, "RATE",
           "share of normal samples above the threshold (default 0.01); of those held out in training, or of "
           "--normal"},
    Option{"Scoring", "labels", 0, "FILE",
           "one number per sample (idx, .npy, .csv), 0 for normal: the AUROC is given"},
    Option{"Input", "seed", 0, "N", "what a model of binarised samples draws them from (default 0)"},
    Option{"Output", "output", 'o', "FOLDER",
           "maps of the highest-scored images: NAME.tif (squared error, float) and NAME.png (red over the "
           "image)"},
    Option{"Output", "maps", 0, "N", "of so many images (default 100)"},
    Option{"Output", "csv", 0, "FILE",
           "file,score of every sample, highest first (sample numbers for tables)"},
    kForceOption,
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kProgressOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

void write_csv(const std::string& path, const Samples& samples, const std::vector<double>& scores,
               const std::vector<std::size_t>& order) {
  std::string text = "file,score\n";
  for (const std::size_t i : order) {
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.9g", scores[i]);
    text += report::csv_field(samples.name(static_cast<std::int64_t>(i))) + "," + number.data() + "\n";
  }
  report::write_csv(path, text);
}

// Maps of single images, all on one scale: full red is the largest error among them.
class MapWriter {
 public:
  MapWriter(std::string folder, const Samples& samples) : folder_(std::move(folder)), samples_(samples) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw Error(ErrorCode::io, folder_ + ": " + error.message());
  }

  // Names of the two files of a sample.
  fs::path path(std::int64_t index, const char* extension) const {
    const std::string stem =
        samples_.names.empty() ? std::to_string(index) : fs::path(samples_.name(index)).stem().string();
    return fs::path(folder_) / (stem + extension);
  }

  void write(std::int64_t index, std::span<const float> map, float largest) const {
    const auto& sizes = samples_.sizes;
    io::Document document;
    Image& image = document.image;
    image.channels = 1;
    image.height = static_cast<int>(sizes[1]);
    image.width = static_cast<int>(sizes[2]);
    image.values.assign(map.begin(), map.end());
    io::write_document(document, image, path(index, ".tif"), DataType::float32);
    const auto sample = samples_.sample(index);
    const auto channels = static_cast<std::size_t>(sizes[0]);
    std::vector<float> overlay(3 * map.size());
    for (std::size_t k = 0; k < map.size(); ++k) {
      const float heat = std::sqrt(std::min(1.0F, map[k] / std::max(largest, 1e-12F)));
      for (std::size_t c = 0; c < 3; ++c) {
        const float value = sample[k * channels + std::min(c, channels - 1)];
        overlay[c * map.size() + k] = (1.0F - heat) * value + (c == 0 ? heat : 0.0F);
      }
    }
    write_picture(path(index, ".png").string(), 3, image.height, image.width, std::move(overlay));
  }

 private:
  std::string folder_;
  const Samples& samples_;
};

class AnomalyCommand : public Command {
 public:
  const char* name() const override { return "anomaly"; }
  const char* summary() const override { return "score samples by how little an autoencoder knows them"; }
  const char* usage() const override { return "IN... -m MODEL [-o MAPS/] [--csv FILE] [options]"; }
  const char* about() const override {
    return "An autoencoder trained on normal samples reconstructs others badly and codes them unlike normal "
           "ones. The score\n"
           "is the sum of two parts: the logarithm of the mean squared error of the reconstruction (of "
           "images "
           "averaged over\n"
           "windows of 1, 3 and 7 pixels) and of the distance of the code to the nearest codes of training "
           "samples, each in\n"
           "standard deviations over normal samples that were held out. The model file knows both; --normal "
           "names others.\n";
  }
  const char* examples() const override {
    return "  $ aedenoise anomaly parts/ -m ae.safetensors -o maps/ --csv scores.csv\n"
           "  $ aedenoise anomaly test.npy -m ae.safetensors --normal good.npy --labels labels.npy --json "
           "-\n";
  }
  std::span<const Option> options() const override { return kOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    if (!arguments.has("output") && !arguments.has("csv") && !arguments.has("json")) {
      throw Error(ErrorCode::usage,
                  "nothing to write was named; use --csv FILE, --output FOLDER or --json FILE");
    }
    if (arguments.has("csv")) check_new_file(arguments.text("csv"), arguments);
    pipeline::Coder coder = coder_from(arguments, "anomaly");
    const Samples samples = samples_for(coder, arguments.positional(), arguments);
    std::vector<int> labels;
    if (arguments.has("labels")) labels = pipeline::load_labels(arguments.text("labels"), samples.count);
    const pipeline::Reference reference = reference_for(coder, arguments);
    pipeline::AnomalyScorer scorer(coder, reference);
    const std::vector<double> scores = scorer.scores(samples);
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });

    Json record{{"version", build_version()}, {"model", coder.file().origin}, {"samples", samples.count}};
    if (reference.empty()) {
      console.info("the model file knows no normal samples, so scores count the error alone; see --normal");
    } else {
      const double rate = arguments.number("false-positive-rate", 0.01, 0.0, 1.0);
      const double threshold = scorer.threshold(rate);
      const auto above = std::ranges::count_if(scores, [&](double score) { return score > threshold; });
      record["false_positive_rate"] = rate;
      record["threshold"] = report::number(threshold);
      record["above_threshold"] = above;
      console.info(std::to_string(above) + " of " + std::to_string(samples.count) +
                   " samples lie above the threshold " + report::fixed(threshold, 4));
    }
    if (!labels.empty()) {
      std::vector<bool> anomalous;
      for (const int label : labels) anomalous.push_back(label != 0);
      record["auroc"] = report::number(pipeline::auroc(scores, anomalous));
      console.info("AUROC " + report::fixed(record["auroc"].get<double>(), 4));
    }
    if (arguments.has("output")) write_maps(arguments, coder, samples, order);
    if (arguments.has("csv")) write_csv(arguments.text("csv"), samples, scores, order);
    if (arguments.has("json")) report::write_json(record, arguments.text("json"));
    return kDone;
  }

 private:
  static pipeline::Reference reference_for(pipeline::Coder& coder, const Arguments& arguments) {
    if (!arguments.has("normal")) return pipeline::reference_from(coder.file());
    return pipeline::reference_of(coder, samples_for(coder, arguments.values("normal"), arguments));
  }

  static void write_maps(const Arguments& arguments, pipeline::Coder& coder, const Samples& samples,
                         const std::vector<std::size_t>& order) {
    require_pictures(samples.sizes, "--output");
    const auto most = static_cast<std::size_t>(arguments.integer("maps", 100, 1, 1 << 30U));
    const std::size_t count = std::min(most, order.size());
    const MapWriter writer(arguments.text("output"), samples);
    for (std::size_t rank = 0; rank < count; ++rank) {
      for (const char* extension : {".tif", ".png"})
        check_new_file(writer.path(static_cast<std::int64_t>(order[rank]), extension).string(), arguments);
    }
    const pipeline::ErrorMaps maps = pipeline::error_maps(coder, samples);
    const auto map_of = [&](std::size_t index) {
      return std::span(maps.values)
          .subspan(index * static_cast<std::size_t>(maps.positions),
                   static_cast<std::size_t>(maps.positions));
    };
    float largest = 0.0F;
    for (std::size_t rank = 0; rank < count; ++rank)
      largest = std::max(largest, std::ranges::max(map_of(order[rank])));
    Progress progress(arguments);
    for (std::size_t rank = 0; rank < count; ++rank) {
      stop_if_interrupted();
      writer.write(static_cast<std::int64_t>(order[rank]), map_of(order[rank]), largest);
      progress.show(static_cast<double>(rank + 1) / static_cast<double>(count), "maps");
    }
  }
};

}  // namespace

const Command& anomaly_command() {
  static const AnomalyCommand command;
  return command;
}

}  // namespace aedenoise::cli
