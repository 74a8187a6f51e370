// The page that `embed --report` writes: a map of the samples with thumbnails, and clusters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/embed_views.h"

namespace aedenoise::cli {

// `plane`: two values per sample; `labels`: clusters, empty for none; `record`: what --json says. Error{io}
// that begins with the path.
void write_embed_page(const std::string& path, const Codes& codes, const std::vector<float>& plane,
                      const std::vector<std::int32_t>& labels, const report::Json& record);

}  // namespace aedenoise::cli
