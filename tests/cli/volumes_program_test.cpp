// The program on NIfTI volumes: what is kept, what is refused, and how much memory that takes.
#include <gtest/gtest.h>

#include <cmath>

#include "cli/program.h"
#include "io/nifti_reference.h"

namespace aedenoise::cli_tests {
namespace {

using test::Bytes;
using test::ReferenceNifti;

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;

class Volumes : public testing::Test {
 protected:
  Volumes() { box_.write_model("gray.safetensors", 1); }

  void put(const std::string& name, const Bytes& bytes) const {
    box_.write(name, {bytes.begin(), bytes.end()});
  }
  Bytes get(const std::string& name) const {
    const std::string text = box_.read(name);
    return {text.begin(), text.end()};
  }
  Outcome denoise(Words words) const {
    words.insert(words.begin(), "denoise");
    words.insert(words.end(), {"-m", "gray.safetensors", "-j", "1"});
    return box_.run(words);
  }
  void expect_refused(const std::string& name, const std::string& cause) const {
    const std::vector<std::string> before = box_.files();
    const Outcome outcome = denoise({name, "-o", "out.nii.gz"});
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_NE(outcome.err.find(name + ": " + cause), std::string::npos) << outcome.err;
    EXPECT_EQ(box_.files(), before);
    EXPECT_LT(outcome.peak_bytes, kLittleMemory);
  }

  Sandbox box_;
};

// A head with noise, the same in every volume but for the noise.
ReferenceNifti scan(std::int64_t volumes) {
  ReferenceNifti n;
  n.dim = {40, 36, 3, volumes};
  n.slope = 0.5;
  n.inter = -3.0;
  n.extensions = Bytes(16, 9);
  n.samples.resize(n.count() * 2);
  std::mt19937 random(5);
  std::normal_distribution<double> noise(0.0, 40.0);
  for (std::size_t i = 0; i < n.count(); ++i) {
    const double value = 500.0 + 300.0 * std::sin(0.2 * static_cast<double>(i % 40)) + noise(random);
    test::store(n.samples, 2 * i, static_cast<std::int16_t>(value), false);
  }
  return n;
}

TEST_F(Volumes, StrengthZeroGivesTheSameBytes) {
  const Bytes file = test::build(scan(5));
  put("a.nii.gz", test::gzip(file));
  const Outcome outcome = denoise({"a.nii.gz", "-o", "b.nii.gz", "--strength", "0"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(test::gunzip(get("b.nii.gz")), file);
  EXPECT_NE(outcome.err.find("5 volumes"), std::string::npos) << outcome.err;
}

TEST_F(Volumes, EveryVolumeIsDenoisedAndTheHeaderKept) {
  const Bytes file = test::build(scan(4));
  put("a.nii", file);
  const Outcome outcome =
      denoise({"a.nii", "-o", "b.nii", "--residual", "r.nii.gz", "--sigma", "20", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Bytes out = get("b.nii");
  ASSERT_EQ(out.size(), file.size());
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + 368, file.begin()));
  EXPECT_NE(out, file);
  EXPECT_NE(outcome.out.find("\"sigmas\""), std::string::npos);
  // The residual is float, in the values' units, at the same place in space.
  const Bytes residual = test::gunzip(get("r.nii.gz"));
  EXPECT_TRUE(std::equal(residual.begin() + 120, residual.begin() + 348, file.begin() + 120));
  const std::size_t count = scan(4).count();
  ASSERT_EQ(residual.size(), 368 + count * 4);
  for (std::size_t i = 0; i < count; ++i) {
    const auto stored = [&](const Bytes& bytes) {
      return static_cast<std::int16_t>(bytes[368 + 2 * i] | bytes[369 + 2 * i] << 8);
    };
    float removed = 0.0F;
    std::memcpy(&removed, residual.data() + 368 + 4 * i, 4);
    ASSERT_NEAR(0.5 * (stored(file) - stored(out)), static_cast<double>(removed), 0.2501) << i;
  }
}

#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed
TEST_F(Volumes, ManyVolumesTakeTheMemoryOfOne) {
  const auto peak = [&](std::int16_t volumes) {
    {  // gone before the program starts, whose peak begins with what this process holds
      ReferenceNifti n = scan(1);
      n.dim = {64, 64, 20, volumes};
      n.samples.assign(n.count() * 2, 1);
      put("a.nii.gz", test::gzip(test::build(n), 1));
    }
    const Outcome outcome =
        denoise({"a.nii.gz", "-o", "b.nii.gz", "--strength", "0", "--sigma", "1", "--force"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.peak_bytes;
  };
  EXPECT_LT(peak(200), peak(20) + 8 * kMegabyte) << "200 volumes are 33 MB, as floats 66";
}
#endif

TEST_F(Volumes, HostileFilesAreRefusedInLittleMemory) {
  ReferenceNifti n;
  n.dim = {1024, 1024, 512};
  Bytes header = test::build(n);
  std::fill(header.begin() + 124, header.begin() + 344, std::uint8_t{0});
  put("tiny.nii.gz", test::gzip(header, 9));
  EXPECT_LT(get("tiny.nii.gz").size(), 250U);
  expect_refused("tiny.nii.gz", "truncated: declares more samples than the file can hold");

  ReferenceNifti far = scan(1);
  far.offset = 1e9;
  put("far.nii.gz", test::gzip(test::build(far)));
  expect_refused("far.nii.gz", "truncated");
  far.offset = std::nan("");
  put("nan.nii.gz", test::gzip(test::build(far)));
  expect_refused("nan.nii.gz", "damaged: its vox_offset");

  const Bytes packed = test::gzip(test::build(scan(3)));
  put("half.nii.gz", {packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(packed.size() / 2)});
  expect_refused("half.nii.gz", "truncated");
  Bytes flipped = packed;
  flipped[packed.size() - 6] ^= 1U;  // of the checksum, which is known at the last volume only
  put("flipped.nii.gz", flipped);
  expect_refused("flipped.nii.gz", "damaged: its gzip checksum");

  // 64 MB of zeros that half a gigabyte was promised of.
  n.samples.assign(64 * kMegabyte, 0);
  n.dim = {1024, 1024, 16, 16};
  put("bomb.nii.gz", test::gzip(test::build(n), 9));
  const Outcome outcome = denoise({"bomb.nii.gz", "-o", "out.nii.gz", "--strength", "0", "--sigma", "1"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("truncated"), std::string::npos) << outcome.err;
}

TEST_F(Volumes, NothingIsOverwrittenUnasked) {
  ReferenceNifti n = scan(1);
  n.pair = true;
  put("a.hdr", test::build(n));
  put("a.img", n.samples);
  box_.write("b.img", "precious");
  Outcome outcome = denoise({"a.hdr", "-o", "b.hdr"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("b.img"), std::string::npos) << outcome.err;
  EXPECT_EQ(box_.read("b.img"), "precious");
  outcome = denoise({"a.img", "-o", "a.hdr", "--force"});
  EXPECT_EQ(outcome.code, 2) << "the output is the input under its other name";
  outcome = denoise({"a.img", "-o", "b.hdr", "--force", "--strength", "0"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(get("b.img"), n.samples);
}

TEST_F(Volumes, InspectSaysWhatTheyAre) {
  put("a.nii", test::build(scan(5)));
  const Outcome outcome = box_.run({"inspect", "a.nii"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("NIfTI-1, 40 x 36 x 3, 5 volumes, int16"), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace aedenoise::cli_tests
