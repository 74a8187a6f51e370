// The page that `features --report` writes: how often features fire, what they add, and what fires them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/features.h"
#include "report/json.h"

namespace aedenoise::cli {

// `record`: what --json says. `sizes`: in which samples and `atoms` (see pipeline::atoms()) can be shown as
// pictures; empty when they cannot. Error{io} that begins with the path.
void write_features_page(const std::string& path, const report::Json& record,
                         const pipeline::FeatureReport& found, const pipeline::Samples& samples,
                         const std::vector<float>& atoms, const std::vector<std::int64_t>& sizes);

}  // namespace aedenoise::cli
