// What denoising did to each item, for --ref and --report: figures in its record, pictures on a page.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aedenoise/error.h"
#include "cli/arguments.h"
#include "cli/denoise_batch.h"
#include "cli/denoise_page.h"
#include "cli/references.h"
#include "io/format.h"
#include "io/rows.h"
#include "pipeline/comparison.h"
#include "pipeline/preview.h"

namespace aedenoise::cli {

class DenoiseFindings {
 public:
  // Error{usage} for references or a page that cannot be; the page's file is begun.
  DenoiseFindings(const Arguments& arguments, const DenoiseJob& job);

  // Bytes of memory that add() takes, and bytes per sample.
  std::uint64_t memory() const;
  std::uint64_t memory_per_sample() const;

  // A volume of an item. Error{data} when its reference does not fit.
  void add(std::size_t item, const io::Document& noisy, const Image& denoised);
  // Once all of the item's have been added: its figures.
  void fill(std::size_t item, report::Json& record);
  // The same of a picture that passed through memory by rows; its output has been written.
  void fill_by_rows(std::size_t item, io::RowReader& noisy, report::Json& record);
  // The item failed.
  void drop();
  // For an item whose output was made before: the same, from its files, where its record lacks figures or
  // pictures are wanted. What goes wrong becomes a note.
  void fill_from_files(std::size_t item, report::Json& record);

  // With the records of all items in their order: marks those unlike the others.
  void rank(report::Json& records) const;
  // Writes the page, if there is to be one.
  void write(const report::Json& records);

 private:
  bool any() const { return page_ || references_.any(); }
  bool is_complete(const report::Json& record) const;
  void show(std::size_t item, const report::Json& record, const std::vector<pipeline::PreviewView>& views);
  void compare_files(std::size_t item, report::Json& record);

  const DenoiseJob& job_;
  io::Limits limits_;
  References references_;
  std::optional<DenoisePage> page_;
  std::optional<Error> trouble_;  // with the page
  // Of the item whose volumes are being added.
  struct Current {
    pipeline::Comparer comparer;
    std::unique_ptr<io::VolumeReader> reference;
    std::vector<pipeline::PreviewView> views;  // of its first volume
  };
  std::optional<Current> current_;
};

}  // namespace aedenoise::cli
