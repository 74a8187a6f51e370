// aedenoise bids: the anatomical images of a BIDS dataset in, a derivative dataset of denoised ones out
// (Brain Imaging Data Structure 1.9, "Derived dataset and pipeline description").
#include <algorithm>
#include <array>
#include <set>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/batch.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/denoise_batch.h"
#include "cli/denoise_page.h"
#include "cli/sidecar.h"
#include "core/file.h"
#include "pipeline/manifest.h"
#include "report/json.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using report::Json;

constexpr const char* kDescription = "dataset_description.json";

constexpr std::array kBidsOptions{
    Option{"Dataset", "participant-label", 0, "LABEL...",
           "only these participants, with or without 'sub-' (default: all)"},
    Option{"Dataset", "force", 'f', nullptr, "replace existing files"},
    Option{"Dataset", "resume", 0, nullptr,
           "go on where an earlier run was stopped; what changed is done again"},
    kNumPartsOption,
    kPartIdOption,
    kNoiseModelOption,
    kStrengthOption,
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
    kReportOption,
    kReportImagesOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

constexpr const char* kReadme =
    "Anatomical images of the source dataset (DatasetLinks in dataset_description.json), denoised by "
    "aedenoise.\nEvery image, named ..._desc-denoised_..., has the size, geometry and data type of its "
    "source; the JSON file beside it\nsays with which model and noise level it was made.\n";

// Suffixes of anatomical images whose values are intensities; maps, masks and labels are no images to
// denoise.
constexpr std::array kSuffixes{"T1w",       "T2w",  "PDw",    "T2starw", "FLAIR", "inplaneT1",
                               "inplaneT2", "PDT2", "T2star", "angio",   "MEGRE", "MESE"};

// What dcm2niix writes about a person unless told to leave it out.
constexpr std::array kPersonal{"PatientName",         "PatientID",         "PatientBirthDate",
                               "PatientSex",          "PatientAge",        "PatientWeight",
                               "PatientSize",         "AccessionNumber",   "StudyID",
                               "StudyInstanceUID",    "SeriesInstanceUID", "ReferringPhysicianName",
                               "AcquisitionDateTime", "InstitutionAddress"};

std::vector<fs::path> folders_named(const fs::path& folder, const std::string& prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with(prefix) && entry->is_directory(ignored))
      found.push_back(entry->path());
  }
  std::ranges::sort(found);
  return found;
}

// sub-01_run-1_T1w.nii.gz as "sub-01_run-1", "T1w", ".nii.gz"; an empty suffix for other names.
struct Name {
  std::string entities;
  std::string suffix;
  std::string extension;

  explicit Name(const fs::path& path) {
    const std::string text = path.filename().string();
    for (const char* end : {".nii.gz", ".nii"}) {
      if (extension.empty() && text.ends_with(end)) extension = end;
    }
    const std::string stem = text.substr(0, text.size() - extension.size());
    const std::size_t cut = stem.rfind('_');
    if (extension.empty() || cut == std::string::npos) return;
    entities = stem.substr(0, cut);
    suffix = stem.substr(cut + 1);
  }

  bool has(const std::string& entity) const {
    return (entities + "_").find("_" + entity + "_") != std::string::npos;
  }
};

// With the entity that tells the result from its source: one of a name, which may have one before.
std::string denoised(const std::string& entities) {
  const std::size_t desc = entities.find("_desc-");
  if (desc == std::string::npos) return entities + "_desc-denoised";
  const std::size_t end = std::min(entities.find('_', desc + 1), entities.size());
  return entities.substr(0, end) + "Denoised" + entities.substr(end);
}

// Returns how many other images there are.
int add_images(const fs::path& folder, const fs::path& root, const fs::path& output,
               std::vector<BatchItem>& items) {
  int others = 0;
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(folder / "anat", error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const Name name(entry->path());
    // "part-phase" and the like are no intensities.
    const bool magnitude = name.entities.find("_part-") == std::string::npos || name.has("part-mag");
    if (magnitude && std::ranges::find(kSuffixes, name.suffix) != kSuffixes.end())
      files.push_back(entry->path());
    else if (!name.suffix.empty())
      ++others;
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    const Name name(file);
    BatchItem item;
    item.input.files = {file};
    item.outputs = {output / folder.lexically_relative(root) / "anat" /
                    (denoised(name.entities) + "_" + name.suffix + name.extension)};
    items.push_back(std::move(item));
  }
  return others;
}

std::vector<fs::path> participants(const fs::path& root, const std::vector<std::string>& labels) {
  std::vector<fs::path> all = folders_named(root, "sub-");
  if (labels.empty()) return all;
  std::set<fs::path> chosen;
  for (const std::string& label : labels) {
    const fs::path folder = root / (label.starts_with("sub-") ? label : "sub-" + label);
    if (std::ranges::find(all, folder) == all.end())
      throw Error(ErrorCode::usage, root.string() + ": there is no participant '" + label + "'");
    chosen.insert(folder);
  }
  return {chosen.begin(), chosen.end()};
}

// A discarded value when it is no JSON.
Json read_json(const fs::path& path) {
  const core::Bytes bytes = core::read_file(path, 1U << 24U);
  return Json::parse(bytes.begin(), bytes.end(), nullptr, false);
}

Json read_description(const fs::path& root) {
  const fs::path path = root / kDescription;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorCode::usage,
                root.string() + ": is not a BIDS dataset, as it has no " + std::string(kDescription));
  }
  Json description = read_json(path);
  if (!description.is_object()) throw Error(ErrorCode::data, path.string() + ": is not a JSON object");
  return description;
}

// What the derivative dataset says of itself; `link` leads from it to its source.
Json description_of(const Json& source, const std::string& link) {
  const std::string name = source.contains("Name") && source["Name"].is_string()
                               ? source["Name"].get<std::string>()
                               : std::string("dataset");
  Json out{{"Name", name + ", denoised"},
           {"BIDSVersion", "1.9.0"},
           {"DatasetType", "derivative"},
           {"GeneratedBy", {{{"Name", "aedenoise"}, {"Version", version()}}}},
           {"SourceDatasets", {{{"URL", link}}}},
           {"DatasetLinks", {{"raw", link}}}};
  if (source.contains("License")) out["License"] = source["License"];
  return out;
}

// What the image's own sidecar says and still holds. Derivatives must state whether the skull is there.
Json kept_of(const fs::path& image) {
  const Name name(image);
  const fs::path path = image.parent_path() / (name.entities + "_" + name.suffix + ".json");
  std::error_code ignored;
  Json sidecar = fs::exists(path, ignored) ? read_json(path) : Json::object();
  if (!sidecar.is_object()) sidecar = Json::object();
  for (const char* key : kPersonal) sidecar.erase(key);
  if (!sidecar.contains("SkullStripped")) sidecar["SkullStripped"] = false;
  return sidecar;
}

void write_new(const fs::path& path, const std::string& text) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return;
  try {
    core::write_file(path, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  } catch (const Error& error) {
    throw error.within(path.string());
  }
}

class BidsCommand : public Command {
 public:
  const char* name() const override { return "bids"; }
  const char* summary() const override { return "denoise the anatomical images of a BIDS dataset"; }
  const char* usage() const override { return "BIDS_DIR OUT_DIR participant [options]"; }
  const char* about() const override {
    return "Writes a BIDS derivative dataset: every anatomical image (T1w, T2w, PDw, T2starw, FLAIR, "
           "...) of BIDS_DIR denoised as ..._desc-denoised_SUFFIX with a JSON file that says how, and "
           "dataset_description.json. Functional, diffusion and other images are left out, as are maps, "
           "masks and phases.";
  }
  const char* examples() const override {
    return "  $ aedenoise bids study/ study/derivatives/aedenoise participant\n"
           "  $ aedenoise bids study/ out/ participant --participant-label 01 02\n";
  }
  std::span<const Option> options() const override { return kBidsOptions; }

  int run(const Arguments& arguments) const override {
    const std::vector<std::string>& words = arguments.positional();
    if (words.size() != 3 || words[2] != "participant")
      throw Error(ErrorCode::usage, "name BIDS_DIR, OUT_DIR and the level 'participant', in this order");
    const fs::path root(words[0]);
    const fs::path output(words[1]);
    const Json source = read_description(root);
    DenoiseJob job;
    int others = 0;
    for (const fs::path& participant : participants(root, arguments.values("participant-label"))) {
      others += add_images(participant, root, output, job.items);
      for (const fs::path& session : folders_named(participant, "ses-"))
        others += add_images(session, root, output, job.items);
    }
    if (job.items.empty())
      throw Error(ErrorCode::data, root.string() + ": has no anatomical images of these participants");
    check(arguments, job, root, output);
    prepare(source, root, output);
    if (others > 0) {
      Console(arguments).info(
          "note: " + std::to_string(others) +
          " images in anat/ are of other kinds (maps, masks, phases...) and were left out");
    }
    return denoise_batch(arguments, job);
  }

 private:
  static void check(const Arguments& arguments, DenoiseJob& job, const fs::path& root,
                    const fs::path& output) {
    job.folder = output.string();
    job.resume = arguments.has("resume");
    job.part = part_from(arguments);
    job.sidecar = [root](const BatchItem& item, const Json& record) {
      const fs::path& input = item.input.files[0];
      Json out = kept_of(input);
      out.update(sidecar_of({"bids:raw:" + input.lexically_relative(root).string()}, record));
      return out;
    };
    if (arguments.has("force") && job.resume)
      throw Error(ErrorCode::usage, "--force and --resume contradict one another");
    std::vector<BatchItem> share;
    for (std::size_t place = 0; place < job.items.size(); ++place) {
      if (job.part.has(place)) share.push_back(std::move(job.items[place]));
    }
    job.items = std::move(share);
    const bool replaces = arguments.has("force") || (job.resume && pipeline::Manifest::is_in(output));
    std::vector<fs::path> outputs;
    for (const BatchItem& item : job.items) outputs.push_back(item.outputs[0]);
    check_outputs(outputs, job.items, replaces);
    check_sidecars(job.items, replaces);
  }

  static void prepare(const Json& source, const fs::path& root, const fs::path& output) {
    std::error_code error;
    if (core::settled(root) == core::settled(output))
      throw Error(ErrorCode::usage,
                  output.string() + ": is the dataset itself; derivatives need a folder of their own");
    fs::create_directories(output, error);
    if (error) throw Error(ErrorCode::io, output.string() + ": cannot be made: " + error.message());
    const fs::path link = core::settled(root).lexically_relative(core::settled(output));
    write_new(output / kDescription, description_of(source, link.string()).dump(2) + "\n");
    write_new(output / "README.md", kReadme);
    write_new(output / ".bidsignore", ".aedenoise*\n");
  }
};

}  // namespace

const Command& bids_command() {
  static const BidsCommand command;
  return command;
}

}  // namespace aedenoise::cli
