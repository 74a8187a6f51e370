// aedenoise features: what a sparse autoencoder's features do on given samples.
#include "pipeline/features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/atlas.h"
#include "cli/command.h"
#include "cli/features_curve.h"
#include "cli/features_page.h"
#include "cli/layers.h"
#include "cli/pictures.h"
#include "cli/samples.h"
#include "cli/written_files.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using pipeline::FeatureReport;
using report::fixed;
using report::Json;

constexpr std::array kFeaturesOptions{
    kCodingModelOption,
    Option{
        "Model", "compare", 0, "FILE...",
        "more models to measure on the same samples, one line each, or results that --json wrote; without IN "
        "and --model only those",
        Names::input},
    Option{"Model", "plot", 0, "FILE",
           "a picture of all of them: what is left unexplained over the number of active features, runs of a "
           "kind "
           "joined",
           Names::beside},
    Option{"Layers", "layer", 0, "NAME",
           "IN is what the network --of is given, and its values at this layer are the samples: also tells "
           "where in the images each "
           "feature fires, and what becomes of the network's result when reconstructions replace them"},
    Option{"Layers", "of", 0, "FILE|NAME", "the network that --layer is part of", Names::input},
    kLayerSigmaOption,
    kPositionsOption,
    Option{"Input", "patches", 0, "N", "cut so many patches from images, for a model of patches"},
    Option{"Input", "seed", 0, "N", "where patches are cut (default 0)"},
    Option{"Output", "top", 0, "N", "list the N samples that fire each feature most (default 5)"},
    Option{"Output", "atoms", 0, "FILE",
           "a picture of what each feature adds to a sample (models of images; or of square patches as rows)",
           Names::output},
    Option{"Output", "report", 0, "FILE.html",
           "a page to look at: histograms, atoms, and what fires each feature most; one file that needs no "
           "other",
           Names::beside},
    kForceOption,
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

// How many values lie in each of equal bins over [low, high].
Json histogram(const std::vector<double>& values, double low, double high, int bins) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(bins), 0);
  for (const double value : values) {
    const double share = high > low ? (value - low) / (high - low) : 0.0;
    const auto bin = static_cast<int>(share * bins);
    ++counts[static_cast<std::size_t>(std::clamp(bin, 0, bins - 1))];
  }
  return {{"low", low}, {"high", high}, {"counts", counts}};
}

// What features are measured on: samples, or a layer of a network.
struct Subject {
  pipeline::Samples samples;
  std::optional<pipeline::LayerSource> source;
  pipeline::LayerSamples layer;  // its samples moved to `samples`

  Json strongest(const pipeline::Activation& a) const {
    if (!source) return {{"sample", samples.name(a.sample)}, {"value", a.value}};
    const pipeline::Position& p = layer.positions[static_cast<std::size_t>(a.sample)];
    return {{"sample", source->name(p.input)}, {"y", p.y}, {"x", p.x}, {"value", a.value}};
  }
};

Json json_of(const FeatureReport& found, const Subject& subject) {
  constexpr int kBins = 20;
  std::vector<double> logarithms;  // of densities; dead features are counted on their own
  for (const double density : found.density) {
    if (density > 0.0) logarithms.push_back(std::log10(density));
  }
  const double lowest = std::log10(1.0 / static_cast<double>(std::max<std::int64_t>(1, found.samples)));
  Json out{{"samples", found.samples},
           {"features", found.density.size()},
           {"l0", report::number(found.l0)},
           {"fvu", report::number(found.fvu)},
           {"dead", report::number(found.dead)},
           {"hyperactive", report::number(found.hyperactive)},
           {"log10_density", histogram(logarithms, lowest, 0.0, kBins)}};
  if (!found.thresholds.empty()) {
    const auto [low, high] = std::ranges::minmax(found.thresholds);
    out["thresholds"] = histogram(found.thresholds, low, high, kBins);
  }
  Json strongest = Json::array();
  for (std::size_t j = 0; j < found.strongest.size(); ++j) {
    Json list = Json::array();
    for (const pipeline::Activation& a : found.strongest[j]) list.push_back(subject.strongest(a));
    strongest.push_back({{"feature", j}, {"density", found.density[j]}, {"strongest", list}});
  }
  out["per_feature"] = std::move(strongest);
  return out;
}

// The sizes in which a model's samples and atoms are shown; empty when they are no pictures.
std::vector<std::int64_t> shown_sizes(const pipeline::Coder& coder) {
  const auto& sample = coder.architecture().coding.sample;
  if (are_pictures(sample)) return sample;
  if (sample.size() != 1) return {};
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(sample[0]))));
  return side * side == sample[0] ? std::vector<std::int64_t>{1, side, side} : std::vector<std::int64_t>{};
}

class FeaturesCommand : public Command {
 public:
  const char* name() const override { return "features"; }
  const char* summary() const override { return "report what a sparse autoencoder's features do"; }
  const char* usage() const override { return "IN... -m MODEL [options]"; }
  const char* about() const override {
    return "Runs a sparse or jumprelu autoencoder over samples and reports: l0, the mean number of "
           "active features; fvu, the share of the samples' variance that the reconstruction leaves "
           "unexplained; dead, the share of features that never fire; hyperactive, the share that fires "
           "on more than a tenth of the samples; with --json also histograms and the samples that fire "
           "each feature most. With --layer the samples are what goes on inside another network.";
  }
  const char* examples() const override {
    return "  $ aedenoise features activations.npy -m sae.safetensors --json -\n"
           "  $ aedenoise features patches.npy -m a.safetensors --compare b.safetensors c.safetensors\n"
           "  $ aedenoise features patches.npy -m sae.safetensors --report features.html\n"
           "  $ aedenoise features --compare a.json b.json c.json --plot curve.png\n"
           "  $ aedenoise features photos/ -m sae.safetensors --of gray --layer bottleneck --json -\n";
  }
  std::span<const Option> options() const override { return kFeaturesOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    const std::string picture = arguments.text("atoms");
    const std::string page = arguments.text("report");
    const std::string curve = arguments.text("plot");
    for (const std::string& file : {picture, page, curve}) {
      if (!file.empty()) check_new_file(file, arguments);
    }
    const std::int64_t top = arguments.integer("top", 5, 0, 1000);
    if (arguments.positional().empty() && !arguments.has("model") && arguments.has("compare"))
      return compare_results(arguments, console);
    pipeline::Coder coder = coder_from(arguments, "features");
    Subject subject = subject_from(coder, arguments);
    std::vector<std::string> columns{"<model", "L0", "FVU", "dead", "hyperactive"};
    if (subject.source) columns.insert(columns.end(), {"result", "replaced", "by mean"});
    report::Table table(columns);
    const std::vector<std::int64_t> sizes = shown_sizes(coder);
    if (!picture.empty()) {
      if (sizes.empty()) require_pictures(coder.architecture().coding.sample, "--atoms");
      const auto across =
          static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(coder.code_size()))));
      write_contact_sheet(picture, sizes, pipeline::atoms(coder), across, true);
    }
    FeatureReport found;
    Json record = measure(coder, subject, top, table, found);
    Json others = Json::array();
    for (const std::string& other : arguments.values("compare")) {
      if (is_result(other)) {
        others.push_back(read_result(other));
        table.row(result_row(others.back(), columns.size()));
        continue;
      }
      pipeline::Coder next(model::load_model(other), "features");
      FeatureReport unused;
      others.push_back(measure(next, subject, 0, table, unused));
    }
    if (!others.empty()) record["compared"] = std::move(others);
    if (!curve.empty()) write_plot(curve, curve_of({record}));
    if (prints_results(arguments) && !console.quiet()) std::fputs(table.text().c_str(), stdout);
    if (arguments.has("json")) report::write_json(record, arguments.text("json"));
    if (!page.empty()) {
      write_features_page(page, record, found, subject.samples, pipeline::atoms(coder), sizes);
    }
    return kDone;
  }

 private:
  static int compare_results(const Arguments& arguments, const Console& console) {
    arguments.forbid({"of", "layer", "patches", "atoms", "top", "report"}, "needs samples and --model");
    const std::vector<std::string> columns{"<model", "L0", "FVU", "dead", "hyperactive"};
    report::Table table(columns);
    std::vector<Json> results;
    for (const std::string& path : arguments.values("compare")) {
      if (!is_result(path))
        throw Error(ErrorCode::usage, path + ": a model is measured on samples, and none were named");
      results.push_back(read_result(path));
      table.row(result_row(results.back(), columns.size()));
    }
    if (arguments.has("plot")) write_plot(arguments.text("plot"), curve_of(results));
    if (prints_results(arguments) && !console.quiet()) std::fputs(table.text().c_str(), stdout);
    if (arguments.has("json")) {
      report::write_json({{"version", build_version()}, {"compared", results}}, arguments.text("json"));
    }
    return kDone;
  }

  static Subject subject_from(const pipeline::Coder& coder, const Arguments& arguments) {
    Subject subject;
    if (arguments.has("layer") != arguments.has("of"))
      throw Error(ErrorCode::usage, "--layer NAME and --of MODEL only go together");
    check_layer_options(arguments);
    if (!arguments.has("layer")) {
      subject.samples = samples_for(coder, arguments.positional(), arguments);
      return subject;
    }
    if (coder.standardises()) {
      throw Error(ErrorCode::usage, coder.file().title() +
                                        ": features trained with --standardize cannot stand in "
                                        "for a layer; train them without");
    }
    subject.source.emplace(layer_source(arguments, arguments.text("of")));
    subject.layer = subject.source->collect();
    subject.samples = std::move(subject.layer.samples);
    return subject;
  }

  static Json measure(pipeline::Coder& coder, Subject& subject, std::int64_t top, report::Table& table,
                      FeatureReport& found) {
    coder.require_fit(subject.samples);
    found = pipeline::report_features(coder, subject.samples, top);
    std::vector<std::string> row{coder.file().origin, fixed(found.l0, 2), fixed(found.fvu, 4),
                                 fixed(100.0 * found.dead, 2) + "%",
                                 fixed(100.0 * found.hyperactive, 2) + "%"};
    Json record{
        {"version", build_version()}, {"model", coder.file().origin}, {"kind", coder.architecture().kind}};
    if (coder.architecture().kind == "sparse") record["sparsity"] = coder.architecture().coding.sparsity;
    if (subject.source) {
      const pipeline::Downstream d = subject.source->downstream(coder, subject.samples);
      record["layer"] = subject.source->probe().layer();
      record["downstream"] = {{"measure", d.measure},
                              {"original", report::number(d.original)},
                              {"replaced", report::number(d.replaced)},
                              {"by_mean", report::number(d.by_mean)}};
      const int digits = d.measure == "psnr" ? 3 : 6;
      for (const double value : {d.original, d.replaced, d.by_mean}) row.push_back(fixed(value, digits));
    }
    table.row(row);
    record.update(json_of(found, subject));
    return record;
  }
};

}  // namespace

const Command& features_command() {
  static const FeaturesCommand command;
  return command;
}

}  // namespace aedenoise::cli
