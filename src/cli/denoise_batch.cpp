#include "cli/denoise_batch.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/denoise_findings.h"
#include "cli/denoise_key.h"
#include "cli/denoise_options.h"
#include "cli/denoise_outputs.h"
#include "cli/derivation.h"
#include "cli/file_summary.h"
#include "cli/progress.h"
#include "cli/sidecar.h"
#include "core/file.h"
#include "core/sha256.h"
#include "pipeline/batch.h"
#include "pipeline/denoise.h"
#include "report/destination.h"
#include "report/json.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using report::Json;

class DenoiseBatch : public pipeline::BatchWork {
 public:
  DenoiseBatch(const Arguments& arguments, const DenoiseJob& job)
      : arguments_(arguments),
        job_(job),
        console_(arguments),
        datatype_(datatype_from(arguments)),
        progress_(arguments),
        states_(job.items.size()) {
    options_.items = job.items.size();
    options_.denoise = denoiser_options(arguments_);
    options_.limits = limits_from(arguments_);
    if (!job.folder.empty()) open_manifest();
    findings_.emplace(arguments, job);  // the page may lie in the output folder, which is there by now
    options_.denoise.reserved_memory = findings_->memory();
    options_.denoise.reserved_per_sample =
        std::max(findings_->memory_per_sample(), job.residual.empty() ? 0 : kResidualBytesPerSample);
  }

  int run() {
    std::optional<Image> noise_map;
    if (arguments_.has("noise-map")) {
      console_.detail("reading the noise map " + arguments_.text("noise-map"));
      io::Document map = io::read_document(arguments_.text("noise-map"), options_.limits);
      noise_map = std::move(map.image);
      options_.noise_map = &*noise_map;
      options_.map_placement = map.placement;
      noise_map_hash_ = core::sha256_of_file(arguments_.text("noise-map"));
    }
    pipeline::run_batch(options_, *this);
    progress_.clear();
    if (job_.left_out > 0 && !progress_.is_json()) {
      console_.info("note: " + std::to_string(job_.left_out) +
                    " file(s) that are no images were left out; --others copy copies them");
    }
    if (!failures_.empty() && job_.items.size() > 1 && !progress_.is_json()) {
      console_.error(failures_text(failures_, job_.items.size()));
    }
    findings_->rank(records_);
    if (arguments_.has("csv")) report::write_text(csv_of(records_), arguments_.text("csv"));
    if (arguments_.has("json")) {
      report::write_json({{"version", build_version()}, {"files", records_}}, arguments_.text("json"));
    }
    findings_->write(records_);
    return exit_code_of(failures_, job_.items.size());
  }

  pipeline::Handling handling(std::size_t index) override {
    const BatchItem& item = job_.items[index];
    State& state = states_[index];
    if (!item.problem.empty()) throw Error(ErrorCode::usage, item.input.name() + ": " + item.problem);
    if (item.skip) {
      state.skipped = "exists";
      return pipeline::Handling::none;
    }
    if (manifest_) {
      state.key = key_of(item, settings_);
      if (job_.resume) state.record = manifest_->find(state.key, outputs_of(item));
      if (state.record) state.skipped = "done before";
    }
    if (item.copied || state.skipped != nullptr) return pipeline::Handling::none;
    if (!datatype_ && job_.residual.empty()) state.rows = open_rows(item, options_);
    return state.rows ? pipeline::Handling::alone : pipeline::Handling::volumes;
  }

  std::unique_ptr<io::VolumeReader> open(std::size_t index, const io::Limits& limits) override {
    io::Limits within = limits;
    const std::uint64_t memory = options_.denoise.max_memory;
    // What is read whole lies in memory beside the floats of both images and what is written: even of doubles
    // thrice its bytes.
    if (memory > 0) within.max_whole_bytes = memory / 3;
    return io::open_group(job_.items[index].input, within);
  }

  std::string name(std::size_t index) const override { return job_.items[index].input.name(); }

  void progress(std::size_t index, std::int64_t volume, double share) override;
  void write(std::size_t index, io::Document& volume, const DenoiseResult& result) override;
  void finish(std::size_t index) override;
  void fail(std::size_t index, const Error& error) override;

 private:
  // What the reading thread found out about an item.
  struct State {
    std::string key;
    std::optional<Json> record;     // of an earlier run
    const char* skipped = nullptr;  // why
    std::unique_ptr<io::RowReader> rows;
  };
  void open_manifest();
  FileSummary denoise_rows(std::size_t index);
  void finish_image(std::size_t index, Json& record);
  void say(const std::string& text);
  std::vector<fs::path> outputs_of(const BatchItem& item) const;
  void add_record(Json record);

  const Arguments& arguments_;
  const DenoiseJob& job_;
  Console console_;
  pipeline::BatchOptions options_;
  std::optional<DataType> datatype_;
  std::mutex screen_;
  std::size_t done_ = 0;  // files, for showing progress
  Progress progress_;
  std::optional<pipeline::Manifest> manifest_;
  std::string settings_;
  std::string noise_map_hash_;  // of its file
  std::optional<DenoiseFindings> findings_;
  std::vector<State> states_;
  std::optional<DocumentOutput> current_;  // what is being written
  Json records_ = Json::array();
  std::vector<Error> failures_;
};

void DenoiseBatch::open_manifest() {
  settings_ = settings_of(arguments_);
  manifest_.emplace(job_.folder, job_.part);
  if (!job_.resume) return;
  std::vector<fs::path> outputs;
  for (const BatchItem& item : job_.items) {
    const auto all = outputs_of(item);
    outputs.insert(outputs.end(), all.begin(), all.end());
  }
  if (arguments_.has("report")) outputs.emplace_back(arguments_.text("report"));
  core::remove_leftovers(outputs);
}

// With files of samples and the sidecar.
std::vector<fs::path> DenoiseBatch::outputs_of(const BatchItem& item) const {
  std::vector<fs::path> outputs;
  for (const fs::path& output : item.outputs) {
    const std::vector<fs::path> files = item.copied ? std::vector{output} : io::written_files(output);
    outputs.insert(outputs.end(), files.begin(), files.end());
  }
  if (job_.sidecar && !item.copied) outputs.push_back(sidecar_path(item));
  return outputs;
}

void DenoiseBatch::add_record(Json record) {
  records_.push_back(std::move(record));
  const std::scoped_lock lock(screen_);
  done_ = records_.size();
  Json event = records_.back();
  event["done"] = done_;
  event["total"] = job_.items.size();
  progress_.event(event);
}

void DenoiseBatch::say(const std::string& text) {
  if (progress_.is_json()) return;  // add_record() tells
  const std::scoped_lock lock(screen_);
  progress_.clear();
  console_.info(text);
}

void DenoiseBatch::progress(std::size_t index, std::int64_t /*volume*/, double share) {
  const std::scoped_lock lock(screen_);
  const std::size_t total = job_.items.size();
  progress_.show_file((static_cast<double>(index) + share) / static_cast<double>(total),
                      job_.items[index].input.files[0].filename().string(), done_, total);
}

void DenoiseBatch::write(std::size_t index, io::Document& document, const DenoiseResult& result) {
  const BatchItem& item = job_.items[index];
  document.derivation = derivation_of(arguments_, result, noise_map_hash_);
  findings_->add(index, document, result.image);
  if (!current_) {
    make_folders(item, arguments_.text("output"));
    current_.emplace(document, item, datatype_, job_.residual);
  }
  current_->add(document, result);
}

FileSummary DenoiseBatch::denoise_rows(std::size_t index) {
  DenoiseOptions options = options_.denoise;
  options.progress = [&](double share) { progress(index, 0, share); };
  make_folders(job_.items[index], arguments_.text("output"));
  return denoise_by_rows(*states_[index].rows, job_.items[index], std::move(options));
}

void DenoiseBatch::finish_image(std::size_t index, Json& record) {
  const BatchItem& item = job_.items[index];
  stop_if_interrupted();
  FileSummary summary;
  if (states_[index].rows) {
    summary = denoise_rows(index);
  } else {
    summary = current_->commit();
    current_.reset();
  }
  summary.fill(record, arguments_);
  put_sizes(item, record);
  if (states_[index].rows) {
    findings_->fill_by_rows(index, *states_[index].rows, record);
  } else {
    findings_->fill(index, record);
  }
  if (job_.sidecar) report::write_json(job_.sidecar(item, record), sidecar_path(item).string());
  say(item.input.name() + " -> " + item.output_name() + ": " + summary.text(arguments_));
  if (!progress_.is_json()) {
    for (const std::string& note : summary.notes()) console_.info("  note: " + note);
  }
  if (!summary.tiles().empty()) console_.detail("  " + summary.tiles());
}

// Its files; of a series "input" and "output" name the first for people, and lists name all.
Json named(const BatchItem& item) {
  Json record{{"input", item.input.name()}, {"output", item.output_name()}};
  const auto list = [&](const char* key, const std::vector<fs::path>& files) {
    if (files.size() < 2) return;
    for (const fs::path& file : files) record[key].push_back(file.string());
  };
  list("input_files", item.input.files);
  list("output_files", item.outputs);
  return record;
}

void DenoiseBatch::finish(std::size_t index) {
  const BatchItem& item = job_.items[index];
  State& state = states_[index];
  Json record = named(item);
  if (state.skipped != nullptr) {
    if (state.record) record.update(*state.record);
    record["status"] = "skipped";
    findings_->fill_from_files(index, record);
    say(item.output_name() + ": " + state.skipped + ", skipped");
  } else {
    record["status"] = item.copied ? "copied" : "done";
    if (item.copied) {
      make_folders(item, arguments_.text("output"));
      core::copy_file(item.input.files[0], item.outputs[0]);
      say(item.input.name() + " -> " + item.output_name() + ": copied");
    } else {
      finish_image(index, record);
    }
    if (manifest_) manifest_->add(state.key, outputs_of(item), record);
  }
  state = {};
  add_record(std::move(record));
}

void DenoiseBatch::fail(std::size_t index, const Error& error) {
  current_.reset();
  findings_->drop();
  if (error.code() == ErrorCode::interrupted) return;
  const BatchItem& item = job_.items[index];
  if (!progress_.is_json()) {
    const std::scoped_lock lock(screen_);
    progress_.clear();
    console_.error(error.what());
  }
  failures_.push_back(error);
  Json record = named(item);
  record["status"] = "failed";
  record["error"] = error.what();
  add_record(std::move(record));
}

}  // namespace

int denoise_batch(const Arguments& arguments, const DenoiseJob& job) {
  apply_threads(arguments);
  return DenoiseBatch(arguments, job).run();
}

}  // namespace aedenoise::cli
