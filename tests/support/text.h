// What tests ask of messages.
#pragma once

#include <string>

namespace aedenoise::test {

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace aedenoise::test
