// aedenoise embed: the codes of samples, and what can be seen in them.
#include <array>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/embed_views.h"
#include "cli/layers.h"
#include "cli/samples.h"
#include "cli/written_files.h"
#include "io/matrix.h"
#include "pipeline/code_index.h"
#include "report/csv.h"
#include "report/destination.h"
#include "report/json.h"

namespace aedenoise::cli {
namespace {

constexpr std::array kEmbedOptions{
    kCodingModelOption,
    Option{"Output", "output", 'o', "FILE", "the codes, samples x code, as .npy (float32) or .csv",
           Names::output},
    kForceOption,
    Option{
        "Views", "cluster", 0, "K",
        "k-means of the codes: CODES_clusters.csv, and for pictures CODES_clusters.png with a row for each"},
    Option{"Views", "plot", 0, "FILE",
           "a picture of the codes' first two principal components, with thumbnails", Names::beside},
    Option{"Views", "report", 0, "FILE.html",
           "a page to look at: the map with thumbnails, and the clusters of --cluster; one file that needs "
           "no other",
           Names::beside},
    Option{"Views", "query", 0, "FILE",
           "samples whose nearest among IN are listed, and for pictures shown in CODES_query.png (without "
           "--output in INDEX_query.png)",
           Names::input},
    Option{"Views", "index", 0, "FILE",
           "keep codes, names and pictures in this file; without IN search in it (or cluster or plot it) "
           "instead "
           "of coding samples again",
           Names::output},
    Option{"Views", "top", 0, "N", "so many (default 10)"},
    Option{"Layers", "layer", 0, "NAME",
           "instead of codes: what this layer of any model gives at every position ('inspect --graph' lists "
           "layers); CODES_places.csv says where each row comes from"},
    kLayerSigmaOption,
    kPositionsOption,
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
  const char* usage() const override { return "[IN...] -m MODEL [-o CODES.npy] [--index FILE] [options]"; }
  const char* about() const override {
    return "Runs the encoder of an autoencoder of samples over tables (idx, .npy, .csv) or images and "
           "writes one code per sample. A variational model gives the mean of its code. With --layer it "
           "writes what goes on inside any model, denoising ones too, as rows that a dictionary can be "
           "trained on.";
  }
  const char* examples() const override {
    return "  $ aedenoise embed t10k-images-idx3-ubyte.gz -m ae.safetensors -o codes.npy\n"
           "  $ aedenoise embed photos/ -m ae.safetensors -o codes.npy --query mine.png --top 10\n"
           "  $ aedenoise embed photos/ -m ae.safetensors --index photos.index\n"
           "  $ aedenoise embed -m ae.safetensors --index photos.index --query mine.png --top 10\n"
           "  $ aedenoise embed photos/ -m ae.safetensors -o codes.npy --cluster 8 --report map.html\n"
           "  $ aedenoise embed photos/ -m gray --layer bottleneck -o activations.npy --positions 400\n";
  }
  std::span<const Option> options() const override { return kEmbedOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    check_layer_options(arguments);
    const bool search = arguments.positional().empty() && arguments.has("index");
    const std::string output = arguments.text("output");
    if (output.empty() && (!arguments.has("index") || arguments.has("layer")))
      throw Error(ErrorCode::usage, "no output was named; use --output CODES.npy");
    if (!output.empty()) {
      io::check_matrix_extension(output);
      check_new_file(output, arguments);
    }
    if (arguments.has("index") && !search) check_new_file(arguments.text("index"), arguments);
    if (arguments.has("layer")) return write_layer(arguments, console, output);
    pipeline::Coder coder = coder_from(arguments, "embed");
    const std::string views = output.empty() ? arguments.text("index") : output;
    check_views(arguments, coder, views);
    const pipeline::CodeIndex index = search ? known_codes(arguments, coder) : new_codes(arguments, coder);
    const std::array<std::int64_t, 2> sizes{index.samples.count, index.size};
    if (!output.empty()) io::write_matrix(output, sizes, index.codes);
    if (arguments.has("index") && !search) pipeline::write_index(arguments.text("index"), index);
    console.info(views + ": " + std::to_string(sizes[0]) + " codes of " + std::to_string(sizes[1]) +
                 " values");
    report::Json record{{"version", build_version()},
                        {"model", coder.file().origin},
                        {"samples", sizes[0]},
                        {"code", sizes[1]}};
    write_views(arguments, coder, {index.samples, index.codes, index.size, views}, record);
    if (arguments.has("json")) report::write_json(record, arguments.text("json"));
    return kDone;
  }

 private:
  static pipeline::CodeIndex known_codes(const Arguments& arguments, const pipeline::Coder& coder) {
    if (!arguments.has("query") && !arguments.has("cluster") && !arguments.has("plot") &&
        !arguments.has("report") && !arguments.has("output"))
      throw Error(ErrorCode::usage, "no samples were named, and nothing that is to be done with the index");
    return pipeline::read_index(arguments.text("index"), coder.file().sha256);
  }

  static pipeline::CodeIndex new_codes(const Arguments& arguments, pipeline::Coder& coder) {
    pipeline::CodeIndex index{
        samples_for(coder, arguments.positional(), arguments), {}, coder.code_size(), coder.file().sha256};
    index.codes = coder.encode(index.samples.values);
    return index;
  }

  static int write_layer(const Arguments& arguments, const Console& console, const std::string& output) {
    arguments.forbid({"cluster", "plot", "report", "query", "top", "index", "patches"}, "is not for layers");
    if (!arguments.has("model")) throw Error(ErrorCode::usage, "no model was named; use --model FILE");
    const std::string places = beside(output, "_places.csv");
    check_new_file(places, arguments);
    pipeline::LayerSource source = layer_source(arguments, arguments.text("model"));
    const pipeline::LayerSamples found = source.collect();
    std::string lines = "input,y,x\n";
    for (const pipeline::Position& p : found.positions) {
      lines += report::csv_field(source.name(p.input)) + "," + std::to_string(p.y) + "," +
               std::to_string(p.x) + "\n";
    }
    report::write_text(lines, places);
    const std::array<std::int64_t, 2> sizes{found.samples.count, found.samples.sample_values()};
    io::write_matrix(output, sizes, found.samples.values);
    const std::string layer = source.probe().layer();
    console.info(output + ": " + std::to_string(sizes[0]) + " positions of " + std::to_string(sizes[1]) +
                 " values, layer " + layer);
    if (arguments.has("json")) {
      report::write_json({{"version", build_version()},
                          {"model", source.probe().file().name},
                          {"layer", layer},
                          {"positions", sizes[0]},
                          {"values", sizes[1]}},
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
