// The page that `denoise --report` writes.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "pipeline/preview.h"
#include "report/html.h"
#include "report/json.h"
#include "report/outliers.h"
#include "report/picture_store.h"

namespace aedenoise::cli {

inline constexpr Option kReportOption{
    "Messages",
    "report",
    0,
    "FILE.html",
    "write a page to look at: pictures before and after, what was removed, figures, failures; one file that "
    "needs no other; an existing file is replaced",
    Names::beside};
inline constexpr Option kReportImagesOption{
    "Messages", "report-images", 0, "N",
    "show pictures of at most N files in the report, those most unlike the others (default 200)"};

// Adds to each record that has figures, among five at least, how far it is from the others ("outlier", in
// robust standard deviations) and in what ("outlier_reason").
void mark_outliers(report::Json& records);

// Records are those of files, see FileSummary::fill() and DenoiseFindings. In memory are the figures that
// tell which files are unusual; pictures wait in a temporary file.
class DenoisePage {
 public:
  // Error{usage, io}; the latter begins with the path.
  explicit DenoisePage(const Arguments& arguments);

  // Whether pictures of a file with these figures are worth making.
  bool wants(const report::Json& record) const;
  // `views` may be empty.
  void add(std::size_t result, const report::Json& record, const std::vector<pipeline::PreviewView>& views);
  // With the records of all results, by number.
  void write(const report::Json& records);

 private:
  std::string path_;
  report::Json settings_;
  report::Outliers outliers_;
  report::HtmlPage page_;
  report::PictureStore store_;
};

}  // namespace aedenoise::cli
