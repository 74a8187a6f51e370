// JSON files beside outputs that say what was done, with BIDS' names where it has some.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/batch.h"
#include "report/json.h"

namespace aedenoise::cli {

// Of volumes as BIDS wants it, scan.json for scan.nii.gz; of other outputs (a series' first), of which
// several may share a stem, photo.png.json.
std::filesystem::path sidecar_path(const BatchItem& item);

// Error{usage} when a sidecar would replace something (without `replaces`) or has the name of another one or
// of an input or output.
void check_sidecars(const std::vector<BatchItem>& items, bool replaces);

// What the sidecar says of an item that came from `sources` and whose record (see FileSummary::fill()) this
// is. Free of patients' data: no field of a header.
report::Json sidecar_of(const std::vector<std::string>& sources, const report::Json& record);

// The item's inputs as paths below their folder, which are those of the outputs below `folder` (empty: names
// alone).
std::vector<std::string> mirrored_sources(const BatchItem& item, const std::string& folder);

}  // namespace aedenoise::cli
