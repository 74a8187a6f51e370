// "Did you mean": the nearest of the valid names, for error messages about unknown names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aedenoise::core {

// The candidate with the smallest edit distance to `name` (first of equals); empty when there are no
// candidates.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

// "unknown WHAT 'NAME'; did you mean 'NEAREST'? (known: A, B, C)": one sentence for Error{usage}.
std::string unknown_name(std::string_view what, std::string_view name,
                         std::span<const std::string> candidates);

}  // namespace aedenoise::core
