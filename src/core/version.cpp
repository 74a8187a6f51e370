#include "aedenoise/version.h"

#include "aedenoise_version_text.h"

namespace aedenoise {

const char* version() { return AEDENOISE_VERSION; }

const char* build_version() { return AEDENOISE_BUILD_VERSION; }

}  // namespace aedenoise
