#include "pipeline/checkpoint.h"

#include <fstream>
#include <limits>

#include "nn/weights.h"
#include "pipeline/pictures.h"

namespace aedenoise::test {
namespace {

using pipeline::TrainState;

TrainState some_state() {
  TrainState state;
  state.options = R"({"seed":1,"text":"\"quoted\""})";
  state.step = (std::int64_t{1} << 40) + 1;
  state.seconds = 0.1;
  state.best_score = 1.0 / 3.0;
  state.stale = 2;
  state.loss_sum = std::numeric_limits<double>::min();
  state.loss_count = 5;
  state.parameters = {1.0F, -0.0F, std::numeric_limits<float>::denorm_min()};
  state.average = {0.1F, 0.2F, 0.3F};
  state.best = {1e-20F, 1e20F, -5.0F};
  state.moments = {{1.0F, 2.0F, 3.0F}, {4.0F, 5.0F, 6.0F}};
  state.curve = {{1, 0.1, 1e-3, 0.25, 30.0}, {2, 1.0 / 3.0, 1e-4, 0.5, 31.0}};
  return state;
}

std::vector<char> content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Checkpoint, ComesBackBitForBit) {
  const Folder folder;
  const TrainState state = some_state();
  write_checkpoint(state, folder / "run");
  const TrainState read = pipeline::read_checkpoint(folder / "run");
  EXPECT_EQ(read.options, state.options);
  EXPECT_EQ(read.step, state.step);
  EXPECT_EQ(read.seconds, state.seconds);
  EXPECT_EQ(read.best_score, state.best_score);
  EXPECT_EQ(read.stale, state.stale);
  EXPECT_EQ(read.loss_sum, state.loss_sum);
  EXPECT_EQ(read.loss_count, state.loss_count);
  EXPECT_EQ(read.parameters, state.parameters);
  EXPECT_EQ(read.average, state.average);
  EXPECT_EQ(read.best, state.best);
  EXPECT_EQ(read.moments, state.moments);
  ASSERT_EQ(read.curve.size(), 2U);
  EXPECT_EQ(read.curve[1].loss, state.curve[1].loss);
  write_checkpoint(read, folder / "again");
  EXPECT_EQ(content(folder / "again"), content(folder / "run"));
}

// A curve longer than a model file's header may be.
TEST(Checkpoint, HoldsTheCurveOfALongRun) {
  const Folder folder;
  TrainState state = some_state();
  for (int i = 0; i < 20000; ++i) state.curve.push_back({i, 1.0 / 3.0, 1.0 / 3e3, i / 7.0, 30.0 + 1.0 / 3.0});
  write_checkpoint(state, folder / "run");
  EXPECT_GT(std::filesystem::file_size(folder / "run"), std::uintmax_t{1} << 20);
  EXPECT_EQ(pipeline::read_checkpoint(folder / "run").curve.size(), state.curve.size());
}

TEST(Checkpoint, DamagedFilesAreNamed) {
  const Folder folder;
  write_checkpoint(some_state(), folder / "run");
  const std::vector<char> whole = content(folder / "run");
  const std::string path = (folder / "part").string();
  for (std::size_t size = 0; size < whole.size(); size += 13) {
    std::ofstream(path, std::ios::binary).write(whole.data(), static_cast<std::streamsize>(size));
    const std::string message = refusal(ErrorCode::data, [&] { pipeline::read_checkpoint(path); });
    EXPECT_TRUE(message.starts_with(path)) << message;
  }
  // A model is no checkpoint.
  nn::Weights model;
  model.tensors["a"] = {{1}, {1.0F}};
  const auto bytes = nn::write_safetensors(model, nn::Storage::f32);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  EXPECT_EQ(refusal(ErrorCode::data, [&] { pipeline::read_checkpoint(path); }),
            path + ": not a training checkpoint");
}

TEST(Checkpoint, FoldersThatDoNotExistAreNamed) {
  const Folder folder;
  const std::string path = (folder / "missing/run").string();
  EXPECT_TRUE(refusal(ErrorCode::io, [&] { write_checkpoint(some_state(), path); }).starts_with(path));
  EXPECT_TRUE(refusal(ErrorCode::io, [&] { pipeline::read_checkpoint(path); }).starts_with(path));
}

}  // namespace
}  // namespace aedenoise::test
