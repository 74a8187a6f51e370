#include "cli/denoise_outputs.h"

#include <filesystem>

#include "aedenoise/error.h"
#include "io/samples.h"
#include "model/model_file.h"
#include "pipeline/denoise.h"
#include "pipeline/denoise_rows.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

// A volume keeps its place in space; of a picture only pixels are of use, turned as the `output` turns them.
std::unique_ptr<io::VolumeWriter> create_residual(const io::Document& first, const std::string& path,
                                                  const fs::path& output) {
  io::Document like;
  like.image = empty_like(first.image);
  like.volumes = first.volumes;
  like.placement = first.placement;
  const bool turned = first.orientation != 1 && io::format_for(output).name() != first.format;
  if (turned) like.orientation = first.orientation;
  if (first.image.depth > 1) {
    like.format = first.format;
    like.source = first.source;
  }
  return io::create_volumes(like, path, DataType::float32);
}

// Few counts, as of photons, lose much of what denoising gains when results are rounded to whole numbers.
bool loses_by_rounding(const io::Document& volume, DataType written, const Image& result) {
  constexpr float kFewCounts = 32.0F;
  if (volume.scaled || io::is_float(volume.image.datatype) || io::is_float(written)) return false;
  const auto [low, high] = io::finite_range(volume.image.values);
  return low >= 0.0F && high <= kFewCounts && result.values != volume.image.values;
}

std::uintmax_t bytes_of(const std::vector<fs::path>& files) {
  std::uintmax_t sum = 0;
  for (const fs::path& file : files) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    if (!error) sum += bytes;
  }
  return sum;
}

}  // namespace

void make_folders(const BatchItem& item, const std::string& single) {
  for (const fs::path& path : item.outputs) {
    std::error_code ignored;
    if (path.has_parent_path() && path.string() != single) {
      fs::create_directories(path.parent_path(), ignored);  // a failure shows when the file is written
    }
  }
}

void put_sizes(const BatchItem& item, report::Json& record) {
  const std::uintmax_t before = bytes_of(item.input.files);
  const std::uintmax_t after = bytes_of(item.outputs);
  record["input_bytes"] = before;
  record["output_bytes"] = after;
  if (after > 0) record["compression_ratio"] = static_cast<double>(before) / static_cast<double>(after);
}

DocumentOutput::DocumentOutput(const io::Document& first, const BatchItem& item,
                               std::optional<DataType> datatype, const std::string& residual)
    : datatype_(datatype),
      output_(io::create_group(first, item.outputs, datatype)),
      residual_(residual.empty() ? nullptr : create_residual(first, residual, item.outputs.front())) {}

void DocumentOutput::add(io::Document& volume, const DenoiseResult& result) {
  output_->add(volume, result.image);
  if (residual_) residual_->add(volume, pipeline::residual(volume.image, result.image));
  summary_.add(volume, result);
  if (loses_by_rounding(volume, datatype_.value_or(volume.image.datatype), result.image)) {
    summary_.add_notes(
        {"values are small whole numbers, to which results were rounded; --datatype float32, in a .tif "
         "file or a volume, keeps what that loses"});
  }
}

FileSummary DocumentOutput::commit() {
  summary_.add_notes(output_->commit());
  if (residual_) residual_->commit();
  return std::move(summary_);
}

std::unique_ptr<io::RowReader> open_rows(const BatchItem& item, const pipeline::BatchOptions& options) {
  const bool whole = options.noise_map != nullptr || !pipeline::denoises_by_rows(options.denoise);
  if (whole || item.input.files.size() != 1) return nullptr;
  auto reader = io::open_rows(item.input.files[0], options.limits, kFewestPixelsByRows);
  const bool same_format = reader && io::format_for(item.outputs[0]).name() == reader->picture().format;
  return same_format ? std::move(reader) : nullptr;
}

FileSummary denoise_by_rows(io::RowReader& reader, const BatchItem& item, DenoiseOptions options) {
  const auto writer = io::create_rows(reader, item.outputs[0]);
  if (options.model.empty()) options.model = pipeline::default_model(reader.picture().image.channels);
  FileSummary summary;
  try {
    summary.add(reader.picture(),
                pipeline::denoise_rows(model::load_model(options.model), options, reader, *writer));
  } catch (const Error& error) {
    throw error.code() == ErrorCode::interrupted ? error : error.within(item.input.name());
  }
  summary.add_notes(writer->commit());
  return summary;
}

}  // namespace aedenoise::cli
