// The one exception type of aedenoise: a code, which decides the program's exit status, and a sentence for a
// person.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "aedenoise/export.h"

namespace aedenoise {

enum class ErrorCode {
  usage,        // the caller asked for something that does not exist or contradicts itself (exit 2)
  data,         // an input's content is missing, damaged or unsupported (exit 3)
  io,           // the system refused to read or write (exit 3)
  resource,     // a limit on memory, pixels or bytes would be exceeded (exit 4)
  interrupted,  // stopped by a signal (exit 130)
  internal,     // a broken promise inside aedenoise: a bug (exit 3)
};

class AEDENOISE_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }
  // The same error with "context: " in front, for outer layers that know the file's name.
  Error within(const std::string& context) const { return {code_, context + ": " + what()}; }

 private:
  ErrorCode code_;
};

}  // namespace aedenoise
