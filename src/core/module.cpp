#include "core/module.h"

#include <dlfcn.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "aedenoise/error.h"

namespace aedenoise::core {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> search_folders() {
  std::vector<fs::path> bases;
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) bases.push_back(program.parent_path());
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&load_module_address), &info) != 0 && info.dli_fname != nullptr) {
    const auto library = fs::weakly_canonical(info.dli_fname, ignored);
    if (!library.empty()) bases.push_back(library.parent_path());
  }
  std::vector<fs::path> folders;
  for (const auto& base : bases) {
    for (const char* place : {"modules", "../modules", "aedenoise", "../lib/aedenoise"}) {
      folders.push_back(base / place);
    }
  }
  return folders;
}

void* open_module(const std::string& name) {
  const std::string file = "aedenoise_" + name + ".so";
  std::error_code ignored;
  for (const auto& folder : search_folders()) {
    const auto candidate = folder / file;
    if (!fs::exists(candidate, ignored)) continue;
    void* handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) return handle;
    throw Error(ErrorCode::io, "the module '" + name + "' cannot be loaded: " + dlerror());
  }
  throw Error(ErrorCode::io, "the module '" + name + "' (" + file + ") is missing from this installation");
}

}  // namespace

const void* load_module_address(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, const void*> loaded;
  const std::scoped_lock lock(mutex);
  const auto known = loaded.find(name);
  if (known != loaded.end()) return known->second;
  void* handle = open_module(name);
  using Entry = const void* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(handle, ("aedenoise_" + name + "_module").c_str()));
  const void* interface = entry == nullptr ? nullptr : entry();
  if (interface == nullptr) {
    throw Error(ErrorCode::io, "the module '" + name + "' does not belong to this version of aedenoise");
  }
  loaded.emplace(name, interface);
  return interface;
}

}  // namespace aedenoise::core
