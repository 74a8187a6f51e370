#include "cli/denoise_outputs.h"

#include <filesystem>

#include "aedenoise/error.h"
#include "model/model_file.h"
#include "pipeline/denoise.h"
#include "pipeline/denoise_rows.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

// A volume keeps its place in space; of a picture only pixels are of use.
std::unique_ptr<io::VolumeWriter> create_residual(const io::Document& first, const std::string& path) {
  io::Document like;
  like.image = empty_like(first.image);
  like.volumes = first.volumes;
  like.placement = first.placement;
  if (first.image.depth > 1) {
    like.format = first.format;
    like.source = first.source;
  }
  return io::create_volumes(like, path, DataType::float32);
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
    : output_(io::create_group(first, item.outputs, datatype)),
      residual_(residual.empty() ? nullptr : create_residual(first, residual)) {}

void DocumentOutput::add(io::Document& volume, const DenoiseResult& result) {
  output_->add(volume, result.image);
  if (residual_) residual_->add(volume, pipeline::residual(volume.image, result.image));
  summary_.add(volume, result);
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
