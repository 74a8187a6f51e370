// What denoising one item of a batch writes: its files, and what was removed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/batch.h"
#include "cli/file_summary.h"
#include "io/rows.h"
#include "pipeline/batch.h"

namespace aedenoise::cli {

// Makes the folders of an item's files but for `single`, a single output, whose folder is expected to be
// there.
void make_folders(const BatchItem& item, const std::string& single);

// Bytes of its files before and after, and their ratio.
void put_sizes(const BatchItem& item, report::Json& record);

// An item's volumes, one after another.
class DocumentOutput {
 public:
  // Error{io, usage} that begins with a path. `residual`: the file for what was removed, empty for none.
  DocumentOutput(const io::Document& first, const BatchItem& item, std::optional<DataType> datatype,
                 const std::string& residual);

  void add(io::Document& volume, const DenoiseResult& result);

  // Until here no file has been made or changed.
  FileSummary commit();

 private:
  std::optional<DataType> datatype_;
  std::unique_ptr<io::VolumeWriter> output_;
  std::unique_ptr<io::VolumeWriter> residual_;
  FileSummary summary_;
};

// Of memory, for what was removed: a float of it, the same packed, and as a file.
inline constexpr std::uint64_t kResidualBytesPerSample = 12;

// Pictures of as many pixels pass through memory by rows, where that is possible.
inline constexpr std::uint64_t kFewestPixelsByRows = std::uint64_t{1} << 25U;

// The item's reader when it is one large picture that can pass through memory by rows, else none.
std::unique_ptr<io::RowReader> open_rows(const BatchItem& item, const pipeline::BatchOptions& options);

// Denoises and writes such a picture; options.progress is used.
FileSummary denoise_by_rows(io::RowReader& reader, const BatchItem& item, DenoiseOptions options);

}  // namespace aedenoise::cli
