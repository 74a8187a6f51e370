#include "report/html.h"

#include <charconv>

#include "aedenoise/error.h"
#include "core/sha256.h"
#include "report/embedded.h"

namespace aedenoise::report {
namespace {

std::string part(const std::string& name) {
  for (const core::EmbeddedFile& file : embedded_files()) {
    if (file.name == name) return {file.bytes.begin(), file.bytes.end()};
  }
  throw Error(ErrorCode::internal, "no part of a page is called '" + name + "'");
}

// How a policy names the one script or style that it allows.
std::string policy_hash(const std::string& text) {
  const std::string hex = core::sha256_hex(text);
  core::Bytes bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, bytes[i], 16);
  }
  return "'sha256-" + base64(bytes) + "'";
}

core::AtomicFile opened(const std::string& path) {
  try {
    return core::AtomicFile(path);
  } catch (const Error& error) {
    throw error.within(path);
  }
}

}  // namespace

std::string html_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < count ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= count ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

std::string data_uri(const std::string& type, std::span<const std::uint8_t> bytes) {
  return "data:" + type + ";base64," + base64(bytes);
}

std::string script_json(const Json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {  // only within strings; otherwise "</script>" could end the element
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

HtmlPage::HtmlPage(std::string path, const std::string& kind, const std::string& title)
    : path_(std::move(path)),
      script_(part("common") + part("atlas") + part(kind + "_script")),
      file_(opened(path_)) {
  const std::string style = part("style");
  write(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src " +
      policy_hash(style) + "; script-src " + policy_hash(script_) +
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      html_escaped(title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n" +
      part(kind + "_body"));
}

void HtmlPage::data(const std::string& id, const std::string& json) {
  write("<script type=\"application/json\" id=\"" + id + "\">" + json + "</script>\n");
}

void HtmlPage::commit() {
  write("<script>" + script_ + "</script>\n</body>\n</html>\n");
  try {
    file_.commit();
  } catch (const Error& error) {
    throw error.within(path_);
  }
}

void HtmlPage::write(const std::string& text) {
  try {
    file_.write(text);
  } catch (const Error& error) {
    throw error.within(path_);
  }
}

}  // namespace aedenoise::report
