// What `denoise` says about a file: to a person, and as JSON.
#pragma once

#include <string>
#include <vector>

#include "aedenoise/denoiser.h"
#include "aedenoise/error.h"
#include "cli/arguments.h"
#include "io/format.h"
#include "report/json.h"

namespace aedenoise::cli {

// What was done to all volumes of a file.
class FileSummary {
 public:
  // `result` without its image counts; the first one's settings are everyone's.
  void add(const io::Document& document, const DenoiseResult& result);
  void add_notes(const std::vector<std::string>& notes);

  // "noise level 12.1 to 13.4 (estimated, rician assumed) in the range 0..1023, 4 volumes, 3.20 s"
  std::string text(const Arguments& arguments) const;
  // "1 tile of 512 x 512, f32"; empty when no network ran.
  std::string tiles() const;
  const std::vector<std::string>& notes() const { return notes_; }
  void fill(report::Json& record, const Arguments& arguments) const;

 private:
  std::string description_;
  DenoiseResult first_;
  double low_ = 0.0;  // of the values' range
  double high_ = 0.0;
  std::vector<double> sigmas_;
  std::vector<SelfAdaptation> adaptations_;  // one per volume, if any
  double seconds_ = 0.0;
  std::vector<std::string> notes_;  // each once
};

// The records of files, as fill() and the batch make them, as a table: a line each, after the names of
// columns.
std::string csv_of(const report::Json& records);

// "2 of 9 failed:" and each one's reason on a line of its own.
std::string failures_text(const std::vector<Error>& failures, std::size_t files);
int exit_code_of(const std::vector<Error>& failures, std::size_t files);

}  // namespace aedenoise::cli
