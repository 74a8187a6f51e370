// Several results of `aedenoise features` side by side.
#pragma once

#include <string>
#include <vector>

#include "report/json.h"
#include "report/plot.h"

namespace aedenoise::cli {

// Whether a file is named .json: a result, not a model.
bool is_result(const std::string& path);

// What `features --json` wrote. Error{data} that begins with the path for anything else.
report::Json read_result(const std::string& path);

// model, L0, FVU, dead and hyperactive features, and dashes up to `columns`.
std::vector<std::string> result_row(const report::Json& result, std::size_t columns);

// FVU over L0 of results and of those each was compared with; those of a kind are joined.
report::Plot curve_of(const std::vector<report::Json>& results);

}  // namespace aedenoise::cli
