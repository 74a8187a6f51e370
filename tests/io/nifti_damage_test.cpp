// NIfTI files that are damaged, cut short or lie about themselves.
#include <gtest/gtest.h>

#include <cmath>

#include "aedenoise/error.h"
#include "io/format.h"
#include "io/nifti_reference.h"

namespace aedenoise::io {
namespace {

using test::Bytes;
using test::ReferenceNifti;

class NiftiDamage : public test::NiftiFolder {
 protected:
  // Reads to the end; the values of all volumes.
  std::vector<float> values(const std::string& name, const Limits& limits = {}) const {
    std::vector<float> out;
    const auto reader = open_volumes(folder_ / name, limits);
    while (const auto document = reader->next()) {
      out.insert(out.end(), document->image.values.begin(), document->image.values.end());
    }
    return out;
  }

  void expect_refused(const std::string& name, const std::string& why, ErrorCode code = ErrorCode::data,
                      const Limits& limits = {}) const {
    try {
      values(name, limits);
      ADD_FAILURE() << name << " was read; expected: " << why;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
      EXPECT_TRUE(std::string(error.what()).starts_with((folder_ / name).string())) << error.what();
    }
  }
};

ReferenceNifti sample_file(int version = 1) {
  ReferenceNifti n;
  n.version = version;
  n.dim = {4, 3, 2, 2};
  n.extensions = Bytes(16, 3);
  test::randomise(n, 9);
  return n;
}

TEST_F(NiftiDamage, EveryPrefixIsRefused) {
  for (const int version : {1, 2}) {
    const Bytes file = test::build(sample_file(version));
    const Bytes packed = test::gzip(file);
    for (std::size_t size = 1; size < file.size(); ++size) {
      put("a.nii", Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
      ASSERT_THROW(values("a.nii"), Error) << size;
    }
    for (std::size_t size = 1; size < packed.size(); ++size) {
      put("a.nii.gz", Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)));
      ASSERT_THROW(values("a.nii.gz"), Error) << size;
    }
  }
}

TEST_F(NiftiDamage, EveryFlippedBitOfAPackedFileIsNoticedOrHarmless) {
  for (const int level : {0, 1, 9}) {
    const Bytes packed = test::gzip(test::build(sample_file()), level);
    put("a.nii.gz", packed);
    const std::vector<float> right = values("a.nii.gz");
    for (std::size_t i = 0; i < packed.size(); ++i) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        Bytes damaged = packed;
        damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ (1U << bit));
        put("a.nii.gz", damaged);
        try {
          ASSERT_EQ(values("a.nii.gz"), right) << "byte " << i << ", bit " << bit;
        } catch (const Error& error) {
          ASSERT_EQ(error.code(), ErrorCode::data) << error.what();
        }
      }
    }
  }
}

TEST_F(NiftiDamage, EveryChangedHeaderByteIsAnErrorOrAnImage) {
  for (const int version : {1, 2}) {
    const Bytes file = test::build(sample_file(version));
    for (std::size_t i = 0; i < sample_file(version).header_size(); ++i) {
      for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
        Bytes damaged = file;
        damaged[i] = static_cast<std::uint8_t>(value);
        put("a.nii", damaged);
        try {
          values("a.nii", {10000, 10000});
        } catch (const Error& error) {
          ASSERT_TRUE(error.code() == ErrorCode::data || error.code() == ErrorCode::resource) << error.what();
        }
      }
    }
  }
}

TEST_F(NiftiDamage, LiesAboutTheSizeAreFoundBeforeMemoryIsTaken) {
  ReferenceNifti n;
  n.dim = {1024, 1024, 512};
  put("a.nii.gz", test::gzip(test::build(n)));
  expect_refused("a.nii.gz", "truncated: declares more samples than the file can hold");
  put("a.nii", test::build(n));
  expect_refused("a.nii", "truncated: declares more samples than the file can hold");
  n.dim = {32767, 32767, 32767, 32767, 32767, 32767, 32767};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "limit", ErrorCode::resource);
  n.dim = {2, 2, 2, 32767, 32767, 32767, 32767};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "truncated: declares more samples than the file can hold");
  n.version = 2;
  n.dim = {std::int64_t{1} << 62U, 4, 4};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "limit", ErrorCode::resource);
  n.dim = {2, 2, 2, std::int64_t{1} << 62U};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "truncated");
  n.dim.push_back(8);
  put("a.nii", test::build(n));
  expect_refused("a.nii", "damaged: its dimensions are impossible");
}

TEST_F(NiftiDamage, PlacesThatAreNone) {
  for (const double offset : {1e9, 1e30, HUGE_VAL, std::nan(""), 352.5, 100.0}) {
    for (const int version : {1, 2}) {
      if (version == 2 && !(offset == 1e9 || offset == 100.0)) continue;
      ReferenceNifti n = sample_file(version);
      n.offset = offset;
      put("a.nii", test::build(n));
      put("a.nii.gz", test::gzip(test::build(n)));
      const bool far = offset == 1e9;
      expect_refused("a.nii", far ? "truncated" : "vox_offset");
      expect_refused("a.nii.gz", far ? "truncated" : "vox_offset");
    }
  }
}

TEST_F(NiftiDamage, TypesThatAreNoRealNumbersAreNamed) {
  ReferenceNifti n;
  n.samples.resize(n.count() * 32);
  n.kind = {32, 8, false, false};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "complex");
  n.kind = {128, 3, false, false};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "RGB");
  n.kind = {1536, 16, false, false};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "128-bit");
  n.kind = {77, 2, false, false};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "datatype 77");
  n.kind = {4, 4, true, true};
  put("a.nii", test::build(n));
  expect_refused("a.nii", "bits per sample");
}

TEST_F(NiftiDamage, AnalyzeAndLonelyHeadersAreNamed) {
  ReferenceNifti n = sample_file();
  Bytes file = test::build(n);
  std::fill_n(file.begin() + 344, 4, std::uint8_t{0});
  put("a.nii", file);
  expect_refused("a.nii", "Analyze");
  n.pair = true;
  put("b.hdr", test::build(n));
  expect_refused("b.hdr", "b.img, is missing");
}

TEST_F(NiftiDamage, LimitsHold) {
  put("a.nii", test::build(sample_file()));
  expect_refused("a.nii", "limit of 23", ErrorCode::resource, {23, 10000});
  EXPECT_EQ(values("a.nii", {24, 10000}).size(), 48U);
  expect_refused("a.nii", "limit of 100 bytes", ErrorCode::resource, {24, 100});
}

TEST_F(NiftiDamage, SeveralGzipMembersAreOneFile) {
  const Bytes file = test::build(sample_file());
  put("a.nii", file);
  const std::vector<float> right = values("a.nii");
  for (std::size_t cut = 8; cut < file.size(); cut += 5) {
    Bytes packed = test::gzip(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(cut)));
    const Bytes second = test::gzip(Bytes(file.begin() + static_cast<std::ptrdiff_t>(cut), file.end()));
    packed.insert(packed.end(), second.begin(), second.end());
    packed.resize(packed.size() + cut);  // zeros, as tapes leave them
    put("a.nii.gz", packed);
    ASSERT_EQ(values("a.nii.gz"), right) << cut;
    packed.push_back(7);
    put("a.nii.gz", packed);
    expect_refused("a.nii.gz", "follows the gzip data");
  }
}

TEST_F(NiftiDamage, WhatFollowsTheSamplesIsMentioned) {
  Bytes file = test::build(sample_file());
  file.resize(file.size() + 100);
  put("a.nii", file);
  const auto reader = open_volumes(folder_ / "a.nii");
  EXPECT_TRUE(reader->next()->notes.empty());
  const auto last = reader->next();
  ASSERT_EQ(last->notes.size(), 1U);
  EXPECT_NE(last->notes[0].find("100 bytes"), std::string::npos);
  EXPECT_FALSE(reader->next());
}

}  // namespace
}  // namespace aedenoise::io
