// Run-time modules: parts of aedenoise that bring large libraries along and are opened only when a file needs
// them.
#pragma once

#include <string>

namespace aedenoise::core {

// Opens `aedenoise_NAME.so` on the first call and returns what its entry function, declared as
// `extern "C" const void* aedenoise_NAME_module()`, returns. It is searched for relative to the running
// program and to the library this code is part of: in `modules` beside it or one folder up (a build tree),
// then in `aedenoise` beside it and `../lib/aedenoise` (an installation). Modules stay open until the process
// ends. Safe from several threads. Throws Error{io} when it is missing or one of its own libraries is.
const void* load_module_address(const std::string& name);

// The same, as the interface both sides agreed on: load_module<io::RasterCodec>("raster").
template <typename Interface>
const Interface& load_module(const std::string& name) {
  return *static_cast<const Interface*>(load_module_address(name));
}

}  // namespace aedenoise::core
