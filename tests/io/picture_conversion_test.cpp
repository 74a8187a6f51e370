// From one format of pictures to another: pictures stay upright and keep their ICC profile.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "io/exif.h"
#include "io/format.h"
#include "io/icc.h"
#include "io/png.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

// 128 bytes of header that say "RGB ", then what no packer makes much smaller.
core::Bytes rgb_profile(std::size_t length) {
  core::Bytes out(length, 0);
  std::uint32_t state = 7;
  for (std::size_t i = 128; i < length; ++i) {
    state = state * 1664525U + 1013904223U;
    out[i] = static_cast<std::uint8_t>(state >> 24U);
  }
  std::ranges::copy(std::string_view("RGB "), out.begin() + 16);
  return out;
}

// A TIFF structure of one entry: the orientation.
core::Bytes exif_saying(std::uint8_t orientation) {
  return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0};
}

class PictureConversion : public testing::Test {
 protected:
  PictureConversion()
      : folder_(fs::temp_directory_path() / ("aedenoise_pictures_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~PictureConversion() override { fs::remove_all(folder_); }

  // A PNG of 3 x 2 pixels with these chunks before its image data.
  Document picture(const std::vector<PngChunk>& chunks) {
    Document plain;
    plain.image.channels = 3;
    plain.image.height = 2;
    plain.image.width = 3;
    plain.image.datatype = DataType::uint8;
    plain.image.high = 255.0;
    for (int i = 0; i < 18; ++i) plain.image.values.push_back(static_cast<float>(i * 10));
    const fs::path path = folder_ / "plain.png";
    write_document(plain, plain.image, path);
    core::Bytes bytes = core::read_file(path, 1U << 20U);
    core::Bytes more;
    for (const PngChunk& chunk : chunks) append_chunk(more, chunk.type, chunk.data);
    bytes.insert(bytes.begin() + kPngHeadBytes, more.begin(), more.end());
    core::AtomicFile file(path);
    file.write(bytes);
    file.commit();
    return read_document(path);
  }

  Document converted(const Document& document, const char* extension) {
    const fs::path path = folder_ / (std::string("out") + extension);
    notes_ = write_document(document, document.image, path);
    return read_document(path);
  }

  bool noted(const std::string& part) const {
    return std::ranges::any_of(notes_,
                               [&](const std::string& note) { return note.find(part) != std::string::npos; });
  }

  fs::path folder_;
  std::vector<std::string> notes_;
};

TEST_F(PictureConversion, ProfilesGoAlongWhereThereIsAPlaceForThem) {
  const core::Bytes profile = rgb_profile(150'000);  // three segments of a JPEG
  const Document document = picture({{"iCCP", make_iccp(profile)}});
  ASSERT_EQ(document.profile, profile);
  for (const char* extension : {".tif", ".webp", ".jpg"}) {
    const Document there = converted(document, extension);
    EXPECT_EQ(there.profile, profile) << extension;
    EXPECT_TRUE(noted("only pixels and the ICC profile were carried")) << extension;
    EXPECT_EQ(converted(there, ".png").profile, profile) << extension;
  }
  EXPECT_TRUE(converted(document, ".bmp").profile.empty());
  EXPECT_TRUE(noted("without the ICC profile colours may look otherwise"));
}

TEST_F(PictureConversion, ProfilesOfOtherColoursStay) {
  core::Bytes profile = rgb_profile(300);
  std::ranges::copy(std::string_view("GRAY"), profile.begin() + 16);
  const Document document = picture({{"iCCP", make_iccp(profile)}});
  EXPECT_TRUE(converted(document, ".tif").profile.empty());
}

// Expected by hand: red of rows 0 10 20 and 30 40 50.
TEST_F(PictureConversion, TurnsPicturesUpright) {
  const std::vector<std::vector<float>> expected{
      {0, 10, 20, 30, 40, 50}, {20, 10, 0, 50, 40, 30}, {50, 40, 30, 20, 10, 0}, {30, 40, 50, 0, 10, 20},
      {0, 30, 10, 40, 20, 50}, {30, 0, 40, 10, 50, 20}, {50, 20, 40, 10, 30, 0}, {20, 50, 10, 40, 0, 30}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Document document = picture({{"eXIf", exif_saying(static_cast<std::uint8_t>(orientation))}});
    EXPECT_EQ(document.orientation, orientation);
    const Document there = converted(document, ".tif");
    const Image& image = there.image;
    EXPECT_EQ(image.width, orientation < 5 ? 3 : 2);
    EXPECT_EQ(std::vector<float>(image.values.begin(), image.values.begin() + 6),
              expected.at(static_cast<std::size_t>(orientation - 1)))
        << orientation;
    EXPECT_EQ(there.orientation, 1);
    EXPECT_EQ(noted("turned upright"), orientation != 1);
  }
}

TEST_F(PictureConversion, SameFormatKeepsTheOrientation) {
  const Document document = picture({{"eXIf", exif_saying(6)}});
  const Document again = converted(document, ".png");
  EXPECT_EQ(again.orientation, 6);
  EXPECT_EQ(again.image.values, document.image.values);
}

TEST(Icc, DamagedProfilesAreNone) {
  core::Bytes packed = make_iccp(rgb_profile(2000));
  packed.resize(packed.size() / 2);
  EXPECT_TRUE(profile_of_iccp(packed).empty());
  EXPECT_TRUE(profile_of_iccp(core::Bytes{'a', 'b'}).empty());
  std::vector<core::Bytes> segments = make_segments(rgb_profile(140'000));
  ASSERT_EQ(segments.size(), 3U);
  segments.pop_back();
  EXPECT_TRUE(profile_of_segments(segments).empty());
}

TEST(Exif, OrientationsOutsideTheStandardAreUpright) {
  EXPECT_EQ(exif_orientation(exif_saying(9)), 1);
  EXPECT_EQ(exif_orientation(exif_saying(0)), 1);
  core::Bytes cut = exif_saying(6);
  cut.resize(12);
  EXPECT_EQ(exif_orientation(cut), 1);
}

}  // namespace
}  // namespace aedenoise::io
