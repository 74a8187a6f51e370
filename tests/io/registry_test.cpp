#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <functional>

#include "aedenoise/error.h"
#include "io/format.h"
#include "io/png_reference.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    std::string name = (fs::temp_directory_path() / "aedenoise_io_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~RegistryTest() override { fs::remove_all(folder_); }

  fs::path put(const std::string& name, const core::Bytes& bytes) const {
    core::write_file(folder_ / name, bytes);
    return folder_ / name;
  }
  fs::path put_png(const std::string& name, int depth = 8) const {
    test::ReferencePng png{6, 5, depth, 0, false, {{"IDAT", {}}}, {}, {}};
    png.samples = test::random_samples(png, 1U << static_cast<unsigned>(depth), 1);
    return put(name, test::build_png(png));
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

void expect_error(ErrorCode code, const std::vector<std::string>& parts,
                  const std::function<void()>& action) {
  try {
    action();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part << " in: " << error.what();
    }
  }
}

TEST_F(RegistryTest, OnlyWhatIsReadWholeMustFitMemory) {
  const fs::path picture = put_png("a.png");
  Document volume;
  volume.image.channels = 1;
  volume.image.depth = 2;
  volume.image.height = volume.image.width = 8;
  volume.image.values.assign(volume.image.size(), 1.0F);
  const fs::path scan = folder_ / "a.nii";
  write_document(volume, volume.image, scan);
  Limits limits;
  limits.max_whole_bytes = fs::file_size(picture);
  EXPECT_EQ(read_document(picture, limits).format, "png");
  limits.max_whole_bytes = 20;
  expect_error(ErrorCode::resource, {picture.string(), "limit of 20 bytes"},
               [&] { read_document(picture, limits); });
  EXPECT_EQ(read_document(scan, limits).format, "nifti");
  limits.max_input_bytes = 20;
  expect_error(ErrorCode::resource, {scan.string(), "limit of 20 bytes"},
               [&] { read_document(scan, limits); });
}

TEST_F(RegistryTest, ContentDecidesNotTheName) {
  EXPECT_EQ(read_document(put_png("photo.jpg")).format, "png");
  const fs::path text = put("text.png", test::text_bytes("certainly no picture"));
  expect_error(ErrorCode::data, {text.string(), "not an image of a known format"},
               [&] { read_document(text); });
}

TEST_F(RegistryTest, OutputGoesByExtensionWhateverItsCase) {
  const Document document = read_document(put_png("a.png"));
  write_document(document, document.image, folder_ / "b.PNG");
  EXPECT_EQ(read_document(folder_ / "b.PNG").format, "png");
  const auto notes = write_document(document, document.image, folder_ / "b.TIFF");
  EXPECT_EQ(read_document(folder_ / "b.TIFF").format, "tiff");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0], "only pixels were carried from png to tiff, no metadata and no transparency");
  EXPECT_EQ(read_document(folder_ / "b.TIFF").image.values, document.image.values);
  expect_error(ErrorCode::usage, {"'.pngg'", "did you mean '.png'"},
               [&] { write_document(document, document.image, folder_ / "b.pngg"); });
  expect_error(ErrorCode::usage, {"known:"},
               [&] { write_document(document, document.image, folder_ / "b"); });
}

TEST_F(RegistryTest, TypesAFormatCannotHold) {
  Document document = read_document(put_png("a.png", 16));
  const auto notes = write_document(document, document.image, folder_ / "b.bmp");
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NE(notes[0].find("8 bits"), std::string::npos);
  expect_error(ErrorCode::usage, {"jpeg cannot hold uint16", "uint8"},
               [&] { write_document(document, document.image, folder_ / "b.jpg", DataType::uint16); });
  expect_error(ErrorCode::usage, {"png cannot hold float32"},
               [&] { write_document(document, document.image, folder_ / "b.png", DataType::float32); });
  EXPECT_EQ(files(), 2U);
}

TEST_F(RegistryTest, LimitsComeBeforeWork) {
  const fs::path path = put_png("a.png");
  expect_error(ErrorCode::resource, {path.string(), "limit of 29"}, [&] { read_document(path, {29, 1000}); });
  expect_error(ErrorCode::resource, {path.string(), "limit of 10 bytes"}, [&] {
    read_document(path, {30, 10});
  });
  EXPECT_EQ(read_document(path, {30, 1000}).image.size(), 30U);
}

TEST_F(RegistryTest, AFailedWriteLeavesNothingAndOverwritesNothing) {
  const Document document = read_document(put_png("a.png"));
  const core::Bytes before = core::read_file(put_png("out.png", 16), 10000);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{16, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  expect_error(ErrorCode::io, {"out.png", "cannot be written"},
               [&] { write_document(document, document.image, folder_ / "out.png"); });
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(core::read_file(folder_ / "out.png", 10000), before);
  EXPECT_EQ(files(), 2U);
  expect_error(ErrorCode::io, {"none/out.png"},
               [&] { write_document(document, document.image, folder_ / "none" / "out.png"); });
}

}  // namespace
}  // namespace aedenoise::io
