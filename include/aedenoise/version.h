// Which aedenoise this is.
#pragma once

#include "aedenoise/export.h"

namespace aedenoise {

// The project's version, for example "0.1.0".
AEDENOISE_API const char* version();

// The version and the commit it was built from, for example "0.1.0 (3f2a91c)", with "+" after the commit when
// the sources were changed since; just the version when it was not built in a git checkout.
AEDENOISE_API const char* build_version();

}  // namespace aedenoise
