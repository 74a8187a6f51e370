// JSON results: values in the order they were added, written to a file or standard output.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace aedenoise::report {

using Json = nlohmann::ordered_json;

// The number, or null when JSON has no word for it (infinity, NaN).
Json number(double value);

// Writes `json` to `destination`, "-" for standard output, with a newline at the end. A file is written as a
// whole or not at all. Error{io} that begins with the destination.
void write_json(const Json& json, const std::string& destination);

}  // namespace aedenoise::report
