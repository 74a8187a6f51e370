// aedenoise evaluate --codec: what compression takes and loses, beside other codecs at the same bytes.
#include "cli/evaluate_codec.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <optional>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "core/text.h"
#include "pipeline/codec_choice.h"
#include "pipeline/codec_model.h"
#include "pipeline/codec_peers.h"
#include "pipeline/files.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using pipeline::CompressionScore;
using pipeline::CompressionTarget;
using pipeline::PeerScore;
using report::fixed;
using report::Json;

struct Target {
  std::string name;  // "ratio 10"
  CompressionTarget target;
};

// One file at one target; the first codec is this program.
struct Comparison {
  std::string file;
  std::string description;
  std::string guidance;  // empty where there is none
  std::size_t target = 0;
  std::vector<PeerScore> codecs;
};

std::vector<Target> targets_from(const Arguments& arguments) {
  constexpr double kMost = 1e6;
  std::vector<Target> out;
  const auto add = [&](std::string name) -> CompressionTarget& {
    out.push_back({std::move(name), {}});
    return out.back().target;
  };
  for (const double ratio : arguments.numbers("ratio", 0.01, kMost))
    add("ratio " + core::significant(ratio)).ratio = ratio;
  for (const double bits : arguments.numbers("bpp", 1.0 / kMost, 64.0))
    add(core::significant(bits) + " bpp").bits_per_pixel = bits;
  for (const double most : arguments.numbers("max-error", 0.0, 65535.0))
    add("error " + core::significant(most)).max_error = static_cast<std::int32_t>(most);
  if (arguments.has("lossless")) add("lossless").max_error = 0;
  if (out.empty()) add("ratio 10").ratio = 10.0;
  return out;
}

std::vector<io::FileGroup> inputs_from(const Arguments& arguments) {
  std::vector<std::filesystem::path> files;
  for (const std::string& input : arguments.values("codec")) {
    for (const auto& file : pipeline::image_files(input)) files.push_back(file);
  }
  return io::group_files(files);
}

// The learned codec that --model names, if it names one.
std::shared_ptr<const model::ModelFile> learned_from(const Arguments& arguments) {
  if (!arguments.has("model")) return {};
  auto file = std::make_shared<const model::ModelFile>(model::load_model(arguments.text("model")));
  pipeline::require_codec(*file);
  return file;
}

// Like the codecs of others, it is to be as good as it can within `bytes`. Nothing when it cannot code in so
// few.
std::optional<PeerScore> run_learned(const io::FileParts& parts, const CompressionTarget& target,
                                     const std::shared_ptr<const model::ModelFile>& learned,
                                     std::uint64_t bytes) {
  if (!learned || target.max_error) return {};
  CompressionTarget same;
  const auto pixels = static_cast<double>(parts.samples.values.size()) / parts.samples.channels;
  same.bits_per_pixel = (8.0 * static_cast<double>(bytes) + 0.5) / pixels;
  same.model = learned;
  try {
    return PeerScore{"aedenoise, " + learned->name, pipeline::compress(parts, same, {}).score};
  } catch (const Error& error) {
    if (error.code() == ErrorCode::usage) return {};
    throw;
  }
}

Comparison compare(const io::FileGroup& input, const io::FileParts& parts, const Target& target,
                   std::size_t number, const std::shared_ptr<const model::ModelFile>& learned) {
  try {
    Comparison out{
        input.name(), parts.description, pipeline::compression_guidance(parts.modality), number, {}};
    CompressionTarget own_target = target.target;
    own_target.model = pipeline::choose_codec(parts, target.target);
    const CompressionScore own = pipeline::compress(parts, own_target, {}).score;
    out.codecs = {{"aedenoise", own}};
    if (const auto score = run_learned(parts, target.target, learned, own.bytes))
      out.codecs.push_back(*score);
    std::ranges::move(pipeline::run_peers(parts, target.target, own.bytes), std::back_inserter(out.codecs));
    return out;
  } catch (const Error& error) {
    throw error.within(input.name());
  }
}

// Sums of bytes and means of the rest, by codec, over the files that all of a target's comparisons have.
std::vector<PeerScore> means_of(const std::vector<Comparison>& all, std::size_t target) {
  std::vector<PeerScore> means;
  std::map<std::string, int> counts;
  int files = 0;
  for (const Comparison& one : all) {
    if (one.target != target) continue;
    ++files;
    for (const PeerScore& codec : one.codecs) {
      if (counts[codec.codec]++ == 0) means.push_back({codec.codec, {}});
      CompressionScore& sum = std::ranges::find(means, codec.codec, &PeerScore::codec)->score;
      const CompressionScore& score = codec.score;
      sum.bytes += score.bytes;
      sum.original_bytes += score.original_bytes;
      sum.bits_stored_bytes += score.bits_stored_bytes;
      sum.bits_per_pixel += score.bits_per_pixel;
      sum.psnr += score.psnr;
      sum.ssim += score.ssim;
      sum.seconds += score.seconds;
      sum.max_error = std::max(sum.max_error, score.max_error);
    }
  }
  std::erase_if(means, [&](const PeerScore& mean) { return counts[mean.codec] != files; });
  for (PeerScore& mean : means) {
    CompressionScore& sum = mean.score;
    sum.ratio = static_cast<double>(sum.bits_stored_bytes) / static_cast<double>(sum.bytes);
    sum.disk_ratio = static_cast<double>(sum.original_bytes) / static_cast<double>(sum.bytes);
    for (double* value : {&sum.bits_per_pixel, &sum.psnr, &sum.ssim, &sum.seconds}) *value /= files;
  }
  return means;
}

void add_rows(report::Table& table, const std::string& file, const std::string& target,
              const std::vector<PeerScore>& codecs) {
  for (const PeerScore& codec : codecs) {
    const CompressionScore& score = codec.score;
    table.row({file, target, codec.codec, std::to_string(score.original_bytes),
               std::to_string(score.bits_stored_bytes), std::to_string(score.bytes), fixed(score.ratio, 2),
               fixed(score.disk_ratio, 2), fixed(score.bits_per_pixel, 3), fixed(score.psnr, 2),
               fixed(score.ssim, 4), std::to_string(score.max_error)});
  }
}

std::string text_of(const std::vector<Comparison>& all, const std::vector<Target>& targets) {
  report::Table table({"<file", "<target", "<codec", "on disk", "bits stored", "coded", "ratio", "disk ratio",
                       "bpp", "PSNR dB", "SSIM", "error"});
  std::string guidance;
  for (const Comparison& one : all) {
    table.rule();
    add_rows(table, one.file, targets[one.target].name, one.codecs);
    const CompressionScore& own = one.codecs.front().score;
    if (!one.guidance.empty() && !own.lossless)
      guidance += one.file + ": ratio " + fixed(own.ratio, 1) + "; " + one.guidance + "\n";
  }
  if (all.size() > targets.size()) {
    for (std::size_t target = 0; target < targets.size(); ++target) {
      table.rule();
      add_rows(table, "mean", targets[target].name, means_of(all, target));
    }
  }
  return table.text() + guidance;
}

Json json_of(const std::vector<PeerScore>& codecs) {
  Json out = Json::array();
  for (const PeerScore& codec : codecs) {
    const CompressionScore& score = codec.score;
    out.push_back({{"codec", codec.codec},
                   {"original_bytes", score.original_bytes},
                   {"bits_stored_bytes", score.bits_stored_bytes},
                   {"bytes", score.bytes},
                   {"ratio", score.ratio},
                   {"ratio_on_disk", score.disk_ratio},
                   {"bits_per_pixel", score.bits_per_pixel},
                   {"psnr", report::number(score.psnr)},
                   {"ssim", report::number(score.ssim)},
                   {"max_error", score.max_error},
                   {"seconds", score.seconds}});
  }
  return out;
}

Json record_of(const std::vector<Comparison>& all, const std::vector<Target>& targets) {
  Json results = Json::array();
  for (const Comparison& one : all) {
    Json json{{"file", one.file},
              {"description", one.description},
              {"target", targets[one.target].name},
              {"codecs", json_of(one.codecs)}};
    if (!one.guidance.empty()) json["guidance"] = one.guidance;
    results.push_back(json);
  }
  Json means = Json::array();
  for (std::size_t target = 0; target < targets.size(); ++target)
    means.push_back({{"target", targets[target].name}, {"codecs", json_of(means_of(all, target))}});
  return {{"version", build_version()}, {"results", results}, {"means", means}};
}

// The means of every codec as curves.
report::Plot plot_of(const std::vector<Comparison>& all, std::size_t targets) {
  std::map<std::string, std::vector<CompressionScore>> curves;
  std::vector<std::string> names;
  for (std::size_t target = 0; target < targets; ++target) {
    for (const PeerScore& mean : means_of(all, target)) {
      if (!curves.contains(mean.codec)) names.push_back(mean.codec);
      curves[mean.codec].push_back(mean.score);
    }
  }
  report::Plot plot{"Compression", "bits per pixel", {{"PSNR, dB", {}, false}, {"SSIM", {}, false}}};
  for (const std::string& name : names) {
    std::vector<CompressionScore>& points = curves[name];
    std::ranges::sort(points, {}, &CompressionScore::bits_per_pixel);
    report::Series psnr{name, {}, {}};
    for (const CompressionScore& point : points) {
      psnr.x.push_back(point.bits_per_pixel);
      psnr.y.push_back(point.psnr);
    }
    report::Series ssim = psnr;
    std::ranges::transform(points, ssim.y.begin(), &CompressionScore::ssim);
    plot.panels[0].series.push_back(std::move(psnr));
    plot.panels[1].series.push_back(std::move(ssim));
  }
  return plot;
}

void check(const Arguments& arguments) {
  arguments.forbid(
      {"clean", "data", "sigma", "noise", "blind", "baseline", "save", "tta", "precision", "tile", "max-mem"},
      "is not for --codec");
  if (!arguments.positional().empty()) {
    throw Error(ErrorCode::usage,
                "unexpected argument '" + arguments.positional()[0] + "'; images are named with --codec");
  }
}

}  // namespace

int evaluate_codec(const Arguments& arguments) {
  const Console console(arguments);
  Progress progress(arguments);
  check(arguments);
  const std::vector<Target> targets = targets_from(arguments);
  const std::shared_ptr<const model::ModelFile> learned = learned_from(arguments);
  const std::vector<io::FileGroup> inputs = inputs_from(arguments);
  std::vector<Comparison> all;
  const double total = static_cast<double>(inputs.size() * targets.size());
  for (const io::FileGroup& input : inputs) {
    const io::FileParts parts = io::split_parts(input, limits_from(arguments));
    for (const std::string& note : parts.notes) console.detail("note: " + input.name() + ": " + note);
    for (std::size_t target = 0; target < targets.size(); ++target) {
      stop_if_interrupted();
      all.push_back(compare(input, parts, targets[target], target, learned));
      progress.show(static_cast<double>(all.size()) / total, input.name());
    }
  }
  progress.clear();
  if (prints_results(arguments) && !console.quiet()) std::fputs(text_of(all, targets).c_str(), stdout);
  if (arguments.has("json")) report::write_json(record_of(all, targets), arguments.text("json"));
  if (arguments.has("plot")) write_plot(arguments.text("plot"), plot_of(all, targets.size()));
  return kDone;
}

}  // namespace aedenoise::cli
