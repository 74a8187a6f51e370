// The families there are. Adding one: its file, and a line in the table.
#include <array>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "model/architecture.h"
#include "model/denoising.h"
#include "model/undercomplete.h"

namespace aedenoise::model {

std::span<const Family* const> families() {
  static const std::array<const Family*, 2> table{&denoising(), &undercomplete()};
  return table;
}

const Family& family(std::string_view name) {
  std::vector<std::string> names;
  for (const Family* candidate : families()) {
    if (name == candidate->name()) return *candidate;
    names.emplace_back(candidate->name());
  }
  throw Error(ErrorCode::usage, core::unknown_name("kind of network", name, names));
}

nn::Graph build(const Architecture& architecture) {
  validate(architecture);
  return family(architecture.kind).build(architecture);
}

}  // namespace aedenoise::model
