#include "report/destination.h"

#include <cstdio>

#include "aedenoise/error.h"
#include "core/file.h"

namespace aedenoise::report {

void write_text(const std::string& text, const std::string& destination) {
  if (destination == "-") {
    const bool written =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (!written) throw Error(ErrorCode::io, "standard output: cannot be written");
    return;
  }
  try {
    core::AtomicFile file(destination);
    file.write(text);
    file.commit();
  } catch (const Error& error) {
    throw error.within(destination);
  }
}

}  // namespace aedenoise::report
