// NRRD and MetaImage files written here by hand, as their formats' documents say.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>

#include "aedenoise/error.h"
#include "io/format.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 5;
constexpr int kHeight = 4;
constexpr int kDepth = 3;

std::string samples_of(std::int16_t first, int count = kWidth * kHeight * kDepth) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const auto value = static_cast<std::int16_t>(first + 7 * i);
    bytes.append(reinterpret_cast<const char*>(&value), 2);
  }
  return bytes;
}

const std::string kNrrdHead =
    "NRRD0004\n# a comment\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 5 4 3\n"
    "space directions: (0.5,0,0) (0,0.75,0) (0,0,2)\nkinds: domain domain domain\nendian: little\nencoding: "
    "raw\n"
    "space origin: (1,-2,3.5)\nproject:=scans of rocks\n";
const std::string kMetaHead =
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = "
    "False\n"
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 -2 3.5\nElementSpacing = 0.5 0.75 2\nDimSize = 5 4 3\n"
    "ElementType = MET_SHORT\n";

class ItkVolumes : public testing::Test {
 protected:
  ItkVolumes() : folder_(fs::temp_directory_path() / ("aedenoise_itk_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~ItkVolumes() override { fs::remove_all(folder_); }

  fs::path put(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  std::string get(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return out.str();
  }
  // What reading it is refused with.
  static std::string refusal(const fs::path& path) {
    try {
      read_document(path);
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::internal);
      return error.what();
    }
    return "read";
  }

  fs::path folder_;
};

void expect_scan(const Document& document) {
  const Image& image = document.image;
  EXPECT_EQ(image.width, kWidth);
  EXPECT_EQ(image.height, kHeight);
  EXPECT_EQ(image.depth, kDepth);
  EXPECT_EQ(image.datatype, DataType::int16);
  EXPECT_DOUBLE_EQ(image.spacing[0], 0.5);
  EXPECT_DOUBLE_EQ(image.spacing[1], 0.75);
  EXPECT_DOUBLE_EQ(image.spacing[2], 2.0);
  ASSERT_EQ(image.values.size(), 60U);
  for (int i = 0; i < 60; ++i)
    EXPECT_EQ(image.values[static_cast<std::size_t>(i)], static_cast<float>(-90 + 7 * i));
}

TEST_F(ItkVolumes, SamplesAndSpacingAreRead) {
  const std::string samples = samples_of(-90);
  expect_scan(read_document(put("a.nrrd", kNrrdHead + "\n" + samples)));
  expect_scan(read_document(put("a.mha", kMetaHead + "ElementDataFile = LOCAL\n" + samples)));
  put("b.raw", samples);
  expect_scan(read_document(put("a.nhdr", kNrrdHead + "data file: b.raw\n")));
  expect_scan(read_document(put("a.mhd", kMetaHead + "ElementDataFile = b.raw\n")));
}

TEST_F(ItkVolumes, PlaceAndPairsAreKept) {
  const std::string samples = samples_of(-90);
  put("a.nrrd", kNrrdHead + "\n" + samples);
  put("a.mha", kMetaHead + "ElementDataFile = LOCAL\n" + samples);
  for (const std::string name : {"a.nrrd", "a.mha"}) {
    const Document document = read_document(folder_ / name);
    write_document(document, document.image, folder_ / ("out" + name));
    const std::string out = get("out" + name);
    EXPECT_TRUE(out.ends_with(samples)) << name;
    expect_scan(read_document(folder_ / ("out" + name)));
  }
  EXPECT_NE(get("outa.nrrd").find("(1,-2,3.5)"), std::string::npos) << get("outa.nrrd").substr(0, 500);
  EXPECT_EQ(get("outa.nrrd").find("ITK_"), std::string::npos) << "what ITK notes for itself";
  EXPECT_NE(get("outa.nrrd").find("project:=scans of rocks"), std::string::npos);
  EXPECT_NE(get("outa.mha").find("Offset = 1 -2 3.5"), std::string::npos) << get("outa.mha").substr(0, 500);
}

TEST_F(ItkVolumes, HeadersMayLieBesideTheirSamples) {
  const std::string samples = samples_of(-90);
  put("b.raw", samples);
  put("a.nhdr", kNrrdHead + "data file: b.raw\n");
  put("a.mhd", kMetaHead + "ElementDataFile = b.raw\n");
  for (const std::string extension : {".nhdr", ".mhd"}) {
    const Document document = read_document(folder_ / ("a" + extension));
    Image changed = document.image;
    changed.values[3] = 1000.4F;
    write_document(document, changed, folder_ / ("out" + extension));
    std::string expected = samples;
    const std::int16_t value = 1000;
    std::memcpy(expected.data() + 6, &value, 2);
    EXPECT_EQ(get("out.raw"), expected) << extension;
    EXPECT_EQ(read_document(folder_ / ("out" + extension)).image.values[3], 1000.0F);
    fs::remove(folder_ / "out.raw");
  }
  EXPECT_FALSE(fs::exists(folder_ / "out.nrrd"));
  EXPECT_FALSE(fs::exists(folder_ / "out.mha"));
}

TEST_F(ItkVolumes, AFourthAxisHoldsVolumes) {
  std::string head = kMetaHead;
  const auto change = [&](const std::string& from, const std::string& to) {
    head.replace(head.find(from), from.size(), to);
  };
  change("NDims = 3", "NDims = 4");
  change("TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 -2 3.5\n", "");
  change("0.5 0.75 2", "0.5 0.75 2 1");
  change("DimSize = 5 4 3", "DimSize = 5 4 3 2");
  const fs::path path = put("a.mha", head + "ElementDataFile = LOCAL\n" + samples_of(-90) + samples_of(10));
  const auto reader = open_volumes(path);
  const auto first = reader->next();
  const auto second = reader->next();
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(reader->next());
  EXPECT_EQ(first->volumes, 2);
  EXPECT_EQ(first->image.values[1], -83.0F);
  EXPECT_EQ(second->image.values[1], 17.0F);
  const auto writer = create_volumes(*first, folder_ / "b.mha");
  writer->add(*first, first->image);
  writer->add(*second, second->image);
  writer->commit();
  EXPECT_TRUE(get("b.mha").ends_with(samples_of(-90) + samples_of(10)));
}

TEST_F(ItkVolumes, DamageAndHostileSizesAreRefused) {
  const std::string samples = samples_of(-90);
  EXPECT_NE(refusal(put("half.nrrd", kNrrdHead + "\n" + samples.substr(0, 50))).find("truncated"),
            std::string::npos);
  EXPECT_NE(refusal(put("half.mha", kMetaHead + "ElementDataFile = LOCAL\n" + samples.substr(0, 50)))
                .find("truncated"),
            std::string::npos);
  std::string huge = kNrrdHead;
  huge.replace(huge.find("5 4 3"), 5, "60000 60000 60000");
  EXPECT_NE(refusal(put("huge.nrrd", huge + "\n" + samples)).find("limit"), std::string::npos);
  EXPECT_NE(refusal(put("gone.mhd", kMetaHead + "ElementDataFile = gone.raw\n")).find("'gone.raw'"),
            std::string::npos);
  std::string colour = kMetaHead + "ElementNumberOfChannels = 3\n";
  EXPECT_NE(refusal(put("rgb.mha", colour + "ElementDataFile = LOCAL\n" + samples + samples + samples))
                .find("3 components"),
            std::string::npos);
  for (const std::string axes : {"-1", "0", "99", "three"}) {
    std::string none = kMetaHead;  // ITK itself reads numbers for minus one axes for ever
    none.replace(none.find("NDims = 3"), 9, "NDims = " + axes);
    EXPECT_NE(refusal(put("none.mha", none + "ElementDataFile = LOCAL\n" + samples)).find("its NDims is"),
              std::string::npos)
        << axes;
  }
  std::string text = kMetaHead;
  text.replace(text.find("BinaryData = True"), 17, "BinaryData = False");
  EXPECT_NE(refusal(put("text.mha", text + "ElementDataFile = LOCAL\n1 2 3\n")).find("as text"),
            std::string::npos);
  // Every header cut short or with a changed byte is read or refused in a sentence.
  for (std::size_t i = 0; i < kNrrdHead.size(); i += 11) {
    std::string bad = kNrrdHead + "\n" + samples;
    bad[i] = static_cast<char>(bad[i] ^ 0x15);
    refusal(put("bad.nrrd", bad));
    refusal(put("cut.mha", kMetaHead.substr(0, std::min(i, kMetaHead.size()))));
  }
}

}  // namespace
}  // namespace aedenoise::io
