// Errors that name the file.
#pragma once

#include <filesystem>
#include <new>

#include "aedenoise/error.h"

namespace aedenoise::io {

// What `function` returns; its errors begin with the path, and running out of memory is one.
template <typename Function>
auto with_path(const std::filesystem::path& path, Function function) {
  try {
    return function();
  } catch (const Error& error) {
    throw error.within(path.string());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::resource, path.string() + ": needs more memory than there is");
  }
}

}  // namespace aedenoise::io
