// Every target of the fuzzer over its seeds and a few hundred damaged copies of them, the same every time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "core/memory.h"
#include "core/sha256.h"
#include "fuzz/target.h"

namespace aedenoise::fuzz {
namespace {

// Of each seed.
#ifdef __SANITIZE_ADDRESS__
constexpr int kRounds = 30;
#else
constexpr int kRounds = 60;
#endif

class Mutations : public testing::TestWithParam<std::string> {};

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const Target& target : targets()) out.emplace_back(target.name);
  return out;
}

// One of what damages files: bits, bytes, numbers at a limit, pieces lost, repeated or moved.
void damage(Bytes& bytes, std::mt19937& random) {
  constexpr std::array<std::uint32_t, 8> kNumbers{0, 1, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random()) % end; };
  const auto at = [&](std::size_t i) { return bytes.begin() + static_cast<std::ptrdiff_t>(i); };
  const std::size_t place = below(bytes.size());
  const std::size_t length = 1 + below(std::min<std::size_t>(bytes.size() - place, 16));
  switch (below(8)) {
    case 0:
      bytes[place] = static_cast<std::uint8_t>(bytes[place] ^ (1U << below(8)));
      break;
    case 1:
      bytes[place] = static_cast<std::uint8_t>(random());
      break;
    case 2:
      bytes.erase(at(place), at(place + length));
      break;
    case 3:
      bytes.resize(place);
      break;
    case 4:
      bytes.insert(at(place), length, static_cast<std::uint8_t>(random()));
      break;
    case 5: {
      const Bytes piece(at(place), at(place + length));
      bytes.insert(at(below(bytes.size())), piece.begin(), piece.end());
      break;
    }
    default: {
      const std::uint32_t number = kNumbers.at(below(kNumbers.size()));
      const bool big = below(2) == 0;
      for (std::size_t i = 0; i < 4 && place + i < bytes.size(); ++i)
        bytes[place + i] = static_cast<std::uint8_t>(number >> (8 * (big ? 3 - i : i)));
    }
  }
}

TEST_P(Mutations, AreReadOrRefusedInLittleMemory) {
  const std::vector<Target> all = targets();
  const Target& target = *std::ranges::find(all, GetParam(), &Target::name);
  const std::vector<Bytes> seeds = target.seeds();
  ASSERT_FALSE(seeds.empty());
  const auto run = [&](const Bytes& bytes) {
    try {
      return target.run(bytes);
    } catch (const std::exception& finding) {
      ADD_FAILURE() << finding.what() << ": " << core::hex(bytes);
      return false;
    }
  };
  for (std::size_t i = 0; i < seeds.size(); ++i)
    EXPECT_TRUE(run(seeds[i])) << "seed " << i << ": " << last_refusal();
  run({});
  [[maybe_unused]] const std::uint64_t before = core::peak_resident_bytes();
  std::mt19937 random(1);
  for (const Bytes& seed : seeds) {
    for (int round = 0; round < kRounds; ++round) {
      Bytes bytes = seed;
      for (int change = round % 4; change >= 0 && !bytes.empty(); --change) damage(bytes, random);
      run(bytes);
      if (HasFailure()) return;
    }
  }
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed
  EXPECT_LT(core::peak_resident_bytes() - before, std::uint64_t{64} << 20U);
#endif
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Mutations, testing::ValuesIn(names()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace aedenoise::fuzz
