// Checks of what a caller asked for.
#pragma once

#include <string>

#include "aedenoise/error.h"

namespace aedenoise::core {

// Throws Error{usage} with this sentence unless it holds.
inline void require(bool holds, const std::string& sentence) {
  if (!holds) throw Error(ErrorCode::usage, sentence);
}

}  // namespace aedenoise::core
