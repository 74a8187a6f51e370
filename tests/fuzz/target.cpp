#include "fuzz/target.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "io/parts.h"
#include "io/samples.h"

// For the leak sanitizer, where there is one: ITK's NRRD library keeps what it had taken when samples cannot
// be read.
extern "C" [[gnu::visibility("default")]] const char* __lsan_default_suppressions();  // NOLINT
const char* __lsan_default_suppressions() { return "leak:libITKNrrdIO"; }             // NOLINT

namespace aedenoise::fuzz {
namespace {

namespace fs = std::filesystem;

// Removed when the process ends.
struct Folder {
  Folder() {
    std::error_code none;
    const fs::path memory = "/dev/shm";
    const fs::path base = fs::is_directory(memory, none) ? memory : fs::temp_directory_path();
    std::string pattern = (base / "aedenoise_fuzz_XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  fs::path path;
};

std::string refusal;

}  // namespace

std::vector<Target> targets() {
  std::vector<Target> all;
  for (const auto& some :
       {picture_targets(), volume_targets(), table_targets(), model_targets(), compressed_targets()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

void expect(bool holds, const char* what) {
  if (!holds) throw Finding(what);
}

bool attempt(const std::function<void()>& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) throw Finding(std::string("internal error: ") + error.what());
    refusal = error.what();
    expect(refusal.size() > 8, "an error without a sentence");
    return false;
  }
}

const std::string& last_refusal() { return refusal; }

fs::path put(const std::string& name, std::span<const std::uint8_t> bytes) {
  static const Folder folder;
  const fs::path path = folder.path / name;
  if (path.has_parent_path()) fs::create_directories(path.parent_path());
  core::write_file(path, bytes);
  return path;
}

bool same_values(const Image& a, const Image& b) {
  const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  return a.width == b.width && a.height == b.height && a.depth == b.depth && a.channels == b.channels &&
         std::ranges::equal(a.values, b.values, {}, bits, bits);
}

void split_and_join(const fs::path& path, const std::string& joined) {
  attempt([&] {
    const io::FileParts parts = io::split_parts({{path}, {}, {}}, kSmall);
    const fs::path back = path.parent_path() / joined;
    io::join_parts(parts, {back}, {});
    const io::FileParts again = io::split_parts({{back}, {}, {}}, kSmall);
    expect(again.samples.values == parts.samples.values, "joined, the stored samples are others");
  });
}

io::Document example(int channels, int width, int height, DataType type, int depth) {
  io::Document document;
  Image& image = document.image;
  image.channels = channels;
  image.width = width;
  image.height = height;
  image.depth = depth;
  image.datatype = type;
  image.high = io::is_float(type) ? 1.0 : io::bytes_per_sample(type) == 1 ? 255.0 : 65535.0;
  const float high = static_cast<float>(image.high);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const auto x = static_cast<float>(i % static_cast<std::size_t>(width));
    const float value = high * (0.5F + 0.3F * std::sin(0.7F * x) + (i % 11 < 4 ? 0.15F : 0.0F));
    image.values.push_back(io::is_float(type) ? value : std::round(value));
  }
  return document;
}

}  // namespace aedenoise::fuzz
