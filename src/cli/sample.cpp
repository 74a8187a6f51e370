// aedenoise sample: draws from a variational autoencoder, and walks through its code.
#include <algorithm>
#include <array>
#include <cmath>

#include "aedenoise/error.h"
#include "cli/command.h"
#include "cli/pictures.h"
#include "cli/samples.h"
#include "cli/written_files.h"
#include "core/rng.h"
#include "io/matrix.h"

namespace aedenoise::cli {
namespace {

constexpr std::array kSampleOptions{
    kCodingModelOption,
    Option{"What is drawn", "count", 0, "N", "draws from the prior (default 64)"},
    Option{"What is drawn", "seed", 0, "N", "what they are drawn from (default 0)"},
    Option{"What is drawn", "data", 'd', "FILE...", "samples for what follows", Names::input},
    Option{"What is drawn", "reconstruct", 0, nullptr,
           "the first --count samples of --data, each followed by a draw from its posterior, decoded"},
    Option{"What is drawn", "interpolate", 0, "I,J",
           "--count steps on the line between the codes of samples I and J"},
    Option{"What is drawn", "traverse", 0, "I",
           "every value of sample I's code moved from -3 to 3, a row for each"},
    Option{"Output", "output", 'o', "FILE",
           "a picture of all in a grid, or as a table .npy or .csv (samples x values)", Names::output},
    kForceOption,
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

// What goes into the grid.
struct Drawn {
  std::vector<float> samples;
  std::int64_t columns = 0;
};

std::span<const float> code_of(const std::vector<float>& codes, std::int64_t size, std::int64_t index) {
  return std::span(codes).subspan(static_cast<std::size_t>(index * size), static_cast<std::size_t>(size));
}

class SampleCommand : public Command {
 public:
  const char* name() const override { return "sample"; }
  const char* summary() const override { return "draw samples from a variational autoencoder"; }
  const char* usage() const override { return "-m MODEL -o GRID.png [options]"; }
  const char* about() const override {
    return "Decodes codes drawn from the prior of a variational autoencoder; or reconstructs, "
           "interpolates between and varies samples that --data names. Values are the means of the "
           "decoder's distribution.";
  }
  const char* examples() const override {
    return "  $ aedenoise sample -m vae.safetensors --count 64 --seed 1 -o grid.png\n"
           "  $ aedenoise sample -m vae.safetensors --data t10k-images-idx3-ubyte.gz --interpolate 0,1 "
           "--count 10 -o "
           "line.png\n";
  }
  std::span<const Option> options() const override { return kSampleOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    const std::string output = arguments.text("output");
    if (output.empty()) throw Error(ErrorCode::usage, "no output was named; use --output GRID.png");
    if (!arguments.positional().empty()) {
      throw Error(ErrorCode::usage,
                  "unexpected argument '" + arguments.positional()[0] + "'; samples are named with --data");
    }
    check_new_file(output, arguments);
    pipeline::Coder coder = coder_from(arguments, "sample");
    if (!coder.family().variational()) {
      throw Error(ErrorCode::usage, coder.file().title() +
                                        ": samples are drawn from a vae, this is of kind " +
                                        coder.architecture().kind);
    }
    const bool table = output.ends_with(".npy") || output.ends_with(".csv");
    const auto& sizes = coder.architecture().coding.sample;
    if (!table) require_pictures(sizes, "the output " + output);
    const Drawn drawn = draw(coder, arguments);
    if (table) {
      const std::int64_t values = model::sample_values(coder.architecture());
      const std::array<std::int64_t, 2> shape{static_cast<std::int64_t>(drawn.samples.size()) / values,
                                              values};
      io::write_matrix(output, shape, coder.unprepared(drawn.samples));
    } else {
      write_contact_sheet(output, sizes, drawn.samples, drawn.columns);
    }
    return kDone;
  }

 private:
  static Drawn draw(pipeline::Coder& coder, const Arguments& arguments) {
    constexpr std::int64_t kMost = 100000;
    const std::int64_t count = arguments.integer("count", 64, 1, kMost);
    int modes = 0;
    for (const char* mode : {"reconstruct", "interpolate", "traverse"}) modes += arguments.has(mode) ? 1 : 0;
    if (modes > 1)
      throw Error(ErrorCode::usage, "--reconstruct, --interpolate and --traverse contradict each other");
    if ((modes == 1) != arguments.has("data")) {
      throw Error(ErrorCode::usage, "--data goes with one of --reconstruct, --interpolate and --traverse");
    }
    if (modes == 0) return from_prior(coder, count, seed_from(arguments));
    const pipeline::Samples samples = samples_for(coder, arguments.values("data"), arguments);
    if (arguments.has("reconstruct")) return reconstructed(coder, samples, count, seed_from(arguments));
    const std::vector<double> chosen = arguments.numbers(
        arguments.has("traverse") ? "traverse" : "interpolate", 0.0, static_cast<double>(samples.count - 1));
    if (chosen.size() != (arguments.has("traverse") ? 1U : 2U)) {
      throw Error(ErrorCode::usage, "--interpolate needs two samples' numbers, --traverse one");
    }
    std::vector<float> codes;
    for (const double index : chosen) {
      if (index != std::floor(index))
        throw Error(ErrorCode::usage,
                    "--interpolate and --traverse take numbers of samples, which are whole");
      const std::vector<float> code = coder.encode(samples.sample(static_cast<std::int64_t>(index)));
      codes.insert(codes.end(), code.begin(), code.end());
    }
    return arguments.has("traverse") ? traversed(coder, codes) : interpolated(coder, codes, count);
  }

  static Drawn from_prior(pipeline::Coder& coder, std::int64_t count, std::uint64_t seed) {
    std::vector<float> codes(static_cast<std::size_t>(count * coder.code_size()));
    core::Rng(seed).fill_normal(codes.data(), static_cast<std::int64_t>(codes.size()));
    return {coder.decode(codes), static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(count))))};
  }

  static Drawn reconstructed(pipeline::Coder& coder, const pipeline::Samples& samples, std::int64_t count,
                             std::uint64_t seed) {
    count = std::min(count, samples.count);
    const auto originals =
        std::span(samples.values).first(static_cast<std::size_t>(count * samples.sample_values()));
    auto [codes, log_variance] = coder.posterior(originals);
    core::Rng rng(seed);
    for (std::size_t k = 0; k < codes.size(); ++k)
      codes[k] += std::exp(0.5F * log_variance[k]) * rng.normal();
    const std::vector<float> restored = coder.decode(codes);
    constexpr std::int64_t kPairsPerRow = 8;
    Drawn out{{}, 2 * std::min(count, kPairsPerRow)};
    for (std::int64_t i = 0; i < count; ++i) {
      for (const std::span<const float> source :
           {std::span<const float>(originals), std::span<const float>(restored)}) {
        const auto one = source.subspan(static_cast<std::size_t>(i * samples.sample_values()),
                                        static_cast<std::size_t>(samples.sample_values()));
        out.samples.insert(out.samples.end(), one.begin(), one.end());
      }
    }
    return out;
  }

  static Drawn interpolated(pipeline::Coder& coder, const std::vector<float>& codes, std::int64_t count) {
    const std::int64_t size = coder.code_size();
    const auto from = code_of(codes, size, 0);
    const auto to = code_of(codes, size, 1);
    std::vector<float> line;
    for (std::int64_t step = 0; step < count; ++step) {
      const float share = count > 1 ? static_cast<float>(step) / static_cast<float>(count - 1) : 0.0F;
      for (std::size_t d = 0; d < from.size(); ++d) line.push_back(from[d] + share * (to[d] - from[d]));
    }
    return {coder.decode(line), count};
  }

  static Drawn traversed(pipeline::Coder& coder, const std::vector<float>& code) {
    constexpr int kSteps = 9;
    std::vector<float> codes;
    for (std::size_t d = 0; d < code.size(); ++d) {
      for (int step = 0; step < kSteps; ++step) {
        codes.insert(codes.end(), code.begin(), code.end());
        codes[codes.size() - code.size() + d] = -3.0F + 6.0F * static_cast<float>(step) / (kSteps - 1);
      }
    }
    return {coder.decode(codes), kSteps};
  }
};

}  // namespace

const Command& sample_command() {
  static const SampleCommand command;
  return command;
}

}  // namespace aedenoise::cli
