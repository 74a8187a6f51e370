// aedenoise models: what is built in.
#include <array>

#include "aedenoise/error.h"
#include "cli/command.h"
#include "cli/common.h"
#include "model/model_file.h"
#include "pipeline/model_summary.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using report::Json;

constexpr std::array kModelsOptions{kJsonOption, kHelpOption};

std::string metadata(const model::ModelFile& file, const std::string& key) {
  return file.text(key).value_or("");
}

class ModelsCommand : public Command {
 public:
  const char* name() const override { return "models"; }
  const char* summary() const override { return "list the built-in models"; }
  const char* usage() const override { return "[options]"; }
  const char* about() const override {
    return "Lists the models inside this program with their size, the noise they were trained on and "
           "their licence. 'aedenoise inspect NAME' tells more about one.";
  }
  const char* examples() const override { return "  $ aedenoise models\n  $ aedenoise inspect gray\n"; }
  std::span<const Option> options() const override { return kModelsOptions; }

  int run(const Arguments& arguments) const override {
    if (!arguments.positional().empty()) {
      throw Error(ErrorCode::usage, "unexpected argument '" + arguments.positional()[0] + "'");
    }
    report::Table table(
        {"<name", "channels", "slices", "parameters", "MAC/pixel", "<noise", "<levels", "<licence"});
    Json models = Json::array();
    for (const std::string& name : model::embedded_models()) {
      const model::ModelFile file = model::load_model(name);
      const pipeline::ModelSummary summary = pipeline::summarise(file);
      const std::string unit = metadata(file, "noise_unit");
      const std::string range = metadata(file, "noise_low") + "-" + metadata(file, "noise_high") +
                                (unit.empty() ? " of 255" : " " + unit);
      const std::string levels = model::is_codec(file.architecture) ? "-" : range;
      table.row({name, std::to_string(file.architecture.channels), std::to_string(file.architecture.slices),
                 report::short_count(static_cast<double>(summary.parameters)),
                 report::short_count(summary.macs_per_pixel),
                 model::is_codec(file.architecture) ? "codec" : metadata(file, "noise_model"), levels,
                 metadata(file, "license")});
      models.push_back({{"name", name},
                        {"channels", file.architecture.channels},
                        {"slices", file.architecture.slices},
                        {"parameters", summary.parameters},
                        {"macs_per_pixel", summary.macs_per_pixel},
                        {"noise_model", metadata(file, "noise_model")},
                        {"noise_low", metadata(file, "noise_low")},
                        {"noise_high", metadata(file, "noise_high")},
                        {"noise_unit", unit.empty() ? "1/255" : unit},
                        {"license", metadata(file, "license")},
                        {"sha256", file.sha256}});
    }
    if (models.empty()) throw Error(ErrorCode::data, "this build has no models inside");
    if (prints_results(arguments)) std::fputs(table.text().c_str(), stdout);
    if (arguments.has("json")) report::write_json({{"models", models}}, arguments.text("json"));
    return kDone;
  }
};

}  // namespace

const Command& models_command() {
  static const ModelsCommand command;
  return command;
}

}  // namespace aedenoise::cli
