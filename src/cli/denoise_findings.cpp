#include "cli/denoise_findings.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "cli/common.h"
#include "cli/denoise_outputs.h"
#include "io/samples.h"

namespace aedenoise::cli {
namespace {

using report::Json;

void put(Json& record, const pipeline::Comparison& comparison) {
  record["noise_in"] = report::number(comparison.noise_in);
  record["noise_out"] = report::number(comparison.noise_out);
  record["residual_mean"] = report::number(comparison.residual_mean);
  record["residual_rms"] = report::number(comparison.residual_rms);
  if (!comparison.quality) return;
  record["psnr_in"] = report::number(comparison.quality->psnr_in);
  record["psnr_out"] = report::number(comparison.quality->psnr_out);
  record["ssim_in"] = report::number(comparison.quality->ssim_in);
  record["ssim_out"] = report::number(comparison.quality->ssim_out);
}

// Once: an earlier run may have left it.
void note(Json& record, const std::string& text) {
  Json& notes = record["notes"];
  if (std::ranges::find(notes, Json(text)) == notes.end()) notes.push_back(text);
}

}  // namespace

DenoiseFindings::DenoiseFindings(const Arguments& arguments, const DenoiseJob& job)
    : job_(job), limits_(limits_from(arguments)), references_(arguments, job.items, job.folder) {
  if (!arguments.has("report")) {
    arguments.forbid({"report-images"}, "needs a report; use --report FILE");
    return;
  }
  check_outputs({arguments.text("report")}, job.items, true);
  page_.emplace(arguments);
}

// Spectra of patches, by which noise is estimated, and previews.
std::uint64_t DenoiseFindings::memory() const { return any() ? std::uint64_t{10} << 20U : 0; }

// A clean image while it is read: floats, its file's bytes and what they unpack to.
std::uint64_t DenoiseFindings::memory_per_sample() const { return references_.any() ? 12 : 0; }

void DenoiseFindings::add(std::size_t item, const io::Document& noisy, const Image& denoised) {
  if (!any()) return;
  const bool first = !current_;
  if (first) {
    current_.emplace();
    if (references_.any()) current_->reference = references_.open(job_.items[item], limits_);
  }
  std::optional<Image> clean;
  if (current_->reference) {
    auto volume = current_->reference->next();
    if (!volume) {
      throw Error(ErrorCode::data, job_.items[item].input.name() + ": its reference has fewer volumes");
    }
    if (!io::same_places(noisy.placement, volume->placement,
                         {noisy.image.width, noisy.image.height, noisy.image.depth})) {
      throw Error(ErrorCode::data, "the reference of " + job_.items[item].input.name() +
                                       ": lies elsewhere in space or in another orientation; resample it to "
                                       "the image");
    }
    clean = std::move(volume->image);
  }
  try {
    current_->comparer.add(noisy.image, denoised, std::move(clean));
  } catch (const Error& error) {
    throw error.within("the reference of " + job_.items[item].input.name());
  }
  if (!first || !page_) return;
  Json figures{{"range", {noisy.image.low, noisy.image.high}}};
  put(figures, current_->comparer.result());
  if (page_->wants(figures)) {
    current_->views = pipeline::previews_of(noisy.image, denoised, io::axes_of(noisy.placement));
  }
}

void DenoiseFindings::fill(std::size_t item, Json& record) {
  if (!current_) return;
  put(record, current_->comparer.result());
  if (references_.any() && !current_->reference) note(record, "there is no reference of this name");
  show(item, record, current_->views);
  drop();
}

// The page's own trouble makes no item fail.
void DenoiseFindings::show(std::size_t item, const Json& record,
                           const std::vector<pipeline::PreviewView>& views) {
  if (!page_ || trouble_) return;
  try {
    page_->add(item, record, views);
  } catch (const Error& error) {
    trouble_ = error;
  }
}

void DenoiseFindings::fill_by_rows(std::size_t item, io::RowReader& noisy, Json& record) {
  if (!any()) return;
  try {
    const auto denoised = io::open_rows(job_.items[item].outputs.front(), limits_, 1);
    if (!denoised) throw Error(ErrorCode::internal, "the result cannot be read by rows");
    const pipeline::RowFindings found = pipeline::findings_by_rows(noisy, *denoised);
    put(record, found.comparison);
    if (references_.any()) note(record, "is too large to be compared with its reference");
    show(item, record, found.views);
  } catch (const Error& error) {
    note(record, std::string("not compared: ") + error.what());
  }
}

void DenoiseFindings::drop() { current_.reset(); }

bool DenoiseFindings::is_complete(const Json& record) const {
  if (!record.contains("noise_in") || (references_.any() && !record.contains("psnr_out"))) return false;
  return !page_ || !page_->wants(record);
}

void DenoiseFindings::compare_files(std::size_t index, Json& record) {
  const BatchItem& item = job_.items[index];
  const auto rows = item.input.files.size() == 1
                        ? io::open_rows(item.input.files.front(), limits_, kFewestPixelsByRows)
                        : nullptr;
  if (rows && io::open_rows(item.outputs.front(), limits_, 1)) return fill_by_rows(index, *rows, record);
  const auto before = io::open_group(item.input, limits_);
  const auto after = io::open_group({item.outputs, {}, {}, item.input.step, item.input.placement}, limits_);
  while (const auto noisy = before->next()) {
    auto denoised = after->next();
    if (!denoised) throw Error(ErrorCode::data, item.output_name() + ": has fewer volumes than the input");
    const float factor = io::full_range_factor(denoised->image, noisy->image.datatype);
    for (float& value : denoised->image.values) value *= factor;
    if (!record.contains("range")) record["range"] = {noisy->image.low, noisy->image.high};
    add(index, *noisy, denoised->image);
  }
  fill(index, record);
}

void DenoiseFindings::fill_from_files(std::size_t index, Json& record) {
  if (!any() || job_.items[index].copied) return;
  if (!record.contains("compression_ratio")) put_sizes(job_.items[index], record);
  if (is_complete(record)) return show(index, record, {});
  try {
    compare_files(index, record);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted) throw;
    drop();
    note(record, std::string("not compared: ") + error.what());
  }
}

void DenoiseFindings::rank(Json& records) const {
  if (any()) mark_outliers(records);
}

void DenoiseFindings::write(const Json& records) {
  if (trouble_) throw Error(*trouble_);
  if (page_) page_->write(records);
}

}  // namespace aedenoise::cli
