// idx, .npy and .csv: bytes as other programs write them, and every way in which they can be wrong.
#include "io/matrix.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

using Sizes = std::vector<std::int64_t>;

class MatrixFiles : public testing::Test {
 protected:
  MatrixFiles() { std::filesystem::create_directories(folder_); }
  ~MatrixFiles() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  // The message, without the path it must begin with.
  std::string refusal(const std::string& name, const std::string& bytes, const Limits& limits = {}) const {
    const std::filesystem::path path = write(name, bytes);
    try {
      read_matrix(path, limits);
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with(path.string() + ": ")) << message;
      return message.substr(path.string().size() + 2);
    }
    return "was read";
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("aedenoise_matrix_" + std::to_string(getpid()));
};

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

std::string gzip(const std::string& plain) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

// Two images of 2 x 3 bytes.
std::string idx_images() {
  return bytes(
      {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255});
}

// What numpy.save writes: the header padded with spaces to a multiple of 64 bytes.
std::string npy(const std::string& dictionary, const std::string& data) {
  std::string text = dictionary;
  while ((10 + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  return bytes({0x93}) + "NUMPY" +
         bytes({1, 0, static_cast<int>(text.size()) & 255, static_cast<int>(text.size()) >> 8}) + text + data;
}

template <typename T>
std::string raw(std::initializer_list<T> values) {
  std::string out(values.size() * sizeof(T), '\0');
  std::memcpy(out.data(), std::data(values), out.size());
  return out;
}

std::string dictionary(const std::string& descr, const std::string& shape, const char* fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

TEST_F(MatrixFiles, IdxPlainAndCompressedAreTheSame) {
  for (const std::string& content : {idx_images(), gzip(idx_images())}) {
    const auto path = write("images", content);
    EXPECT_TRUE(is_matrix_file(path));
    const Matrix matrix = read_matrix(path);
    EXPECT_EQ(matrix.sizes, (Sizes{2, 2, 3}));
    EXPECT_EQ(matrix.values, (std::vector<float>{0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255}));
    EXPECT_EQ(matrix.full_scale, 255.0);
    EXPECT_EQ(matrix.sample_values(), 6);
  }
}

TEST_F(MatrixFiles, IdxNumbersAreBigEndian) {
  const std::string int32 = bytes({0, 0, 0x0C, 1, 0, 0, 0, 2, 0, 1, 0, 0, 255, 255, 255, 254});
  EXPECT_EQ(read_matrix(write("a", int32)).values, (std::vector<float>{65536.0F, -2.0F}));
  const std::string float32 = bytes({0, 0, 0x0D, 1, 0, 0, 0, 1, 0x3F, 0xC0, 0, 0});
  EXPECT_EQ(read_matrix(write("a", float32)).values, std::vector<float>{1.5F});
}

TEST_F(MatrixFiles, IdxOfWrongSizeIsRefusedBeforeMemoryIsTaken) {
  const std::string whole = idx_images();
  EXPECT_EQ(refusal("a", whole.substr(0, 27)), "truncated: image data ends early");
  EXPECT_EQ(refusal("a", whole + "x"), "holds more data than its header says");
  EXPECT_EQ(refusal("a", gzip(whole + "x")), "holds more data than its header says");
  EXPECT_EQ(refusal("a", gzip(whole.substr(0, 27))), "truncated: image data ends early");
  EXPECT_EQ(refusal("a", gzip(whole).substr(0, 30)), "truncated: image data ends early");
  EXPECT_EQ(refusal("a", gzip(whole) + "surplus"), "damaged: something follows the gzip data");
  std::string damaged = gzip(whole);
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // of the checksum
  EXPECT_EQ(refusal("a", damaged), "damaged: its gzip checksum does not match its content");
  // 2^30 values of 8 bytes claimed by a file of 16: were they allocated, this would fail or take long.
  const std::string huge = bytes({0, 0, 0x0E, 2, 0, 0, 0x80, 0, 0, 0, 0x80, 0});
  EXPECT_EQ(refusal("a", huge), "truncated: image data ends early");
  EXPECT_EQ(refusal("a", gzip(huge)), "truncated: image data ends early");
  EXPECT_EQ(refusal("a", bytes({0,   0,   8,   4,   255, 255, 255, 255, 255, 255,
                                255, 255, 255, 255, 255, 255, 1,   1,   1,   1})),
            "claims impossible sizes: 4294967295 x 4294967295 x 4294967295 x 16843009");
  EXPECT_EQ(refusal("a", whole, {.max_pixels = 11, .max_input_bytes = 1000}),
            "has 12 values, more than the limit of 11");
  EXPECT_EQ(refusal("a", bytes({0, 0, 8, 1, 0, 0, 0, 0})), "has no values: its sizes are 0");
  EXPECT_EQ(refusal("a", bytes({0, 0, 10, 1, 0, 0, 0, 0})), "is an idx file of an unknown type 10");
}

TEST_F(MatrixFiles, NpyTypesAndOrders) {
  const auto values = [&](const std::string& descr, const std::string& data) {
    return read_matrix(write("a.npy", npy(dictionary(descr, "(2,)"), data))).values;
  };
  const std::vector<float> expected{3.0F, -2.0F};
  EXPECT_EQ(values("<f4", raw<float>({3.0F, -2.0F})), expected);
  EXPECT_EQ(values("<f8", raw<double>({3.0, -2.0})), expected);
  EXPECT_EQ(values("<f2", bytes({0x00, 0x42, 0x00, 0xC0})), expected);
  EXPECT_EQ(values("|i1", raw<std::int8_t>({3, -2})), expected);
  EXPECT_EQ(values("<i2", raw<std::int16_t>({3, -2})), expected);
  EXPECT_EQ(values("<i4", raw<std::int32_t>({3, -2})), expected);
  EXPECT_EQ(values("<i8", raw<std::int64_t>({3, -2})), expected);
  EXPECT_EQ(values("<u2", raw<std::uint16_t>({3, 65535})), (std::vector<float>{3.0F, 65535.0F}));
  EXPECT_EQ(values("|b1", bytes({1, 0})), (std::vector<float>{1.0F, 0.0F}));
  const Matrix c =
      read_matrix(write("a.npy", npy(dictionary("<f4", "(2, 3)"), raw<float>({0, 1, 2, 3, 4, 5}))));
  EXPECT_EQ(c.sizes, (Sizes{2, 3}));
  // numpy.asfortranarray([[0, 1, 2], [3, 4, 5]]) lies in memory as 0 3 1 4 2 5.
  const Matrix f =
      read_matrix(write("a.npy", npy(dictionary("<f4", "(2, 3)", "True"), raw<float>({0, 3, 1, 4, 2, 5}))));
  EXPECT_EQ(f.values, c.values);
}

TEST_F(MatrixFiles, NpyThatCannotBeReadSaysWhy) {
  EXPECT_EQ(refusal("a.npy", npy(dictionary(">f4", "(1,)"), "xxxx")),
            "holds big-endian numbers (dtype >f4); save it with .astype('<f4')");
  EXPECT_EQ(refusal("a.npy", npy(dictionary("|O", "(1,)"), "xxxx")),
            "holds Python objects (dtype object), not numbers; save it with .astype('float32')");
  EXPECT_EQ(
      refusal("a.npy", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "xxxx")),
      "holds records with named fields, not plain numbers");
  EXPECT_EQ(refusal("a.npy", npy(dictionary("<c8", "(1,)"), "xxxxxxxx")),
            "holds values of dtype '<c8', which is not read; save it with .astype('float32')");
  EXPECT_EQ(refusal("a.npy", npy(dictionary("<f4", "()"), "xxxx")), "holds a single number, not a table");
  EXPECT_EQ(refusal("a.npy", npy(dictionary("<f4", "(2, 3)"), "xxxx")),
            "holds 4 bytes of data, its header says 2 x 3 of float32");
  EXPECT_EQ(refusal("a.npy", npy(dictionary("<f4", "(4294967296, 4294967296, 16)"), "xxxx")),
            "claims impossible sizes: 4294967296 x 4294967296 x 16");
  EXPECT_EQ(refusal("a.npy", npy(dictionary("<f4", "(1, 2)"), raw<float>({1.0F, NAN}))),
            "holds a value that is not finite: number 1 of sample 0 (counted from 0)");
  EXPECT_EQ(refusal("a.npy", npy("{'descr': '<f4', 'shape': (1,), }", "xxxx")),
            "has a header that is not NumPy's");
  EXPECT_EQ(refusal("a.npy",
                    npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "xxxx")),
            "has a header that is not NumPy's");
  const std::string whole = npy(dictionary("<f4", "(1,)"), raw<float>({1.0F}));
  for (std::size_t size = 6; size < whole.size(); ++size)
    EXPECT_NE(refusal("a.npy", whole.substr(0, size)), "was read");
}

TEST_F(MatrixFiles, CsvWithAndWithoutNames) {
  const std::vector<float> expected{1.0F, -2.5F, 3000.0F, 0.0F};
  for (const char* text : {"1,-2.5\n3e3,0\n", "a,b\r\n1,-2.5\r\n3e3,0\r\n",
                           "\xEF\xBB\xBF"
                           "1;-2.5\n3e3; 0",
                           "\"first\"\t\"second\"\n1\t\"-2.5\"\n\n+3000\t0\n"}) {
    const Matrix matrix = read_matrix(write("a.csv", text));
    EXPECT_EQ(matrix.sizes, (Sizes{2, 2})) << text;
    EXPECT_EQ(matrix.values, expected) << text;
  }
}

// As data frames and numpy.savetxt write them.
TEST_F(MatrixFiles, CsvWithRowNamesAndComments) {
  const std::vector<float> expected{1.0F, -2.5F, 3000.0F, 0.0F};
  for (const char* text : {",0,1\n0,1,-2.5\n1,3e3,0\n", "\"\",a,b\nx,1,-2.5\ny,3e3,0\n"}) {
    const Matrix matrix = read_matrix(write("a.csv", text));
    EXPECT_EQ(matrix.sizes, (Sizes{2, 2})) << text;
    EXPECT_EQ(matrix.values, expected) << text;
    EXPECT_EQ(matrix.notes.size(), 1U);
  }
  const Matrix commented = read_matrix(write("a.tsv", "# a b\n1\t-2.5\n# more\n3e3\t0\n"));
  EXPECT_EQ(commented.values, expected);
  EXPECT_TRUE(commented.notes.empty());
}

TEST_F(MatrixFiles, CsvThatCannotBeReadSaysWhere) {
  EXPECT_EQ(refusal("a.csv", "1,2\n3\n"), "line 2 has 1 values, line 1 has 2");
  EXPECT_EQ(refusal("a.csv", "a,b\n1,2\n3,4,5\n"), "line 3 has 3 values, line 1 has 2");
  EXPECT_EQ(refusal("a.csv", "1,2\n3,x\n"), "line 2, column 2: 'x' is no finite number");
  EXPECT_EQ(refusal("a.csv", "1,2\nnan,4\n"), "line 2, column 1: 'nan' is no finite number");
  EXPECT_EQ(refusal("a.csv", "1,2\n1e99,4\n"), "line 2, column 1: '1e99' is no finite number");
  EXPECT_EQ(refusal("a.csv", "1,2\n,4\n"), "line 2, column 1 is empty");
  EXPECT_EQ(refusal("a.csv", ",2,3\n4,5,6\n"), "line 1, column 1 is empty");
  EXPECT_EQ(refusal("a.csv", "a,b\n"), "holds no numbers");
  EXPECT_EQ(refusal("a.txt", "1,2\n"), "is not an idx, .npy, .csv or .tsv file");
}

TEST_F(MatrixFiles, WrittenFilesComeBack) {
  const Sizes sizes{2, 3};
  const std::vector<float> values{0.1F, -1e-30F, 3.4e38F, 1.0F / 3.0F, -0.0F, 16777217.0F};
  for (const char* name : {"a.npy", "a.csv"}) {
    write_matrix(folder_ / name, sizes, values);
    const Matrix matrix = read_matrix(folder_ / name);
    EXPECT_EQ(matrix.sizes, sizes);
    EXPECT_EQ(matrix.values, values) << name;
  }
  // The bytes numpy.save writes for numpy.arange(6, dtype='float32').reshape(2, 3).
  write_matrix(folder_ / "b.npy", sizes, std::vector<float>{0, 1, 2, 3, 4, 5});
  std::ifstream file(folder_ / "b.npy", std::ios::binary);
  const std::string written{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(written, npy(dictionary("<f4", "(2, 3)"), raw<float>({0, 1, 2, 3, 4, 5})));
  EXPECT_THROW(write_matrix(folder_ / "a.txt", sizes, values), Error);
}

}  // namespace
}  // namespace aedenoise::io
