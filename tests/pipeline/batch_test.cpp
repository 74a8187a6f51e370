#include "pipeline/batch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "core/file.h"
#include "nn/weights.h"
#include "support/models.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

// An item is some volumes of one size, whose values are its number; the events of each are noted.
class Work : public BatchWork {
 public:
  explicit Work(std::size_t items) : volumes_of(items, 1), written(items, 0) {}

  std::vector<std::int64_t> volumes_of;
  std::set<std::size_t> unreadable;  // at the last volume
  std::set<std::size_t> unwritable;
  std::set<std::size_t> skipped;
  int side = 24;

  std::vector<std::int64_t> written;
  std::vector<std::string> ends;  // "finished 3", "failed 4: why", in order
  std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> in_flight{0};
  std::atomic<int> most_in_flight{0};

  Handling handling(std::size_t item) override {
    return skipped.contains(item) ? Handling::none : Handling::volumes;
  }
  std::unique_ptr<io::VolumeReader> open(std::size_t item, const io::Limits& limits) override {
    const auto pixels = static_cast<std::uint64_t>(side) * static_cast<std::uint64_t>(side);
    if (pixels > limits.max_pixels) throw Error(ErrorCode::resource, "too large");
    return std::make_unique<Reader>(*this, item);
  }
  std::string name(std::size_t item) const override { return "item " + std::to_string(item); }
  void progress(std::size_t /*item*/, std::int64_t /*volume*/, double share) override {
    EXPECT_GE(share, 0.0);
    EXPECT_LE(share, 1.0);
  }
  void write(std::size_t item, io::Document& volume, const DenoiseResult& result) override {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(volume.image.values[0], static_cast<float>(item));
    EXPECT_EQ(result.image.values.size(), volume.image.values.size());
    ++written[item];
    --in_flight;
    if (unwritable.contains(item)) throw Error(ErrorCode::io, "no space");
  }
  void finish(std::size_t item) override { ends.push_back("finished " + std::to_string(item)); }
  void fail(std::size_t item, const Error& error) override {
    ends.push_back("failed " + std::to_string(item) + ": " + error.what());
  }

 private:
  struct Reader : io::VolumeReader {
    Reader(Work& owner, std::size_t number) : work(owner), item(number) {}
    std::optional<io::Document> next() override {
      if (given == work.volumes_of[item]) return std::nullopt;
      ++given;
      if (work.unreadable.contains(item) && given == work.volumes_of[item]) {
        throw Error(ErrorCode::data, "damaged");
      }
      io::Document document;
      document.volumes = work.volumes_of[item];
      document.image.channels = 1;
      document.image.height = document.image.width = work.side;
      document.image.values.assign(document.image.size(), static_cast<float>(item));
      work.most_in_flight = std::max(work.most_in_flight.load(), ++work.in_flight);
      return document;
    }
    Work& work;
    std::size_t item;
    std::int64_t given = 0;
  };
};

class BatchTest : public testing::Test {
 protected:
  BatchTest() {
    std::string name = (fs::temp_directory_path() / "aedenoise_batch_XXXXXX").string();
    folder_ = mkdtemp(name.data());
    const fs::path model = folder_ / "model.safetensors";
    core::write_file(model, nn::write_safetensors(support::random_model(1).weights, nn::Storage::f32));
    options_.denoise.model = model.string();
    options_.denoise.sigma = 0.1;
  }
  ~BatchTest() override { fs::remove_all(folder_); }

  void run(Work& work) {
    options_.items = work.written.size();
    run_batch(options_, work);
  }

  fs::path folder_;
  BatchOptions options_;
};

TEST_F(BatchTest, ItemsEndInTheirOrderWithAllTheirVolumes) {
  Work work(20);
  work.volumes_of[3] = 5;
  work.volumes_of[4] = 0;
  work.skipped = {7};
  run(work);
  ASSERT_EQ(work.ends.size(), 20U);
  for (std::size_t i = 0; i < work.ends.size(); ++i) {
    EXPECT_EQ(work.ends[i], "finished " + std::to_string(i));
    EXPECT_EQ(work.written[i], i == 7 ? 0 : work.volumes_of[i]) << i;
  }
}

TEST_F(BatchTest, WhatFailsNeverStopsTheRest) {
  Work work(12);
  work.volumes_of[2] = work.volumes_of[8] = 4;
  work.unreadable = {2, 5};
  work.unwritable = {8};
  run(work);
  ASSERT_EQ(work.ends.size(), 12U);
  for (std::size_t i = 0; i < work.ends.size(); ++i) {
    const std::set<std::size_t> failing{2, 5, 8};
    const std::string start = (failing.contains(i) ? "failed " : "finished ") + std::to_string(i);
    EXPECT_TRUE(work.ends[i].starts_with(start)) << work.ends[i];
  }
  EXPECT_EQ(work.ends[5], "failed 5: damaged");
  EXPECT_EQ(work.ends[8], "failed 8: no space");
  EXPECT_EQ(work.written[2], 3) << "what came before the damage may be written, to be thrown away";
  EXPECT_EQ(work.written[8], 1) << "nothing more of an item that failed";
}

TEST_F(BatchTest, WhatGoesWrongInComputingNamesTheItem) {
  core::write_file(folder_ / "model.safetensors",
                   nn::write_safetensors(support::random_model(3).weights, nn::Storage::f32));
  Work work(2);
  run(work);
  ASSERT_EQ(work.ends.size(), 2U);
  EXPECT_TRUE(work.ends[1].starts_with("failed 1: item 1: has 1 channel")) << work.ends[1];
}

TEST_F(BatchTest, InterruptionEndsItAndFinishesNothingMore) {
  Work work(200);
  options_.denoise.cancelled = [&] { return work.ends.size() >= 3; };
  try {
    run(work);
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::interrupted);
  }
  ASSERT_FALSE(work.ends.empty());
  EXPECT_LT(work.ends.size(), 200U);
  for (std::size_t i = 0; i + 1 < work.ends.size(); ++i) {
    EXPECT_EQ(work.ends[i], "finished " + std::to_string(i));
  }
}

TEST_F(BatchTest, AMemoryLimitBoundsWhatIsReadAhead) {
  Work work(40);
  work.side = 256;
  constexpr std::uint64_t kLimit = std::uint64_t{400} << 20U;
  options_.denoise.max_memory = kLimit;
  run(work);
  const std::uint64_t each = 40U * 256U * 256U;  // bytes per pixel in flight, as batch.cpp counts
  EXPECT_LE(static_cast<std::uint64_t>(work.most_in_flight), kLimit / 8 / each + 1);
  EXPECT_EQ(work.ends.back(), "finished 39");
}

#ifndef __SANITIZE_ADDRESS__  // sanitizers need several times the memory
TEST_F(BatchTest, WhatIsTooLargeToBeReadAheadIsReadAlone) {
  Work work(3);
  work.side = 600;
  options_.denoise.max_memory = std::uint64_t{200} << 20U;  // a quarter of an eighth holds 400 x 400
  run(work);
  EXPECT_EQ(work.most_in_flight, 1);
  EXPECT_EQ(work.ends.back(), "finished 2");
}
#endif

TEST_F(BatchTest, AModelThatDoesNotExistConcernsAll) {
  Work work(2);
  options_.denoise.model = "nowhere";
  EXPECT_THROW(run(work), Error);
  EXPECT_TRUE(work.ends.empty());
}

}  // namespace
}  // namespace aedenoise::pipeline
