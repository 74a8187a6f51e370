// CSV tables: RFC 4180 with line feeds.
#pragma once

#include <string>

namespace aedenoise::report {

// The text as a field: in quotes, its own doubled, where it holds a comma, a quote or a line end.
std::string csv_field(const std::string& text);

}  // namespace aedenoise::report
