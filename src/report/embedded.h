// The parts of HTML pages compiled into this binary, from src/report/page.
#pragma once

#include "core/embedded.h"

namespace aedenoise::report {

std::span<const core::EmbeddedFile> embedded_files();

}  // namespace aedenoise::report
