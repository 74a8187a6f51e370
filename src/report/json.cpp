#include "report/json.h"

#include <cmath>

#include "report/destination.h"

namespace aedenoise::report {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

void write_json(const Json& json, const std::string& destination) {
  // Paths need not be UTF-8; what is not is replaced rather than refused.
  write_text(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", destination);
}

}  // namespace aedenoise::report
