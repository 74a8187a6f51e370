// Samples from files, and taking some for validation.
#include "pipeline/samples.h"

#include <fstream>
#include <numeric>

#include "io/matrix.h"
#include "pipeline/pictures.h"

namespace aedenoise::test {
namespace {

using pipeline::Samples;

// Six values each, all different.
Samples counted(std::int64_t count) {
  Samples out{{6}, count, std::vector<float>(static_cast<std::size_t>(6 * count)), {}, {}};
  std::iota(out.values.begin(), out.values.end(), 0.0F);
  return out;
}

TEST(SampleFiles, RowsImagesAndLabels) {
  const Folder folder;
  const std::vector<std::int64_t> sizes{2, 3};
  io::write_matrix(folder / "rows.npy", sizes, std::vector<float>{1, 2, 3, 4, 5, 6});
  const Samples rows = pipeline::load_samples({folder / "rows.npy", folder / "rows.npy"}, {});
  EXPECT_EQ(rows.count, 4);
  EXPECT_EQ(rows.sizes, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(rows.name(3), "3");
  EXPECT_EQ(rows.sample(3)[2], 6.0F);
  // Bytes come as shares of 255.
  std::ofstream(folder / "images", std::ios::binary)
      << std::string("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\0\xFF", 18);
  const Samples images = pipeline::load_samples({folder / "images"}, {});
  EXPECT_EQ(images.sizes, (std::vector<std::int64_t>{1, 1, 2}));
  EXPECT_EQ(images.values, (std::vector<float>{0.0F, 1.0F}));
  const std::string mixed = refusal(ErrorCode::data, [&] {
    pipeline::load_samples({folder / "rows.npy", folder / "images"}, {});
  });
  EXPECT_NE(mixed.find("has samples of 1 x 1 x 2"), std::string::npos) << mixed;
  io::write_matrix(folder / "labels.csv", std::vector<std::int64_t>{2, 1}, std::vector<float>{0, 7});
  EXPECT_EQ(pipeline::load_labels(folder / "labels.csv", 2), (std::vector<int>{0, 7}));
  io::write_matrix(folder / "large.npy", std::vector<std::int64_t>{2, 1}, std::vector<float>{0, 1e20F});
  EXPECT_NE(
      refusal(ErrorCode::data, [&] { pipeline::load_labels(folder / "large.npy", 2); }).find("whole numbers"),
      std::string::npos);
  EXPECT_NE(refusal(ErrorCode::data, [&] { pipeline::load_labels(folder / "labels.csv", 3); })
                .find("each of 3 samples"),
            std::string::npos);
}

TEST(SampleFiles, SplitTakesEveryKth) {
  Samples samples = counted(100);
  const std::vector<float> all = samples.values;
  const Samples taken = samples.split(0.1, 5);
  EXPECT_EQ(taken.count, 5);
  EXPECT_EQ(samples.count, 95);
  EXPECT_EQ(taken.sample(0)[0], all[10 * 6]);
  Samples two = counted(2);
  EXPECT_EQ(two.split(0.0, 10).count, 1);
  for (const double share : {0.35, 0.5, 0.8}) {
    Samples some = counted(100);
    EXPECT_EQ(some.split(share, 1000).count, std::lround(100 * share));
    EXPECT_EQ(some.count, 100 - std::lround(100 * share));
  }
}

}  // namespace
}  // namespace aedenoise::test
