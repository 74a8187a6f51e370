#include "report/csv.h"

#include "aedenoise/error.h"
#include "core/file.h"

namespace aedenoise::report {

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void write_csv(const std::string& path, const std::string& lines) {
  try {
    core::AtomicFile file(path);
    file.write(lines);
    file.commit();
  } catch (const Error& error) {
    throw error.within(path);
  }
}

}  // namespace aedenoise::report
