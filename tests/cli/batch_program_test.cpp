// `aedenoise denoise` with folders: going on after a crash, shares, other files, and what can go wrong.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "core/rng.h"
#include "core/sha256.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;
using Contents = std::map<std::string, std::string>;

class BatchProgram : public testing::Test {
 protected:
  BatchProgram() {
    box_.write_model("gray.safetensors", 1);
    fs::create_directories(box_.path("in/deep"));
    for (int i = 0; i < 8; ++i) {
      box_.write_image((i % 2 == 0 ? "in/" : "in/deep/") + std::to_string(i) + ".png", 1, 60 + 4 * i, 64,
                       10.0 + i);
    }
    box_.write("in/notes.txt", "not a picture");
  }

  static Words words(const std::string& output, const Words& more = {}) {
    Words all{"denoise", "in", "-o", output, "-m", "gray.safetensors", "-j", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // Hashes of every file below a folder but the manifests.
  Contents contents(const std::string& folder) const {
    Contents out;
    for (const std::string& name : box_.files()) {
      const bool manifest = name.find(".aedenoise") != std::string::npos;
      if (!name.starts_with(folder + "/") || manifest || fs::is_directory(box_.path(name))) continue;
      out[name.substr(folder.size() + 1)] = core::sha256_hex(box_.read(name));
    }
    return out;
  }

  static std::map<std::string, int> statuses(const Outcome& outcome) {
    std::map<std::string, int> counts;
    const json results = json::parse(outcome.out);
    for (const json& record : results.at("files")) {
      ++counts[record.at("status").get<std::string>()];
    }
    return counts;
  }

  Sandbox box_;
};

TEST_F(BatchProgram, KilledAtAnyPointItGoesOnToTheSameBytes) {
  const Outcome whole = box_.run(words("whole"));
  ASSERT_EQ(whole.code, 0) << whole.err;
  const Contents expected = contents("whole");
  ASSERT_EQ(expected.size(), 8U);
  core::Rng rng(20);
  for (int round = 0; round < 5; ++round) {
    const std::string output = "out" + std::to_string(round);
    // Each round is killed up to three times, at points spread over the time such a run takes.
    for (int attempt = 0; attempt < 3; ++attempt) {
      const pid_t process = box_.start(words(output, {"--resume"}));
      usleep(static_cast<useconds_t>(20'000.0F + 250'000.0F * rng.uniform()));
      kill(process, SIGKILL);
      box_.finish(process);
    }
    const Outcome outcome = box_.run(words(output, {"--resume"}));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(contents(output), expected) << "round " << round;
  }
}

TEST_F(BatchProgram, ResumeTrustsOnlyWhatIsStillAsItWasWritten) {
  ASSERT_EQ(box_.run(words("out")).code, 0);
  const Contents expected = contents("out");
  const Words again = words("out", {"--resume", "--json", "-"});
  EXPECT_EQ(statuses(box_.run(again)), (std::map<std::string, int>{{"skipped", 8}}));

  std::string changed = box_.read("out/4.png");
  changed.back() ^= 1;  // as many bytes as before
  box_.write("out/4.png", changed);
  fs::remove(box_.path("out/deep/1.png"));
  EXPECT_EQ(statuses(box_.run(again)), (std::map<std::string, int>{{"done", 2}, {"skipped", 6}}));
  EXPECT_EQ(contents("out"), expected);

  box_.write_image("in/0.png", 1, 50, 50);
  EXPECT_EQ(statuses(box_.run(again)), (std::map<std::string, int>{{"done", 1}, {"skipped", 7}}))
      << "an input that changed";
  Words stronger = again;
  stronger.insert(stronger.end(), {"--strength", "0.5"});
  EXPECT_EQ(statuses(box_.run(stronger)), (std::map<std::string, int>{{"done", 8}})) << "another option";
}

TEST_F(BatchProgram, WithoutResumeExistingOutputsAreRefused) {
  ASSERT_EQ(box_.run(words("out")).code, 0);
  const Contents before = contents("out");
  const Outcome outcome = box_.run(words("out"));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("--force"), std::string::npos) << outcome.err;
  EXPECT_EQ(contents("out"), before);
  fs::create_directories(box_.path("foreign"));
  box_.write("foreign/0.png", "precious");
  EXPECT_EQ(box_.run(words("foreign", {"--resume"})).code, 2) << "no run of aedenoise wrote there";
  EXPECT_EQ(box_.read("foreign/0.png"), "precious");
}

TEST_F(BatchProgram, PartsTogetherAreTheWhole) {
  ASSERT_EQ(box_.run(words("whole")).code, 0);
  const Contents expected = contents("whole");
  std::size_t done = 0;
  for (const char* part : {"0", "1", "2"}) {
    const Outcome outcome = box_.run(words("out", {"--num-parts", "3", "--part-id", part, "--json", "-"}));
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const std::size_t count = json::parse(outcome.out).at("files").size();
    EXPECT_GE(count, 2U);
    done += count;
  }
  EXPECT_EQ(done, 8U);
  EXPECT_EQ(contents("out"), expected);
  const Outcome all = box_.run(words("out", {"--resume", "--json", "-"}));
  EXPECT_EQ(statuses(all), (std::map<std::string, int>{{"skipped", 8}})) << "a run of the whole knows them";
}

TEST_F(BatchProgram, TheTaskOfASlurmArrayIsItsPart) {
  ASSERT_EQ(box_.run(words("whole")).code, 0);
  const Words slurm = words("out", {"--num-parts", "slurm"});
  EXPECT_EQ(box_.run(slurm).code, 2) << "outside Slurm";
  setenv("SLURM_ARRAY_TASK_COUNT", "2", 1);
  setenv("SLURM_ARRAY_TASK_MIN", "5", 1);
  for (const char* task : {"5", "6"}) {
    setenv("SLURM_ARRAY_TASK_ID", task, 1);
    const Outcome outcome = box_.run(slurm);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  EXPECT_EQ(contents("out"), contents("whole"));
  setenv("SLURM_ARRAY_TASK_ID", "9", 1);
  const Outcome gap = box_.run(words("other", {"--num-parts", "slurm"}));
  EXPECT_EQ(gap.code, 2);
  EXPECT_NE(gap.err.find("without gaps"), std::string::npos) << gap.err;
  for (const char* name : {"SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_ID"}) {
    unsetenv(name);
  }
}

TEST_F(BatchProgram, PartsMustBeStatedWhole) {
  EXPECT_EQ(box_.run(words("out", {"--part-id", "0"})).code, 2);
  EXPECT_EQ(box_.run(words("out", {"--num-parts", "2", "--part-id", "2"})).code, 2);
  EXPECT_EQ(box_.run(words("out", {"--num-parts", "0", "--part-id", "0"})).code, 2);
  EXPECT_FALSE(fs::exists(box_.path("out")));
}

TEST_F(BatchProgram, OtherFilesAreCopiedWhenAsked) {
  ASSERT_EQ(box_.run(words("plain")).code, 0);
  EXPECT_FALSE(fs::exists(box_.path("plain/notes.txt")));
  const Outcome outcome = box_.run(words("out", {"--others", "copy", "--json", "-"}));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(statuses(outcome), (std::map<std::string, int>{{"copied", 1}, {"done", 8}}));
  EXPECT_EQ(box_.read("out/notes.txt"), "not a picture");
  const Outcome again = box_.run(words("out", {"--others", "copy", "--resume", "--json", "-"}));
  EXPECT_EQ(statuses(again), (std::map<std::string, int>{{"skipped", 9}}));
}

TEST_F(BatchProgram, ResumeMissesFilesOfSamples) {
  fs::create_directories(box_.path("scans"));
  box_.write_image("scans/a.hdr", 1, 40, 40);
  const Words words{"denoise",  "scans",  "-o", "out", "--sigma",         "20",
                    "--resume", "--json", "-",  "-m",  "gray.safetensors"};
  ASSERT_EQ(statuses(box_.run(words)), (std::map<std::string, int>{{"done", 1}}));
  const Contents expected = contents("out");
  ASSERT_EQ(expected.size(), 2U);
  EXPECT_EQ(statuses(box_.run(words)), (std::map<std::string, int>{{"skipped", 1}}));
  fs::remove(box_.path("out/a.img"));
  EXPECT_EQ(statuses(box_.run(words)), (std::map<std::string, int>{{"done", 1}}));
  EXPECT_EQ(contents("out"), expected);
}

TEST_F(BatchProgram, OneBadFileNeverStopsTheRest) {
  const std::string bytes = box_.read("in/2.png");
  box_.write("in/2.png", bytes.substr(0, bytes.size() / 2));
  const Outcome outcome = box_.run(words("out", {"--json", "-"}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(statuses(outcome), (std::map<std::string, int>{{"done", 7}, {"failed", 1}}));
  EXPECT_NE(outcome.err.find("1 of 8 failed:\n  in/2.png: "), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(box_.path("out/2.png")));
  EXPECT_EQ(contents("out").size(), 7U);

  box_.write("in/4.nhdr", "NRRD0004\nno field\n");
  const Outcome more = box_.run(words("more", {"--json", "-"}));
  EXPECT_EQ(statuses(more), (std::map<std::string, int>{{"done", 7}, {"failed", 2}})) << more.err;
}

TEST_F(BatchProgram, AReadOnlyFolderIsRefusedInOneSentence) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::create_directories(box_.path("out"));
  chmod(box_.path("out").c_str(), 0555);
  const Outcome outcome = box_.run(words("out"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("out: cannot be written"), std::string::npos) << outcome.err;
  EXPECT_LT(outcome.peak_bytes, kLittleMemory);
  EXPECT_TRUE(contents("out").empty());
}

// Nobody, root included, makes files there.
TEST_F(BatchProgram, AFolderOfTheSystemIsRefusedInOneSentence) {
  const Outcome outcome = box_.run(words("/proc/self/aedenoise_out"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(outcome.err.starts_with("aedenoise: /proc/self/aedenoise_out: ")) << outcome.err;
  EXPECT_LT(outcome.peak_bytes, kLittleMemory);
}

TEST_F(BatchProgram, AFullDiskLeavesWholeFilesAndIsGoneOnFrom) {
  ASSERT_EQ(box_.run(words("whole")).code, 0);
  const Contents expected = contents("whole");
  // No file may grow beyond what most outputs have, as if the disk were full.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit little{fs::file_size(box_.path("whole/4.png")), before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &little);
  const Outcome full = box_.run(words("out", {"-q"}));
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(full.code, 1) << full.err;
  EXPECT_NE(full.err.find("File too large"), std::string::npos) << full.err;
  EXPECT_LT(full.peak_bytes, kLittleMemory);
  for (const auto& [name, hash] : contents("out")) EXPECT_EQ(hash, expected.at(name)) << name;
  EXPECT_EQ(box_.run(words("out", {"--resume"})).code, 0);
  EXPECT_EQ(contents("out"), expected);
}

TEST_F(BatchProgram, WhatIsNoFolderOrNoFileIsSaid) {
  const Outcome outcome = box_.run({"denoise", "in", "-o", "out.nii.gz", "-m", "gray.safetensors"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("is named like a file"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(box_.path("out.nii.gz")));
  ASSERT_EQ(mkfifo(box_.path("pipe").c_str(), 0600), 0);
  const Outcome pipe = box_.run({"denoise", "pipe", "-o", "out.png"});
  EXPECT_EQ(pipe.code, 2);
  EXPECT_NE(pipe.err.find("pipe: is no file but a pipe"), std::string::npos) << pipe.err;
  EXPECT_NE(box_.run(words("out")).err.find("1 file(s) that are no images were left out"), std::string::npos);
}

TEST_F(BatchProgram, LoopsOfLinksEnd) {
  fs::create_directory_symlink("..", box_.path("in/deep/up"));
  fs::create_directory_symlink(".", box_.path("in/self"));
  fs::create_symlink("ring_b", box_.path("in/ring_a"));
  fs::create_symlink("ring_a", box_.path("in/ring_b"));
  const Outcome outcome = box_.run(words("out"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_LT(outcome.peak_bytes, kLittleMemory);
  EXPECT_EQ(contents("out").size(), 8U);
}

TEST_F(BatchProgram, TwoProcessesDoNotShareAFolder) {
  box_.write_image("in/large.png", 1, 500, 500);
  const pid_t first = box_.start(words("out", {"--tile", "16", "--progress", "plain"}));
  ASSERT_TRUE(box_.wait_for(first, "%"));
  Sandbox other;  // messages of its own
  const Outcome second = other.run({"denoise", box_.path("in").string(), "-o", box_.path("out").string(),
                                    "-m", box_.path("gray.safetensors").string(), "--resume"});
  kill(first, SIGKILL);
  box_.finish(first);
  EXPECT_EQ(second.code, 3) << second.err;
  EXPECT_LT(second.peak_bytes, kLittleMemory);
  EXPECT_NE(second.err.find("another aedenoise is writing there"), std::string::npos) << second.err;
}

}  // namespace
}  // namespace aedenoise::cli_tests
