#include "io/nifti_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "aedenoise/error.h"
#include "core/text.h"
#include "io/nifti.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPacked = ".gz";

bool ends_with(const std::string& name, const std::string& end) { return core::lower(name).ends_with(end); }

// A name taken apart: "scan", ".img", packed or not.
struct Name {
  std::string stem;
  std::string kind;
  std::string packed;
};

Name split(const fs::path& path) {
  constexpr std::size_t kKind = 4;
  std::string name = path.string();
  Name out;
  if (ends_with(name, kPacked)) {
    out.packed = name.substr(name.size() - 3);
    name.resize(name.size() - 3);
  }
  const bool known = name.size() > kKind && (ends_with(name, ".hdr") || ends_with(name, ".img"));
  out.kind = known ? name.substr(name.size() - kKind) : "";
  out.stem = name.substr(0, name.size() - out.kind.size());
  return out;
}

// The same name with another kind, in its capitals or not.
std::string like(const std::string& kind, const char* lower, const char* upper) {
  return std::isupper(static_cast<unsigned char>(kind[1])) != 0 ? upper : lower;
}

// The first that exists of one kind beside the other, packed like it or not; empty when there is none.
fs::path find_beside(const Name& name, const std::string& kind) {
  std::error_code ignored;
  for (const std::string& packed : {name.packed, std::string(name.packed.empty() ? kPacked : "")}) {
    fs::path path = name.stem + kind + packed;
    if (fs::exists(path, ignored)) return path;
  }
  return {};
}

}  // namespace

NiftiFiles nifti_files(const fs::path& path) {
  const Name name = split(path);
  if (name.kind.empty()) return {path, path};
  return {name.stem + like(name.kind, ".hdr", ".HDR") + name.packed,
          name.stem + like(name.kind, ".img", ".IMG") + name.packed};
}

fs::path find_nifti_samples(const fs::path& header) {
  const Name name = split(header);
  const std::string kind = name.kind.empty() ? ".img" : like(name.kind, ".img", ".IMG");
  fs::path found = find_beside(name, kind);
  if (found.empty()) {
    throw Error(ErrorCode::data, "is the header of a pair whose other file, " +
                                     fs::path(name.stem + kind).filename().string() + ", is missing");
  }
  return found;
}

fs::path nifti_header_of(const fs::path& path) {
  const Name name = split(path);
  if (!ends_with(name.kind, ".img")) return path;
  const fs::path found = find_beside(name, like(name.kind, ".hdr", ".HDR"));
  return found.empty() ? path : found;
}

}  // namespace aedenoise::io
