// Every reader of bytes that a stranger may have made, as a function of bytes: what libFuzzer (fuzz_main.cpp)
// and the ordinary tests (mutation_test.cpp) both call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "aedenoise/error.h"
#include "core/file.h"
#include "io/format.h"

namespace aedenoise::fuzz {

using core::Bytes;

struct Target {
  const char* name;
  std::vector<Bytes> (*seeds)();  // valid inputs to begin with
  // Whether they were read. Anything but that and an Error that a person could get is a finding, which it
  // throws.
  bool (*run)(const Bytes& bytes);
};

std::span<const Target> picture_targets();
std::span<const Target> volume_targets();
std::span<const Target> table_targets();
std::span<const Target> model_targets();
std::span<const Target> compressed_targets();

// All of them.
std::vector<Target> targets();

// What a reader must not do: give something wrong, or an Error of the kind that means a bug.
class Finding : public std::logic_error {
  using std::logic_error::logic_error;
};
void expect(bool holds, const char* what);

// Runs `read`, which may also throw an Error that is no bug; whether it did not.
bool attempt(const std::function<void()>& read);
// What the last Error said.
const std::string& last_refusal();

// A path for the input in a folder of this process, in memory where the system has that, holding `bytes`.
std::filesystem::path put(const std::string& name, std::span<const std::uint8_t> bytes);

// No larger files or images are read, so that an input that passes them is a finding of the memory limit.
inline constexpr io::Limits kSmall{std::uint64_t{1} << 20U, std::uint64_t{1} << 20U};

inline Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// Whether both hold the same values bit for bit.
bool same_values(const Image& a, const Image& b);

// The stored integers of the file at `path`, as compressed files keep them, come back from a file `joined`
// beside it.
void split_and_join(const std::filesystem::path& path, const std::string& joined);

// A picture with an edge, of the type's usual range.
io::Document example(int channels, int width, int height, DataType type, int depth = 1);

}  // namespace aedenoise::fuzz
