// aedenoise evaluate --data: an autoencoder of samples on samples it was not trained on.
#include "cli/evaluate_samples.h"

#include <cstdio>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/samples.h"
#include "pipeline/coding_measures.h"
#include "pipeline/evaluate_coding.h"
#include "pipeline/model_summary.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using report::Json;

std::string text_of(const Json& record) {
  report::Table table({"<measure", "value"});
  for (const auto& [name, value] : record.items()) {
    if (value.is_number_float()) table.row({name, report::fixed(value.get<double>(), 6)});
    if (value.is_number_integer()) table.row({name, std::to_string(value.get<std::int64_t>())});
    if (name == "unit") table.row({name, value.get<std::string>()});
  }
  return table.text();
}

}  // namespace

int evaluate_samples(const Arguments& arguments) {
  const Console console(arguments);
  arguments.forbid(
      {"clean", "sigma", "noise", "blind", "baseline", "save", "tta", "tile", "max-mem", "precision"},
      "is for denoising models, --data is for autoencoders of samples");
  if (!arguments.positional().empty()) {
    throw Error(ErrorCode::usage,
                "unexpected argument '" + arguments.positional()[0] + "'; samples are named with --data");
  }
  pipeline::Coder coder = coder_from(arguments, "evaluate --data");
  const pipeline::Samples samples = samples_for(coder, arguments.values("data"), arguments);
  const pipeline::CodingScore score = pipeline::evaluate_coding(coder, samples);
  Json record{{"version", build_version()},        {"model", coder.file().origin},
              {"kind", coder.architecture().kind}, {"samples", score.samples},
              {"mse", report::number(score.mse)},  {"variance", report::number(score.variance)}};
  if (coder.standardises()) record["unit"] = "standard deviations of the columns";
  // How much narrower the code is; that says nothing about bytes.
  const double narrower = pipeline::summarise(coder.file()).dimensionality_ratio;
  if (narrower > 1.0) record["dimensionality_ratio"] = narrower;
  constexpr std::int64_t kMostDraws = 100000;
  const std::int64_t draws = arguments.integer("draws", 50, 1, kMostDraws);
  if (coder.family().variational()) {
    const pipeline::Evidence evidence = pipeline::evidence(coder, samples, draws, seed_from(arguments));
    record["elbo"] = report::number(evidence.elbo);
    record["divergence"] = report::number(evidence.divergence);
    record["iw_nll"] = report::number(evidence.iw_nll);
    record["iw_draws"] = evidence.draws;
  } else if (!coder.family().sparse()) {
    constexpr std::int64_t kProbes = 8;
    record["jacobian_norm"] =
        report::number(pipeline::jacobian_norm(coder, samples, kProbes, seed_from(arguments)));
  }
  if (prints_results(arguments) && !console.quiet()) std::fputs(text_of(record).c_str(), stdout);
  if (arguments.has("json")) report::write_json(record, arguments.text("json"));
  return kDone;
}

}  // namespace aedenoise::cli
