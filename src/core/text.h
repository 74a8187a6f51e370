// Numbers as people read them.
#pragma once

#include <string>

namespace aedenoise::core {

// With so many significant digits, without trailing zeros: "0.01234", "1.5e+09".
std::string significant(double value, int digits = 4);

}  // namespace aedenoise::core
