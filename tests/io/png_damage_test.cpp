#include <gtest/gtest.h>
#include <sys/resource.h>

#include "aedenoise/error.h"
#include "io/format.h"
#include "io/png.h"
#include "io/png_reference.h"
#include "support/text.h"

namespace aedenoise::io {
namespace {

using test::ReferencePng;

ReferencePng small_png(int colour = 0, int depth = 8) {
  ReferencePng png{5, 4, depth, colour, false, {{"IDAT", {}}}, {}, {}};
  if (colour == 3) png.chunks.insert(png.chunks.begin(), {"PLTE", core::Bytes(12, 3)});
  png.samples = test::random_samples(png, colour == 3 ? 4 : 1U << static_cast<unsigned>(depth), 3);
  return png;
}

// The message of the Error that reading must throw, or what happened instead.
std::string failure(const core::Bytes& bytes, ErrorCode code = ErrorCode::data, const Limits& limits = {}) {
  try {
    png_format().read(bytes, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "was read";
}

TEST(PngDamage, EveryPrefixIsRefused) {
  for (const int colour : {0, 3, 6}) {
    const core::Bytes whole = test::build_png(small_png(colour));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const core::Bytes prefix(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string message = failure(prefix);
      EXPECT_TRUE(test::contains(message, "truncated")) << size << ": " << message;
    }
  }
}

TEST(PngDamage, EveryChangedByteIsNoticed) {
  const core::Bytes whole = test::build_png(small_png(3));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int mask : {0x01, 0x20, 0x80, 0xFF}) {
      core::Bytes bytes = whole;
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ mask);
      EXPECT_NE(failure(bytes), "was read") << "byte " << i;
    }
  }
}

// With the checksum repaired, damage reaches the code behind it; under sanitizers this finds what a crash
// would.
TEST(PngDamage, EveryChangedByteWithARepairedChecksumIsAnErrorOrAnImage) {
  for (const int colour : {2, 3}) {
    ReferencePng png = small_png(colour);
    png.chunks.insert(png.chunks.end() - 1, {"tRNS", colour == 2 ? core::Bytes(6, 0) : core::Bytes(4, 9)});
    const core::Bytes whole = test::build_png(png);
    for (std::size_t start = 8; start + 12 <= whole.size();) {
      std::uint32_t size = 0;
      for (int k = 0; k < 4; ++k) size = (size << 8U) | whole[start + static_cast<std::size_t>(k)];
      for (std::size_t i = 0; i < size; ++i) {
        for (const int mask : {0x01, 0x10, 0xFF}) {
          const auto at = whole.begin() + static_cast<std::ptrdiff_t>(start);
          core::Bytes data(at + 8, at + 8 + size);
          data[i] = static_cast<std::uint8_t>(data[i] ^ mask);
          core::Bytes bytes(whole.begin(), at);
          test::append_reference_chunk(bytes, std::string(at + 4, at + 8), data);
          bytes.insert(bytes.end(), at + 12 + size, whole.end());
          try {
            const Document document = png_format().read(bytes, {1000, 1000});
            png_format().write(document, document.image, DataType::uint8);
          } catch (const Error&) {  // also right
          }
        }
      }
      start += 12 + size;
    }
  }
}

TEST(PngDamage, MessagesSayWhatIsWrong) {
  core::Bytes bytes = test::build_png(small_png());
  core::Bytes bad = bytes;
  bad[bad.size() - 20] = static_cast<std::uint8_t>(bad[bad.size() - 20] ^ 1);
  EXPECT_TRUE(test::contains(failure(bad), "checksum of its 'IDAT'"));
  bad = bytes;
  bad.erase(bad.begin() + 4);
  EXPECT_TRUE(test::contains(failure(bad), "text mode"));

  ReferencePng png = small_png();
  png.chunks.clear();
  EXPECT_TRUE(test::contains(failure(test::build_png(png)), "no image data"));
  png = small_png(3);
  png.chunks.erase(png.chunks.begin());
  EXPECT_TRUE(test::contains(failure(test::build_png(png)), "palette is missing"));
  png = small_png();
  png.chunks.insert(png.chunks.begin(), {"ABCD", {}});
  EXPECT_TRUE(test::contains(failure(test::build_png(png)), "ABCD"));
  png = small_png();
  png.chunks = {{"IDAT", {}}, {"tEXt", {}}, {"IDAT", {}}};
  EXPECT_TRUE(test::contains(failure(test::build_png(png)), "not in one piece"));
  png = small_png();
  png.chunks.insert(png.chunks.begin(), {"acTL", core::Bytes(8, 0)});
  EXPECT_TRUE(test::contains(failure(test::build_png(png)), "animation"));
  png = small_png(3);
  png.samples[2] = 200;
  EXPECT_TRUE(test::contains(failure(test::build_png(png)), "palette does not have"));
}

TEST(PngDamage, MissingRowsAreTruncation) {
  // The image data is complete as a zlib stream but holds fewer rows than the header declares.
  ReferencePng png = small_png();
  core::Bytes bytes = test::build_png(png);
  core::Bytes header(bytes.begin() + 16, bytes.begin() + 29);
  header[7] = 40;  // height
  core::Bytes taller(bytes.begin(), bytes.begin() + 8);
  test::append_reference_chunk(taller, "IHDR", header);
  taller.insert(taller.end(), bytes.begin() + 33, bytes.end());
  EXPECT_TRUE(test::contains(failure(taller), "truncated"));
}

core::Bytes with_size(std::uint32_t width, std::uint32_t height) {
  core::Bytes bytes = test::build_png(small_png());
  core::Bytes header(bytes.begin() + 16, bytes.begin() + 29);
  for (int k = 0; k < 4; ++k) {
    header[static_cast<std::size_t>(k)] = static_cast<std::uint8_t>(width >> (24 - 8 * k));
    header[static_cast<std::size_t>(4 + k)] = static_cast<std::uint8_t>(height >> (24 - 8 * k));
  }
  core::Bytes out(bytes.begin(), bytes.begin() + 8);
  test::append_reference_chunk(out, "IHDR", header);
  out.insert(out.end(), bytes.begin() + 33, bytes.end());
  return out;
}

TEST(PngDamage, AbsurdSizesAreRefusedWithoutTheMemory) {
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_TRUE(test::contains(failure(with_size(0, 4)), "no pixels"));
  EXPECT_TRUE(test::contains(failure(with_size(4, 0)), "no pixels"));
  EXPECT_TRUE(test::contains(failure(with_size(30000, 30000)), "too short"));
  EXPECT_TRUE(test::contains(failure(with_size(0x7FFFFFFF, 0x7FFFFFFF), ErrorCode::resource), "limit"));
  EXPECT_TRUE(test::contains(
      failure(with_size(0x7FFFFFFF, 0x7FFFFFFF), ErrorCode::data, {~std::uint64_t{0}, 1000}), "too short"));
  EXPECT_TRUE(test::contains(failure(with_size(0xFFFFFFFF, 1)), "impossible"));
  EXPECT_TRUE(test::contains(failure(with_size(5, 4), ErrorCode::resource, {19, 1000}), "limit of 19"));
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 * 1024);
}

}  // namespace
}  // namespace aedenoise::io
