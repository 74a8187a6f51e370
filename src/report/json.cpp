#include "report/json.h"

#include <cmath>
#include <cstdio>

#include "aedenoise/error.h"
#include "core/file.h"

namespace aedenoise::report {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

void write_json(const Json& json, const std::string& destination) {
  // Paths need not be UTF-8; what is not is replaced rather than refused.
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
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
