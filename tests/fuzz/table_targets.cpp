// idx, .npy and .csv.
#include <array>
#include <bit>
#include <cstring>

#include "fuzz/target.h"
#include "io/matrix.h"

namespace aedenoise::fuzz {
namespace {

namespace fs = std::filesystem;

// A table that was read comes back from an .npy file.
bool read_and_write(const fs::path& path) {
  io::Matrix matrix;
  if (!attempt([&] { matrix = io::read_matrix(path, kSmall); })) return false;
  std::int64_t count = 1;
  for (const std::int64_t size : matrix.sizes) count *= size;
  expect(count == std::ssize(matrix.values), "not as many values as the sizes say");
  attempt([&] {
    const fs::path copy = path.parent_path() / "copy.npy";
    io::write_matrix(copy, matrix.sizes, matrix.values);
    const io::Matrix again = io::read_matrix(copy, kSmall);
    expect(again.sizes == matrix.sizes && again.values == matrix.values, "written and read, it is another");
  });
  return true;
}

std::vector<Bytes> npy_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& [type, order, shape, bytes] : {std::tuple{"<f4", "False", "(2, 3)", 24},
                                                  {"<f8", "True", "(2, 3)", 48},
                                                  {"|u1", "False", "(6,)", 6},
                                                  {"<u2", "False", "(1, 2, 3)", 12},
                                                  {"<i8", "False", "(2,)", 16},
                                                  {"|b1", "False", "(3, 1)", 3},
                                                  {"<f2", "False", "(4,)", 8}}) {
    std::string text =
        std::string("{'descr': '") + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
    text.append(63 - (10 + text.size()) % 64, ' ');
    text += '\n';
    Bytes seed{0x93,
               'N',
               'U',
               'M',
               'P',
               'Y',
               1,
               0,
               static_cast<std::uint8_t>(text.size()),
               static_cast<std::uint8_t>(text.size() >> 8U)};
    seed.insert(seed.end(), text.begin(), text.end());
    for (int i = 0; i < bytes; ++i) seed.push_back(static_cast<std::uint8_t>(type[1] == 'b' ? i % 2 : i));
    seeds.push_back(seed);
  }
  return seeds;
}

std::vector<Bytes> csv_seeds() {
  return {bytes_of("1,2,3\n4,5,6\n"), bytes_of("height;width\r\n1.5;-2e3\r\n0;3\r\n"),
          bytes_of("a\tb\n1\t2\n"), bytes_of("\"name\",b\n1,2\n"),
          bytes_of("\xEF\xBB\xBF"
                   "7\n8")};
}

std::vector<Bytes> idx_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& [type, width] : {std::pair{8, 1}, {9, 1}, {11, 2}, {12, 4}, {13, 4}, {14, 8}}) {
    Bytes seed{0, 0, static_cast<std::uint8_t>(type), 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3};
    for (int i = 0; i < 6 * width; ++i) seed.push_back(static_cast<std::uint8_t>(i));
    seeds.push_back(seed);
  }
  return seeds;
}

constexpr std::array kTableTargets{
    Target{"npy", npy_seeds, [](const Bytes& bytes) { return read_and_write(put("a.npy", bytes)); }},
    Target{"csv", csv_seeds, [](const Bytes& bytes) { return read_and_write(put("a.csv", bytes)); }},
    Target{"idx", idx_seeds, [](const Bytes& bytes) { return read_and_write(put("a.idx", bytes)); }}};

}  // namespace

std::span<const Target> table_targets() { return kTableTargets; }

}  // namespace aedenoise::fuzz
