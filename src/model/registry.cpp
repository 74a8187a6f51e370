// The families there are. Adding one: its file, and a line in the table.
#include <array>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "model/architecture.h"
#include "model/codec.h"
#include "model/contractive.h"
#include "model/denoising.h"
#include "model/jumprelu.h"
#include "model/sparse.h"
#include "model/undercomplete.h"
#include "model/vae.h"

namespace aedenoise::model {

std::span<const Family* const> families() {
  static const auto table = std::to_array<const Family*>({
      &denoising(),
      &undercomplete(),
      &sparse(),
      &jumprelu(),
      &contractive(),
      &vae(),
      &codec(),
  });
  return table;
}

bool Family::knows(std::string_view setting) const {
  return (" " + settings() + " ").find(" " + std::string(setting) + " ") != std::string::npos;
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
