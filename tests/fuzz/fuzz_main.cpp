// The libFuzzer program: fuzz TARGET [FOLDER of examples] [-libFuzzer=options]; fuzz TARGET --seeds FOLDER
// writes examples to begin with; fuzz --list names the targets.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fuzz/target.h"

namespace {

using namespace aedenoise;

fuzz::Target chosen;

[[noreturn]] void list(int code) {
  for (const fuzz::Target& target : fuzz::targets()) std::puts(target.name);
  std::exit(code);
}

[[noreturn]] void write_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const core::Bytes& seed : chosen.seeds())
    core::write_file(folder / (std::string("seed") + std::to_string(number++)), seed);
  std::exit(0);
}

}  // namespace

// Takes the name out of the arguments before libFuzzer reads them.
extern "C" int LLVMFuzzerInitialize(int* count, char*** words) {
  char** const argv = *words;
  if (*count < 2 || std::strcmp(argv[1], "--list") == 0) list(*count < 2 ? 2 : 0);
  for (const fuzz::Target& target : fuzz::targets())
    if (std::strcmp(target.name, argv[1]) == 0) chosen = target;
  if (chosen.name == nullptr) list(2);
  if (*count == 4 && std::strcmp(argv[2], "--seeds") == 0) write_seeds(argv[3]);
  argv[1] = argv[0];
  *words = argv + 1;
  --*count;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen.run({data, data + size});
  return 0;
}
