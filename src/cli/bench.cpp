// aedenoise bench: how fast a model runs on this machine, and where the time goes.
#include "pipeline/bench.h"

#include <array>

#include "aedenoise/error.h"
#include "cli/command.h"
#include "cli/common.h"
#include "core/memory.h"
#include "core/text.h"
#include "core/threads.h"
#include "model/model_file.h"
#include "onednn/engine.h"
#include "pipeline/network.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using report::fixed;
using report::Json;

constexpr std::array kBenchOptions{
    Option{"What to time", "model", 'm', "FILE|NAME", "the model (default gray)", Names::input},
    Option{"What to time", "chain", 0, "NxC",
           "instead of a model a chain of N 3x3 convolutions with C channels between them; DnCNN is 17x64"},
    Option{"What to time", "size", 0, "N|WxH", "size of the image in pixels (default 512)"},
    Option{"What to time", "runs", 0, "N", "how often; the fastest counts (default 10)"},
    kPrecisionOption,
    kThreadsOption,
    kJsonOption,
    kHelpOption};

struct Pair {
  std::int64_t first = 0;
  std::int64_t second = 0;
};

// "512x384", or with `single` also "512" for twice the same.
Pair pair_from(const Arguments& arguments, const std::string& name, const std::string& fallback,
               bool single) {
  constexpr std::int64_t kLargest = 8192;
  const std::string text = arguments.text(name, fallback);
  const std::size_t cross = text.find('x');
  const auto number = [](std::string_view part) { return core::number_of<std::int64_t>(part).value_or(0); };
  Pair pair;
  pair.first = number(std::string_view(text).substr(0, cross));
  if (single) pair.second = pair.first;
  if (cross != std::string::npos) pair.second = number(std::string_view(text).substr(cross + 1));
  if (pair.first < 1 || pair.second < 1 || pair.first > kLargest || pair.second > kLargest) {
    throw Error(ErrorCode::usage, "--" + name + " needs " + (single ? "N or WxH" : "NxC") +
                                      ", from 1 to 8192, not '" + text + "'");
  }
  return pair;
}

double gflops(const nn::Step& step) {
  return step.macs > 0 && step.seconds > 0.0 ? 2.0 * static_cast<double>(step.macs) / step.seconds * 1e-9
                                             : 0.0;
}

void print(const pipeline::BenchResult& result) {
  report::Table table({"<layer", "<type", "<result", "ms", "share", "GFLOP/s", "of peak", "<implementation"});
  double total = 0.0;
  for (const nn::Step& step : result.steps) total += step.seconds;
  for (const nn::Step& step : result.steps) {
    const double speed = gflops(step);
    table.row({step.name, step.type, core::dims_text(step.dst), fixed(step.seconds * 1e3, 2),
               fixed(100.0 * step.seconds / total, 1) + "%", speed > 0.0 ? fixed(speed, 1) : "",
               speed > 0.0 ? fixed(100.0 * speed / result.peak_gflops, 0) + "%" : "", step.implementation});
  }
  std::fputs(table.text().c_str(), stdout);
  std::printf("\nwhole network  %s ms fastest, %s ms median of %d runs; %s MP/s\n",
              fixed(result.seconds * 1e3, 2).c_str(), fixed(result.median_seconds * 1e3, 2).c_str(),
              result.runs, fixed(result.megapixels_per_second, 2).c_str());
  std::printf(
      "speed          %s GFLOP/s, %s%% of this machine's f32 peak of %s GFLOP/s (best direct 3x3 "
      "convolution)\n",
      fixed(result.gflops, 1).c_str(), fixed(100.0 * result.gflops / result.peak_gflops, 0).c_str(),
      fixed(result.peak_gflops, 1).c_str());
  std::printf("memory         %s activations, %s weights, %s whole process at most\n",
              report::bytes_text(static_cast<double>(result.activation_bytes)).c_str(),
              report::bytes_text(static_cast<double>(result.weight_bytes)).c_str(),
              report::bytes_text(static_cast<double>(core::peak_resident_bytes())).c_str());
  std::printf("machine        %s, %d threads, %s\n", onednn::description().c_str(), core::threads(),
              name_of(result.precision));
}

Json json_of(const pipeline::BenchResult& result, const std::string& name) {
  Json layers = Json::array();
  for (const nn::Step& step : result.steps) {
    layers.push_back({{"name", step.name},
                      {"type", step.type},
                      {"detail", step.summary},
                      {"implementation", step.implementation},
                      {"result", step.dst},
                      {"macs", step.macs},
                      {"seconds", step.seconds},
                      {"gflops", gflops(step)},
                      {"share_of_peak", gflops(step) / result.peak_gflops}});
  }
  return {{"model", name},
          {"input", result.input},
          {"precision", name_of(result.precision)},
          {"threads", core::threads()},
          {"engine", onednn::description()},
          {"seconds", result.seconds},
          {"median_seconds", result.median_seconds},
          {"megapixels_per_second", result.megapixels_per_second},
          {"gflops", result.gflops},
          {"peak_gflops", result.peak_gflops},
          {"share_of_peak", result.gflops / result.peak_gflops},
          {"activation_bytes", result.activation_bytes},
          {"weight_bytes", result.weight_bytes},
          {"peak_resident_bytes", core::peak_resident_bytes()},
          {"layers", layers}};
}

class BenchCommand : public Command {
 public:
  const char* name() const override { return "bench"; }
  const char* summary() const override { return "time a model on this machine, layer by layer"; }
  const char* usage() const override { return "[options]"; }
  const char* about() const override {
    return "Runs a model on a random image and prints the time of every layer, its GFLOP/s (a "
           "multiply-accumulate counts as two), its share of what the best direct convolution reaches "
           "here, and the memory used.";
  }
  const char* examples() const override {
    return "  $ aedenoise bench\n  $ aedenoise bench -m color --size 1024x768 --precision auto -j 1 --json "
           "-\n";
  }
  std::span<const Option> options() const override { return kBenchOptions; }

  int run(const Arguments& arguments) const override {
    if (!arguments.positional().empty()) {
      throw Error(ErrorCode::usage,
                  "unexpected argument '" + arguments.positional()[0] + "'; models are named with -m");
    }
    const Pair size = pair_from(arguments, "size", "512", true);
    const int runs = static_cast<int>(arguments.integer("runs", 10, 1, 100000));
    const DenoiseOptions options = denoise_options_from(arguments);
    apply_threads(arguments);
    const nn::Precision precision = pipeline::precision_here(options.precision);
    if (options.precision == Precision::bf16 && precision == nn::Precision::f32) {
      std::fprintf(stderr, "note: this CPU has no bf16 multiplication, so f32 was used\n");
    }
    std::string name;
    pipeline::BenchResult result;
    if (arguments.has("chain")) {
      const Pair chain = pair_from(arguments, "chain", "", false);
      name = "chain " + arguments.text("chain");
      result = pipeline::bench_chain(chain.first, chain.second, size.second, size.first, precision, runs);
    } else {
      const model::ModelFile file = model::load_model(options.model.empty() ? "gray" : options.model);
      name = file.name;
      result = pipeline::bench(file, size.second, size.first, precision, runs);
    }
    if (prints_results(arguments)) print(result);
    if (arguments.has("json")) report::write_json(json_of(result, name), arguments.text("json"));
    return kDone;
  }
};

}  // namespace

const Command& bench_command() {
  static const BenchCommand command;
  return command;
}

}  // namespace aedenoise::cli
