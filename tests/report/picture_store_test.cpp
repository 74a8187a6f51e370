#include "report/picture_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

namespace aedenoise::report {
namespace {

namespace fs = std::filesystem;

class Store : public testing::Test {
 protected:
  Store() {
    folder_ = fs::path(testing::TempDir()) / ("store_" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  ~Store() override { fs::remove_all(folder_); }

  static std::map<std::size_t, std::string> kept(const PictureStore& store) {
    std::map<std::size_t, std::string> all;
    store.visit([&](std::size_t result, const std::string& text) { all[result] = text; });
    return all;
  }

  std::uintmax_t bytes() const {
    std::uintmax_t sum = 0;
    for (const auto& entry : fs::directory_iterator(folder_)) sum += entry.file_size();
    return sum;
  }

  fs::path folder_;
};

TEST_F(Store, KeepsTheMostUnusualInBoundedSpace) {
  constexpr std::size_t kText = 1000;
  Outliers outliers({{"value", false, 1.0}});
  PictureStore store((folder_ / "page.html").string(), 3, outliers);
  std::uintmax_t most = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    // Ever farther from the median, which stays near 0; the sign changes.
    const Outliers::Values values{i % 4 == 0 ? 0.1 * static_cast<double>(i) * (i % 8 == 0 ? 1.0 : -1.0)
                                             : 0.0};
    outliers.add(values);
    store.add(i, values, std::string(kText, static_cast<char>('a' + i % 26)));
    most = std::max(most, bytes());
  }
  const auto all = kept(store);
  ASSERT_EQ(all.size(), 3U);
  for (const std::size_t i : {388U, 392U, 396U}) {
    EXPECT_EQ(all.at(i), std::string(kText, static_cast<char>('a' + i % 26)));
  }
  EXPECT_LE(most, 10 * kText);
  EXPECT_FALSE(store.wants({0.0}));
  EXPECT_TRUE(store.wants({100.0}));
}

TEST_F(Store, LeavesNothingBehind) {
  const Outliers outliers({{"value", false, 1.0}});
  {
    PictureStore store((folder_ / "page.html").string(), 2, outliers);
    store.add(7, {1.0}, "text");
    EXPECT_EQ(kept(store).at(7), "text");
    EXPECT_GT(bytes(), 0U);
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  PictureStore none((folder_ / "page.html").string(), 0, outliers);
  none.add(1, {1.0}, "text");
  EXPECT_TRUE(kept(none).empty());
}

}  // namespace
}  // namespace aedenoise::report
