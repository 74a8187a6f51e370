// What `aedenoise embed` shows of codes: nearest neighbours, clusters, a flat map.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/common.h"
#include "pipeline/coder.h"
#include "report/json.h"

namespace aedenoise::cli {

struct Codes {
  const pipeline::Samples& samples;
  const std::vector<float>& values;  // samples x size
  std::int64_t size = 0;
  std::string output;  // where they were written; views go beside it
};

// "codes.npy" -> "codes_clusters.csv"
std::string beside(const std::string& output, const char* ending);

// Error{usage} when what the options ask for cannot be shown or would replace files without --force.
void check_views(const Arguments& arguments, const pipeline::Coder& coder, const std::string& output);

// Writes what --cluster, --plot and --query ask for; what was found is added to `record`.
void write_views(const Arguments& arguments, pipeline::Coder& coder, const Codes& codes,
                 report::Json& record);

}  // namespace aedenoise::cli
