// JSON files beside outputs that say what was done, with BIDS' names where it has some.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/batch.h"
#include "report/json.h"

namespace aedenoise::cli {

// The output's path (a series' first) with .json instead of its extension: scan.json for scan.nii.gz.
std::filesystem::path sidecar_path(const BatchItem& item);

// Error{usage} when a sidecar would replace something (without `replaces`) or has the name of another one or
// of an input or output.
void check_sidecars(const std::vector<BatchItem>& items, bool replaces);

// What the sidecar says of an item whose record (see FileSummary::fill()) this is. Free of patients' data: no
// field of a header, no path but that below `folder` (empty: the name alone).
report::Json sidecar_of(const BatchItem& item, const std::string& folder, const report::Json& record);

}  // namespace aedenoise::cli
