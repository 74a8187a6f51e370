// Every file of PngSuite, where a copy of it lies.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "aedenoise/error.h"
#include "io/format.h"
#include "io/png.h"
#include "io/png_reference.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

fs::path suite_folder() {
  const char* given = std::getenv("AEDENOISE_SHARED");
  const fs::path shared =
      given != nullptr ? fs::path(given) : fs::path(AEDENOISE_SOURCE_DIR) / ".." / "shared";
  return shared / "data" / "hostile" / "pngsuite";
}

TEST(PngSuite, BrokenFilesAreRefusedAndAllOthersKeepTheirPixels) {
  if (!fs::exists(suite_folder())) GTEST_SKIP() << "no copy of PngSuite in " << suite_folder();
  int refused = 0;
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(suite_folder())) {
    if (entry.path().extension() != ".png") continue;
    const std::string name = entry.path().filename().string();
    if (name[0] == 'x') {
      EXPECT_THROW(read_document(entry.path()), Error) << name;
      ++refused;
      continue;
    }
    SCOPED_TRACE(name);
    const Document document = read_document(entry.path());
    const PictureFormat& format = png_format();
    const auto encoded = format.write(document, document.image, document.image.datatype);
    const auto before = test::parse_reference(core::read_file(entry.path(), 1U << 20U));
    const auto after = test::parse_reference(encoded.bytes);
    EXPECT_EQ(after.samples, before.samples);
    EXPECT_EQ(after.chunks, before.chunks);
    EXPECT_EQ(after.depth, before.depth);
    EXPECT_EQ(after.colour, before.colour);
    EXPECT_EQ(after.interlaced, before.interlaced);
    ++kept;
  }
  EXPECT_EQ(refused, 14);
  EXPECT_EQ(kept, 162);
}

}  // namespace
}  // namespace aedenoise::io
