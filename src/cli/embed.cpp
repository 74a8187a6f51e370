// aedenoise embed: the codes of samples, and what can be seen in them.
#include <array>
#include <cstdio>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/samples.h"
#include "io/matrix.h"
#include "report/json.h"

namespace aedenoise::cli {
namespace {

constexpr std::array kOptions{
    kCodingModelOption,
    Option{"Output", "output", 'o', "FILE", "the codes, samples x code, as .npy (float32) or .csv"},
    kForceOption,
    Option{"Input", "seed", 0, "N", "what a model of binarised samples draws them from (default 0)"},
    Option{"Input", "patches", 0, "N", "cut so many patches from images, for a model of patches"},
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

class EmbedCommand : public Command {
 public:
  const char* name() const override { return "embed"; }
  const char* summary() const override { return "write the codes an autoencoder gives samples"; }
  const char* usage() const override { return "IN... -m MODEL -o CODES.npy [options]"; }
  const char* about() const override {
    return "Runs the encoder of an autoencoder of samples over tables (idx, .npy, .csv) or images and writes "
           "one code per\n"
           "sample. A variational model gives the mean of its code.\n";
  }
  const char* examples() const override {
    return "  $ aedenoise embed t10k-images-idx3-ubyte.gz -m ae.safetensors -o codes.npy\n";
  }
  std::span<const Option> options() const override { return kOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    const std::string output = arguments.text("output");
    if (output.empty()) throw Error(ErrorCode::usage, "no output was named; use --output CODES.npy");
    io::check_matrix_extension(output);
    check_new_file(output, arguments);
    pipeline::Coder coder = coder_from(arguments, "embed");
    const pipeline::Samples samples = samples_for(coder, arguments.positional(), arguments);
    const std::vector<float> codes = coder.encode(samples.values);
    const std::array<std::int64_t, 2> sizes{samples.count, coder.code_size()};
    io::write_matrix(output, sizes, codes);
    console.info(output + ": " + std::to_string(sizes[0]) + " codes of " + std::to_string(sizes[1]) +
                 " values");
    if (arguments.has("json")) {
      report::write_json({{"version", build_version()},
                          {"model", coder.file().origin},
                          {"samples", sizes[0]},
                          {"code", sizes[1]}},
                         arguments.text("json"));
    }
    return kDone;
  }
};

}  // namespace

const Command& embed_command() {
  static const EmbedCommand command;
  return command;
}

}  // namespace aedenoise::cli
