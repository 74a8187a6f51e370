// Small files that declare hundreds of millions of pixels, in every format of pictures: refused in little
// memory. Volumes are in volumes_program_test.cpp, DICOM in dicom_program_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cli/program.h"
#include "io/png_reference.h"
#include "io/tiff_reference.h"

namespace aedenoise::cli_tests {
namespace {

constexpr std::uint32_t kDeclaredSide = 30000;

std::string as_text(const core::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string four_bytes(std::uint32_t value, bool big) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * (big ? 3 - i : i)));
  return out;
}

class HostileFiles : public testing::Test {
 protected:
  HostileFiles() {
    box_.write_model("gray.safetensors", 1);
    for (const std::string extension : {".png", ".jpg", ".bmp", ".webp", ".tif"})
      box_.write_image("small" + extension, 1, 32, 32);
  }

  Outcome denoise(const std::string& name) const {
    const std::string extension = name.substr(name.rfind('.'));
    return box_.run({"denoise", name, "-o", "out" + extension, "-m", "gray.safetensors", "-j", "1"});
  }
  void expect_refused(const std::string& name, const std::string& bytes, std::uint64_t allowed) const {
    box_.write(name, bytes);
    const std::vector<std::string> before = box_.files();
    const Outcome outcome = denoise(name);
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("aedenoise: " + name + ": ")) << outcome.err;
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_LT(outcome.peak_bytes, allowed) << name;
    EXPECT_EQ(box_.files(), before);
  }
  // `bytes` with `change` from `at` on.
  static std::string patched(std::string bytes, std::size_t at, const std::string& change) {
    return bytes.replace(at, change.size(), change);
  }

  Sandbox box_;
};

TEST_F(HostileFiles, PicturesThatDeclareMuch) {
  core::Bytes header;
  const std::string size =
      four_bytes(kDeclaredSide, true) + four_bytes(kDeclaredSide, true) + std::string("\x08\0\0\0\0", 5);
  test::append_reference_chunk(header, "IHDR", core::Bytes(size.begin(), size.end()));
  expect_refused("a.png", patched(box_.read("small.png"), 8, as_text(header)), kLittleMemory);

  std::string jpeg = box_.read("small.jpg");
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  expect_refused("a.jpg", patched(jpeg, frame + 5, "\x75\x30\x75\x30"), kLittleMemory);

  for (const std::uint32_t compression : {1U, 5U, 8U, 32773U}) {
    const test::Tags tags{{256, {test::kLong, {kDeclaredSide}}},
                          {257, {test::kLong, {kDeclaredSide}}},
                          {258, {test::kShort, {8}}},
                          {259, {test::kShort, {compression}}},
                          {262, {test::kShort, {1}}},
                          {277, {test::kShort, {1}}},
                          {278, {test::kLong, {kDeclaredSide}}}};
    expect_refused("a.tif", as_text(test::Builder().build(tags, core::Bytes(100, 0x81))), kLittleMemory);
  }
  expect_refused("a.pgm", "P5 30000 30000 255\nabc", kLittleMemory);
  expect_refused("b.pgm", "P2 30000 30000 255\n1 2 3", kLittleMemory);
  expect_refused("a.pfm", "Pf 30000 30000\n-1.0\nabcd", kLittleMemory);
}

// Loading OpenCV alone takes most of the memory.
TEST_F(HostileFiles, WhatOpenCvReads) {
  const std::uint64_t bmp = denoise("small.bmp").peak_bytes + kLittleMemory;
  fs::remove(box_.path("out.bmp"));
  expect_refused("a.bmp",
                 patched(box_.read("small.bmp"), 18,
                         four_bytes(kDeclaredSide, false) + four_bytes(kDeclaredSide, false)),
                 bmp);
  const std::string webp = box_.read("small.webp");
  const std::size_t lossless = webp.find("VP8L");
  ASSERT_NE(lossless, std::string::npos);
  expect_refused("a.webp", patched(webp, lossless + 9, four_bytes(16383U | 16383U << 14U, false)), bmp);
}

TEST_F(HostileFiles, WhatItkReads) {
  expect_refused(
      "a.nrrd",
      "NRRD0001\ntype: short\ndimension: 3\nsizes: 1024 1024 512\nencoding: raw\nendian: little\n\nab",
      kLittleMemory);
  expect_refused("a.mha",
                 "NDims = 3\nDimSize = 1024 1024 512\nElementType = MET_SHORT\nElementDataFile = LOCAL\nab",
                 kLittleMemory);
  // ITK says things of its own on standard error.
  expect_refused("b.mha", "NDims = x\nDimSize = 4\nElementType = MET_SHORT\nElementDataFile = LOCAL\nab",
                 kLittleMemory);
}

// As root too, whom permissions do not stop.
TEST_F(HostileFiles, PlacesWhereNobodyCanWrite) {
  const std::vector<std::string> before = box_.files();
  std::vector<std::string> outputs{"small.jpg/out.png"};
  // Where these are not mounted, they are folders like any other.
  if (std::filesystem::exists("/proc/self")) outputs.emplace_back("/proc/self/out.png");
  if (std::filesystem::exists("/sys/kernel")) outputs.emplace_back("/sys/out.png");
  for (const std::string& output : outputs) {
    const Outcome outcome = box_.run({"denoise", "small.png", "-o", output, "-m", "gray.safetensors"});
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("aedenoise: " + output + ": ")) << outcome.err;
  }
  EXPECT_EQ(box_.files(), before);
}

}  // namespace
}  // namespace aedenoise::cli_tests
