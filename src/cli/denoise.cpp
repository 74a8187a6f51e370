// aedenoise denoise: noisy files in, clean files out.
#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "cli/batch.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/denoise_batch.h"
#include "cli/denoise_page.h"
#include "cli/references.h"
#include "cli/sidecar.h"
#include "io/format.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kDenoiseOptions{
    Option{"Output", "output", 'o', "FILE|FOLDER", "where the result goes; a folder for several inputs",
           Names::output},
    Option{"Output", "residual", 0, "FILE",
           "also write what was removed (noisy - denoised), as float: a .tif file, of volumes .nii.gz",
           Names::output},
    kDatatypeOption,
    Option{"Output", "force", 'f', nullptr, "replace existing files"},
    Option{"Output", "skip-existing", 0, nullptr, "leave out inputs whose output exists"},
    Option{"Folders", "resume", 0, nullptr,
           "go on where an earlier run into the same folder was stopped; files whose output is no longer as "
           "it was "
           "written, or whose input or options changed, are done again"},
    Option{"Folders", "others", 0, "skip|copy", "what to do with files that are no images (default skip)"},
    kNumPartsOption,
    kPartIdOption,
    Option{
        "Folders", "sidecar", 0, nullptr,
        "also write photo.png.json, scan.json beside scan.nii.gz, which say what was done (as BIDS: Sources, "
        "GeneratedBy)"},
    kSigmaOption,
    kNoiseModelOption,
    Option{"Noise", "noise-map", 0, "FILE",
           "one-channel image of the same size with the noise level of every pixel, in the image's units",
           Names::input},
    kStrengthOption,
    Option{"Adapting", "self", 0, nullptr,
           "adapt the model to each image (of a series of volumes, to each) before denoising it, by what its "
           "own pixels say of their neighbours; kept where held-out parts of the image are foreseen better, "
           "which is said"},
    Option{"Adapting", "self-steps", 0, "N", "training steps (default 120: a minute or so on two cores)"},
    Option{"Adapting", "self-minutes", 0, "M",
           "adapt so long instead; the result then depends on how fast the machine is"},
    Option{"Adapting", "seed", 0, "N", "of what is drawn at random in adapting (default 0)"},
    kModelOption,
    kTtaOption,
    kPrecisionOption,
    kThreadsOption,
    kMaxMemOption,
    kTileOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kProgressOption,
    kJsonOption,
    Option{"Messages", "csv", 0, "FILE|-", "write the results as a table; an existing file is replaced",
           Names::beside},
    kReportOption,
    kReportImagesOption,
    kReferenceOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

void check_residual(const fs::path& residual, const std::vector<BatchItem>& items, bool force) {
  if (items.size() != 1) throw Error(ErrorCode::usage, "--residual takes a single input");
  if (!io::format_for(residual).holds(DataType::float32)) {
    throw Error(ErrorCode::usage, "the residual has negative values, which '" + residual.string() +
                                      "' cannot hold; name a .tif file, or .nii.gz for volumes");
  }
  check_outputs({residual}, items, force);
  if (residual.lexically_normal() == items[0].outputs[0].lexically_normal()) {
    throw Error(ErrorCode::usage, "the output and the residual have the same name");
  }
}

// What the command is about to do, checked.
DenoiseJob job_from(const Arguments& arguments) {
  if (arguments.positional().empty()) throw Error(ErrorCode::usage, "no input file was named");
  if (!arguments.has("output")) throw Error(ErrorCode::usage, "no output was named; use -o FILE");
  DenoiseJob job;
  const bool force = arguments.has("force");
  constexpr std::array kOthers{"skip", "copy"};
  BatchOptions options;
  options.inputs = arguments.positional();
  options.output = arguments.text("output");
  options.force = force;
  options.skip_existing = arguments.has("skip-existing");
  options.resume = arguments.has("resume");
  options.others = arguments.choice("others", kOthers) == "copy";
  options.part = part_from(arguments);
  BatchPlan plan = plan_batch(options);
  job.items = std::move(plan.items);
  job.left_out = plan.left_out;
  job.folder = plan.folder;
  if (job.folder.empty())
    arguments.forbid({"resume", "num-parts", "others"}, "needs a folder as input and as output");
  if (arguments.has("sidecar")) {
    job.sidecar = [folder = job.folder](const BatchItem& item, const report::Json& record) {
      return sidecar_of(mirrored_sources(item, folder), record);
    };
    const bool replaces = force || (options.resume && pipeline::Manifest::is_in(options.output));
    check_sidecars(job.items, replaces);
  }
  job.part = options.part;
  job.resume = options.resume;
  if (arguments.has("residual")) {
    check_residual(arguments.text("residual"), job.items, force);
    job.residual = arguments.text("residual");
  }
  return job;
}

class DenoiseCommand : public Command {
 public:
  const char* name() const override { return "denoise"; }
  const char* summary() const override { return "remove noise from images and scans"; }
  const char* usage() const override { return "IN... -o OUT [options]"; }
  const char* about() const override {
    return "Removes noise from images and leaves everything else about the files as it was: size, bit "
           "depth, transparency, colour profile, metadata. IN is one or more image files, or a folder, "
           "whose images (also in folders below) are written under the same names into OUT; the slices "
           "of a DICOM series are one volume, which may also go into one file: -o volume.nii.gz. The noise "
           "level is estimated from each image unless "
           "--sigma or --noise-map states it; what was assumed is printed. Nothing is overwritten "
           "without --force, and an output file is either complete or not there.";
  }
  const char* examples() const override {
    return "  $ aedenoise denoise photo.png -o clean.png\n"
           "  $ aedenoise denoise study/ -o cleaned/\n"
           "  $ aedenoise denoise a.png b.tif -o cleaned/ --strength 0.8\n"
           "  $ aedenoise denoise scan.tif -o scan_clean.tif --sigma 25 --residual removed.tif\n"
           "  $ aedenoise denoise photos/ -o cleaned/ --report report.html\n"
           "  $ aedenoise denoise large.tif -o out.tif --max-mem 500\n"
           "  $ aedenoise denoise cells.tif -o clean.tif --self\n";
  }
  std::span<const Option> options() const override { return kDenoiseOptions; }
  int run(const Arguments& arguments) const override { return denoise_batch(arguments, job_from(arguments)); }
};

}  // namespace

const Command& denoise_command() {
  static const DenoiseCommand command;
  return command;
}

}  // namespace aedenoise::cli
