// aedenoise anomaly: which samples an autoencoder does not know, and where in them.
#include "pipeline/anomaly.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/anomaly_maps.h"
#include "cli/anomaly_windows.h"
#include "cli/command.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/samples.h"
#include "cli/written_files.h"
#include "io/format.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::Samples;
using report::Json;

constexpr std::array kAnomalyOptions{
    kCodingModelOption,
    Option{"Scoring", "normal", 0, "FILE...",
           "normal samples the network was not trained on, to compare codes and errors with instead of what "
           "the model file "
           "knows of its training",
           Names::input},
    Option{"Scoring", "false-positive-rate", 0, "RATE",
           "share of normal samples above the threshold (default 0.01); of those held out in training, or of "
           "--normal"},
    Option{"Scoring", "labels", 0, "FILE",
           "one number per sample (idx, .npy, .csv), 0 for normal: the AUROC is given", Names::input},
    Option{"Larger images", "stride", 0, "PIXELS",
           "from one window to the next (default: a quarter of the model's side)"},
    Option{
        "Larger images", "templates", 0, "FILE...",
        "faultless images of the very scenes: codes are compared with those of all their windows instead of "
        "with training samples'",
        Names::input},
    Option{"Larger images", "top-share", 0, "SHARE",
           "the score of an image is the mean of this share of its map's highest values (default 0.0001)"},
    Option{
        "Larger images", "masks", 0, "FOLDER",
        "images of the inputs' names, not 0 where something is wrong, none for faultless ones: gives AUROC, "
        "pixel AUROC, per-region overlap and recall of regions",
        Names::input},
    Option{"Larger images", "false-regions", 0, "N",
           "per image with regions, at which the recall is given (default 1)"},
    Option{"Input", "seed", 0, "N", "what a model of binarised samples draws them from (default 0)"},
    Option{
        "Output", "output", 'o', "FOLDER",
        "maps of the highest-scored images: NAME.tif (float; of volumes NAME.nii.gz) and NAME.png (red over "
        "the image, or the slice with the highest value)",
        Names::output},
    Option{"Output", "maps", 0, "N", "of so many samples (default 100); of larger images all get one"},
    Option{"Output", "csv", 0, "FILE|-",
           "file,score of every sample, highest first (sample numbers for tables)", Names::beside},
    kForceOption,
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kProgressOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

// Maps of single images, all on one scale: full red is the largest error among them.
class MapWriter {
 public:
  MapWriter(std::string folder, const Samples& samples) : folder_(std::move(folder)), samples_(samples) {
    std::set<std::string> claimed;
    for (std::int64_t i = 0; i < samples.count; ++i) claim_map_name(samples.name(i), stem(i), claimed);
    make_map_folder(folder_);
  }

  // Names of the two files of a sample.
  fs::path path(std::int64_t index, const char* extension) const {
    return fs::path(folder_) / (stem(index) + extension);
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
    std::vector<float> heat;
    for (const float value : map)
      heat.push_back(std::sqrt(std::min(1.0F, value / std::max(largest, 1e-12F))));
    write_overlay(path(index, ".png").string(), samples_.sample(index), static_cast<std::size_t>(sizes[0]),
                  image.height, image.width, heat);
  }

 private:
  std::string stem(std::int64_t index) const {
    return samples_.names.empty() ? std::to_string(index) : fs::path(samples_.name(index)).stem().string();
  }

  std::string folder_;
  const Samples& samples_;
};

class AnomalyCommand : public Command {
 public:
  const char* name() const override { return "anomaly"; }
  const char* summary() const override { return "score samples by how little an autoencoder knows them"; }
  const char* usage() const override { return "IN... -m MODEL [-o MAPS/] [--csv FILE] [options]"; }
  const char* about() const override {
    return "An autoencoder trained on normal samples reconstructs others badly and codes them unlike "
           "normal ones. The score is the sum of two parts: the logarithm of the error of the "
           "reconstruction (squared, of images at three scales and with the structural dissimilarity at "
           "two) and of the distance of the code to the nearest codes of training samples, each in "
           "standard deviations over normal samples that were held out. The model file knows both; "
           "--normal names others. Images larger than the model's and volumes, slice by slice, are seen "
           "through overlapping windows; a map tells the same sum for every pixel. For them --normal "
           "names faultless images from which the threshold is taken.";
  }
  const char* examples() const override {
    return "  $ aedenoise anomaly parts/ -m ae.safetensors -o maps/ --csv scores.csv\n"
           "  $ aedenoise anomaly boards/ -m ae.safetensors --normal good/ -o maps/ --csv scores.csv\n"
           "  $ aedenoise anomaly test.npy -m ae.safetensors --normal good.npy --labels labels.npy --json "
           "-\n";
  }
  std::span<const Option> options() const override { return kAnomalyOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    if (!arguments.has("output") && !arguments.has("csv") && !arguments.has("json")) {
      throw Error(ErrorCode::usage,
                  "nothing to write was named; use --csv FILE, --output FOLDER or --json FILE");
    }
    if (arguments.has("csv")) check_new_file(arguments.text("csv"), arguments);
    pipeline::Coder coder = coder_from(arguments, "anomaly");
    const std::vector<Scene> scenes = scenes_of(coder, arguments.positional(), arguments);
    if (need_windows(coder, scenes)) return score_windows(arguments, console, coder, scenes);
    arguments.forbid({"stride", "templates", "top-share", "masks", "false-regions"},
                     "is for images larger than the model's");
    const Samples samples = samples_for(coder, arguments.positional(), arguments);
    std::vector<int> labels;
    if (arguments.has("labels")) labels = pipeline::load_labels(arguments.text("labels"), samples.count);
    pipeline::AnomalyScorer scorer(coder, reference_for(coder, arguments));
    const std::vector<double> scores = scorer.scores(samples);
    const std::vector<std::size_t> order = ranking(scores);

    Json record{{"version", build_version()}, {"model", coder.file().origin}, {"samples", samples.count}};
    if (!scorer.calibrated()) {
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
    if (arguments.has("csv")) {
      write_scores(arguments.text("csv"), scores, order,
                   [&](std::size_t i) { return samples.name(static_cast<std::int64_t>(i)); });
    }
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
