#include "io/rows.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "aedenoise/error.h"
#include "io/png.h"
#include "io/png_reference.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;
using test::ReferencePng;
using test::text_bytes;

class Rows : public testing::Test {
 protected:
  Rows() {
    std::string name = (fs::temp_directory_path() / "rowsXXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Rows() override { fs::remove_all(folder_); }

  fs::path file(const core::Bytes& bytes) const {
    fs::path path = folder_ / "in.png";
    core::write_file(path, bytes);
    return path;
  }
  fs::path output() const { return folder_ / "out.png"; }

  fs::path folder_;
};

ReferencePng described(int colour, int depth) {
  ReferencePng png = test::sample_png(colour, depth, false, 23, 31);
  png.chunks = {
      {"tEXt", text_bytes(std::string("Author\0me", 9))}, {"IDAT", {}}, {"tIME", text_bytes("1234567")}};
  png.trailing = text_bytes("more");
  return png;
}

Image band_of(const Image& like, int height) {
  Image band = empty_like(like);
  band.height = height;
  band.values.resize(band.size());
  return band;
}

TEST_F(Rows, BandsHoldTheValuesThatReadingWholeGivesAndWritingThemGivesTheFileBack) {
  for (const int colour : {0, 2}) {
    for (const int depth : {8, 16}) {
      SCOPED_TRACE(std::to_string(colour) + " " + std::to_string(depth));
      const ReferencePng png = described(colour, depth);
      const fs::path path = file(build_png(png));
      const Document whole = read_document(path);
      const auto reader = open_rows(path, {}, 1);
      ASSERT_NE(reader, nullptr);
      EXPECT_EQ(reader->picture().description, whole.description);
      EXPECT_EQ(reader->picture().notes, whole.notes);
      Image first = band_of(whole.image, 5);
      reader->read(first);
      reader->rewind();
      const auto writer = create_rows(*reader, output());
      int row = 0;
      for (const int height : {1, 7, 23}) {
        Image band = band_of(whole.image, height);
        reader->read(band);
        for (int c = 0; c < band.channels; ++c) {
          for (std::size_t i = 0; i < band.plane_size(); ++i) {
            ASSERT_EQ(band.plane(c)[i], whole.image.plane(c)[static_cast<std::size_t>(row) * 23 + i]);
          }
        }
        row += height;
        writer->add(band);
      }
      EXPECT_FALSE(fs::exists(output()));
      writer->commit();
      test::expect_equal(test::parse_reference(core::read_file(output(), 1 << 20)), png);
      fs::remove(output());
    }
  }
}

TEST_F(Rows, ValuesAreRoundedAndClamped) {
  const auto reader = open_rows(file(build_png(test::sample_png(0, 8, false, 4, 1))), {}, 1);
  const auto writer = create_rows(*reader, output());
  Image band = band_of(reader->picture().image, 1);
  band.values = {-3.0F, 0.5F, 1.5F, 300.0F};
  writer->add(band);
  writer->commit();
  EXPECT_EQ(read_document(output()).image.values, (std::vector<float>{0.0F, 0.0F, 2.0F, 255.0F}));
}

TEST_F(Rows, OtherKindsAreNotReadSo) {
  for (const int colour : {3, 4, 6}) {
    EXPECT_EQ(open_rows(file(build_png(test::sample_png(colour, 8, false))), {}, 1), nullptr) << colour;
  }
  EXPECT_EQ(open_rows(file(build_png(test::sample_png(0, 8, true))), {}, 1), nullptr);
  EXPECT_EQ(open_rows(file(build_png(test::sample_png(0, 4, false))), {}, 1), nullptr);
  EXPECT_EQ(open_rows(file(build_png(test::sample_png(0, 8, false))), {}, 1000), nullptr);
  EXPECT_EQ(open_rows(file(text_bytes("P5 1 1 255 .")), {}, 1), nullptr);
  ReferencePng keyed = test::sample_png(0, 8, false);
  keyed.chunks.insert(keyed.chunks.begin(), {"tRNS", {0, 7}});
  EXPECT_EQ(open_rows(file(build_png(keyed)), {}, 1), nullptr);
}

TEST_F(Rows, DamageLeavesNoFile) {
  core::Bytes bytes = build_png(described(0, 8));
  ReferencePng cut = described(0, 8);
  cut.height = 30;
  core::Bytes shorter = build_png(cut);
  std::copy_n(bytes.begin() + 16, 17, shorter.begin() + 16);  // the header of 31 rows before the data of 30
  const auto reader = open_rows(file(shorter), {}, 1);
  ASSERT_NE(reader, nullptr);
  {
    const auto writer = create_rows(*reader, output());
    Image band = band_of(reader->picture().image, 31);
    EXPECT_THROW(reader->read(band), Error);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
  EXPECT_THROW(open_rows(file(core::Bytes(bytes.begin(), bytes.begin() + 200)), {}, 1), Error);
}

}  // namespace
}  // namespace aedenoise::io
