#include "pipeline/baselines.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "core/module.h"
#include "core/suggest.h"

namespace aedenoise::pipeline {

std::vector<std::string> baseline_names() { return {"nlm", "median", "bilateral", "anisotropic"}; }

Image run_baseline(const std::string& name, const Image& noisy, double sigma) {
  const auto names = baseline_names();
  if (std::ranges::find(names, name) == names.end()) {
    throw Error(ErrorCode::usage, core::unknown_name("baseline", name, names));
  }
  return core::load_module<BaselineFilters>("baselines").run(name, noisy, sigma);
}

}  // namespace aedenoise::pipeline
