// HTML pages of one file that need nothing else: styles, script, data and pictures are inside, and a content
// security policy lets nothing be loaded or run that came with file names or messages.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/file.h"
#include "report/json.h"

namespace aedenoise::report {

// Text as HTML shows it, also inside quotes.
std::string html_escaped(const std::string& text);

std::string base64(std::span<const std::uint8_t> bytes);

// "data:image/jpeg;base64,...".
std::string data_uri(const std::string& type, std::span<const std::uint8_t> bytes);

// JSON that may stand inside a script element; what is not UTF-8 is replaced.
std::string script_json(const Json& json);

// Appears, whole, at commit(); without that nothing does. Errors are Error{io} that begin with the path.
class HtmlPage {
 public:
  // `kind`: which page of src/report/page: its body is KIND_body.html, its script KIND_script.js
  // after common.js
  // and atlas.js.
  HtmlPage(std::string path, const std::string& kind, const std::string& title);

  // An element that scripts find by its `id` (letters and digits), with `json`, as script_json() gives it.
  void data(const std::string& id, const std::string& json);

  void commit();

 private:
  void write(const std::string& text);

  std::string path_;
  std::string script_;
  core::AtomicFile file_;
};

}  // namespace aedenoise::report
