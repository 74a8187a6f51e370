#include "cli/anomaly_windows.h"

#include <algorithm>
#include <optional>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/anomaly_maps.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/samples.h"
#include "pipeline/map_judge.h"
#include "pipeline/templates.h"
#include "pipeline/window_scorer.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using pipeline::Picture;
using report::Json;

constexpr double kTopShare = 1e-4;

int channels_of(const pipeline::Coder& coder) {
  return static_cast<int>(coder.architecture().coding.sample[0]);
}

// The slice with the highest value, to be shown.
struct Strangest {
  float value = -std::numeric_limits<float>::infinity();
  std::vector<float> map;
  std::optional<Picture> picture;

  void offer(const std::vector<float>& candidate, const Picture& of) {
    const float highest = *std::ranges::max_element(candidate);
    if (picture && highest <= value) return;
    value = highest;
    map = candidate;
    picture = of;
  }
};

class WindowRun {
 public:
  WindowRun(const Arguments& arguments, pipeline::Coder& coder, const std::vector<Scene>& scenes,
            const std::vector<Scene>& templates)
      : arguments_(arguments),
        coder_(coder),
        scenes_(scenes),
        masks_(arguments, scenes),
        maps_(arguments, scenes),
        stride_(pipeline::window_stride(coder, arguments.integer("stride", 0, 1, 1 << 16U))),
        anomaly_(coder, reference_for(templates)),
        scorer_(coder, anomaly_, stride_),
        share_(arguments.number("top-share", kTopShare, 0.0, 1.0)),
        judge_(std::max<std::int64_t>(1, coder.architecture().coding.sample[1] / 4)) {}

  std::int64_t stride() const { return stride_; }
  double share() const { return share_; }
  bool calibrated() const { return anomaly_.calibrated(); }
  const Masks& masks() const { return masks_; }
  const pipeline::MapJudge& judge() const { return judge_; }
  const std::vector<bool>& masked() const { return masked_; }
  void mark_above(double threshold) { threshold_ = threshold; }

  std::vector<double> scores() {
    std::vector<double> out;
    Progress progress(arguments_);
    for (const Scene& scene : scenes_) {
      out.push_back(score(scene, true));
      progress.show(static_cast<double>(out.size()) / static_cast<double>(scenes_.size()), "images");
    }
    return out;
  }

  // The highest of its volumes; with `keep` maps are written and judged.
  double score(const Scene& scene, bool keep) {
    double highest = -std::numeric_limits<double>::infinity();
    Strangest strangest;
    std::unique_ptr<io::VolumeWriter> writer;
    const std::vector<bool> mask = keep && !masks_.empty() ? masks_.of(scene) : std::vector<bool>();
    for_each_volume(scene, [&](const io::Document& document, const std::vector<Picture>& pictures) {
      Image map = empty_like(document.image);
      map.channels = 1;
      map.datatype = DataType::float32;
      for (const Picture& picture : pictures) {
        stop_if_interrupted();
        const std::vector<float> values = scorer_.map(picture);
        if (!mask.empty()) judge(values, mask, map.values.size(), scene);
        map.values.insert(map.values.end(), values.begin(), values.end());
        if (keep && maps_.wanted()) strangest.offer(values, picture);
      }
      highest = std::max(highest, pipeline::top_mean(map.values, share_));
      if (!keep || !maps_.wanted()) return;
      io::Document target = document;
      target.image = map;
      target.padding.reset();  // a map has a number everywhere
      if (document.image.channels != 1) target.source = nullptr;
      if (!writer) writer = io::create_volumes(target, maps_.map_path(scene), DataType::float32);
      writer->add(target, map);
    });
    if (writer) writer->commit();
    if (strangest.picture) show(scene, strangest);
    if (!mask.empty()) masked_.push_back(std::ranges::find(mask, true) != mask.end());
    return highest;
  }

 private:
  // use(volume as read, its slices).
  template <typename Use>
  void for_each_volume(const Scene& scene, const Use& use) const {
    const auto reader = io::open_group(scene.group, limits_from(arguments_));
    while (const auto document = reader->next()) {
      use(*document,
          pipeline::pictures_of(scene.group.files.front(), document->image, channels_of(coder_), 1));
    }
  }

  pipeline::Reference reference_for(const std::vector<Scene>& templates) const {
    if (templates.empty()) return pipeline::reference_from(coder_.file());
    pipeline::Templates known(coder_, stride_);
    for (const Scene& scene : templates) {
      for_each_volume(scene, [&](const io::Document&, const std::vector<Picture>& pictures) {
        for (const Picture& picture : pictures) {
          stop_if_interrupted();
          known.add(picture);
        }
      });
    }
    return std::move(known).reference();
  }

  void judge(const std::vector<float>& values, const std::vector<bool>& mask, std::size_t offset,
             const Scene& scene) {
    const auto begin = mask.begin() + static_cast<std::ptrdiff_t>(offset % mask.size());
    judge_.add(values, {begin, begin + static_cast<std::ptrdiff_t>(values.size())}, scene.height,
               scene.width);
  }

  // Ten standard deviations; beside templates what few windows between theirs reach; the highest value where
  // nothing is known of normal samples.
  double strange_from(const Strangest& strangest) const {
    constexpr double kStrange = 10.0;
    constexpr double kFew = 0.001;
    if (!calibrated()) return static_cast<double>(strangest.value);
    return anomaly_.counts_errors() ? kStrange : anomaly_.threshold(kFew);
  }

  // Full red from the threshold on; without one from where strange_from() says.
  void show(const Scene& scene, const Strangest& strangest) const {
    const Picture& picture = *strangest.picture;
    std::vector<float> sorted(strangest.map);
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const double known = threshold_.value_or(strange_from(strangest));
    const auto full = std::max(static_cast<float>(known), *middle + 1e-6F);
    const float none = 0.5F * (full + *middle);
    std::vector<float> heat;
    for (const float value : strangest.map)
      heat.push_back(std::clamp((value - none) / (full - none), 0.0F, 1.0F));
    std::vector<float> values = pipeline::interleaved(picture);
    for (float& value : values) value = std::min(value, 1.0F);
    write_overlay(maps_.picture_path(scene).string(), values, static_cast<std::size_t>(picture.channels),
                  picture.height, picture.width, heat);
  }

  const Arguments& arguments_;
  pipeline::Coder& coder_;
  const std::vector<Scene>& scenes_;
  Masks masks_;
  SceneMaps maps_;
  std::int64_t stride_;
  pipeline::AnomalyScorer anomaly_;
  pipeline::WindowScorer scorer_;
  double share_;
  pipeline::MapJudge judge_;
  std::vector<bool> masked_;
  std::optional<double> threshold_;
};

void report_masks(const Arguments& arguments, const Console& console, const WindowRun& run, Json& record) {
  const double most = arguments.number("false-regions", 1.0, 0.0, 1e6);
  const pipeline::MapJudge& judge = run.judge();
  record["pixel_auroc"] = report::number(judge.pixel_auroc());
  record["region_overlap"] = report::number(judge.region_overlap());
  record["regions"] = judge.regions();
  record["false_regions"] = most;
  record["region_recall"] = report::number(judge.region_recall(most));
  console.info("pixel AUROC " + report::fixed(judge.pixel_auroc(), 4) + ", per-region overlap " +
               report::fixed(judge.region_overlap(), 4) + ", recall of " + std::to_string(judge.regions()) +
               " regions " + report::fixed(judge.region_recall(most), 4) + " at " + report::fixed(most, 1) +
               " false ones per image");
}

}  // namespace

int score_windows(const Arguments& arguments, const Console& console, pipeline::Coder& coder,
                  const std::vector<Scene>& scenes) {
  if (arguments.has("maps"))
    throw Error(ErrorCode::usage,
                "--maps is for samples of the model's own size; of larger images all get maps");
  std::vector<int> labels;
  if (arguments.has("labels"))
    labels = pipeline::load_labels(arguments.text("labels"), static_cast<std::int64_t>(scenes.size()));
  const std::vector<Scene> normal = scenes_of(coder, arguments.values("normal"), arguments);
  WindowRun run(arguments, coder, scenes, scenes_of(coder, arguments.values("templates"), arguments));
  Json record{{"version", build_version()},
              {"model", coder.file().origin},
              {"images", scenes.size()},
              {"stride", run.stride()},
              {"top_share", run.share()}};
  if (!normal.empty()) {
    const double rate = arguments.number("false-positive-rate", 0.01, 0.0, 1.0);
    std::vector<double> usual;
    for (const Scene& scene : normal) usual.push_back(run.score(scene, false));
    record["false_positive_rate"] = rate;
    record["threshold"] = pipeline::threshold_for(usual, rate);
    run.mark_above(record["threshold"].get<double>());
  }
  const std::vector<double> scores = run.scores();
  if (record.contains("threshold")) {
    const double threshold = record["threshold"].get<double>();
    const auto above = std::ranges::count_if(scores, [&](double score) { return score > threshold; });
    record["above_threshold"] = above;
    console.info(std::to_string(above) + " of " + std::to_string(scores.size()) +
                 " images lie above the threshold " + report::fixed(threshold, 4));
  }
  std::vector<bool> anomalous(run.masked());
  if (!labels.empty()) {
    anomalous.clear();
    for (const int label : labels) anomalous.push_back(label != 0);
  }
  const bool both = std::ranges::find(anomalous, true) != anomalous.end() &&
                    std::ranges::find(anomalous, false) != anomalous.end();
  if (!labels.empty() || both) {
    record["auroc"] = report::number(pipeline::auroc(scores, anomalous));
    console.info("AUROC " + report::fixed(record["auroc"].get<double>(), 4));
  }
  if (!run.masks().empty()) report_masks(arguments, console, run, record);
  if (arguments.has("csv")) {
    write_scores(arguments.text("csv"), scores, ranking(scores),
                 [&](std::size_t i) { return scenes[i].group.files.front().string(); });
  }
  if (arguments.has("json")) report::write_json(record, arguments.text("json"));
  return kDone;
}

}  // namespace aedenoise::cli
