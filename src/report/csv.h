// CSV tables: RFC 4180 with line feeds.
#pragma once

#include <string>

namespace aedenoise::report {

// The text as a field: in quotes, its own doubled, where it holds a comma, a quote or a line end.
std::string csv_field(const std::string& text);

// Writes lines to `path`, whole or not at all. Error{io} that begins with the path.
void write_csv(const std::string& path, const std::string& lines);

}  // namespace aedenoise::report
