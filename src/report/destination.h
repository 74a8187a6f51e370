// Where results of text go.
#pragma once

#include <string>

namespace aedenoise::report {

// Writes `text` to a file, whole or not at all, or for "-" to standard output. Error{io} that begins with the
// destination.
void write_text(const std::string& text, const std::string& destination);

}  // namespace aedenoise::report
