// Standard normals in batches that stay in cache, for noise models that need one or more per value.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/rng.h"

namespace aedenoise::imaging {

// Calls apply(part, normals) for successive parts of `values`, with `Each` normals for every value.
template <std::size_t Each, typename Apply>
void with_normals(std::span<float> values, core::Rng& rng, Apply apply) {
  constexpr std::size_t kPart = 1024;
  std::array<float, kPart * Each> normals;
  for (std::size_t start = 0; start < values.size(); start += kPart) {
    const auto part = values.subspan(start, std::min(kPart, values.size() - start));
    rng.fill_normal(normals.data(), static_cast<std::int64_t>(part.size() * Each));
    apply(part, normals.data());
  }
}

}  // namespace aedenoise::imaging
