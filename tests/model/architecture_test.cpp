#include "model/architecture.h"

#include <gtest/gtest.h>

#include <functional>

#include "aedenoise/error.h"
#include "nn/training.h"

namespace aedenoise::model {
namespace {

std::string refusal(const std::function<void()>& work, ErrorCode code) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

std::string refusal(const Architecture& a) {
  return refusal([&] { validate(a); }, ErrorCode::usage);
}

TEST(Architecture, ValidateSaysWhatIsWrong) {
  EXPECT_EQ(refusal(Architecture{}), "accepted");
  const auto with = [](const std::function<void(Architecture&)>& change) {
    Architecture a;
    change(a);
    return refusal(a);
  };
  EXPECT_EQ(with([](auto& a) { a.channels = 0; }), "a network takes images of 1 to 4 channels");
  EXPECT_EQ(with([](auto& a) { a.channels = 5; }), "a network takes images of 1 to 4 channels");
  EXPECT_EQ(with([](auto& a) { a.widths = {}; }), "a network has 1 to 6 levels");
  EXPECT_EQ(with([](auto& a) { a.widths.assign(7, 8); }), "a network has 1 to 6 levels");
  EXPECT_EQ(with([](auto& a) { a.blocks = {1, 1, 1}; }), "widths and blocks need one value per level each");
  EXPECT_EQ(with([](auto& a) { a.widths[1] = 0; }), "a width is 1 to 4096 channels");
  EXPECT_EQ(with([](auto& a) { a.widths[1] = 4097; }), "a width is 1 to 4096 channels");
  EXPECT_EQ(with([](auto& a) { a.blocks[0] = -1; }), "a level has 0 to 64 blocks");
  EXPECT_EQ(with([](auto& a) { a.code = -1; }), "the code has 1 to 4096 channels, or 0 for the last width");
  EXPECT_EQ(with([](auto& a) { a.shuffle = 0; }), "the pixel unshuffle is 1 to 4");
  EXPECT_EQ(with([](auto& a) { a.shuffle = 5; }), "the pixel unshuffle is 1 to 4");
  EXPECT_EQ(with([](auto& a) { a.slope = -0.1; }), "a rectifier's slope below zero is 0 to 1");
  EXPECT_EQ(with([](auto& a) { a.slices = 5; }), "accepted");
  for (const int slices : {0, 2, 17}) {
    EXPECT_EQ(with([=](auto& a) { a.slices = slices; }),
              "a network sees an odd number of slices from 1 to 15");
  }
  EXPECT_EQ(with([](auto& a) {
              a.slices = 3;
              a.channels = 3;
            }),
            "a network that sees several slices takes gray images");
  const std::string unknown = refusal([] { build({.kind = "denoisin"}); }, ErrorCode::usage);
  EXPECT_NE(unknown.find("'denoising'"), std::string::npos) << unknown;
}

TEST(Architecture, JsonComesBackAsItWas) {
  const Architecture a{"denoising", 3, {16, 24}, {0, 2}, 5, 1};
  const Architecture b = architecture_from_json(to_json(a));
  EXPECT_EQ(b.kind, a.kind);
  EXPECT_EQ(b.channels, a.channels);
  EXPECT_EQ(b.widths, a.widths);
  EXPECT_EQ(b.blocks, a.blocks);
  EXPECT_EQ(b.code, a.code);
  EXPECT_EQ(b.shuffle, a.shuffle);
  EXPECT_EQ(to_json(b), to_json(a));
  EXPECT_EQ(b.slices, 1);
  EXPECT_EQ(architecture_from_json(to_json(Architecture{.slices = 5})).slices, 5);
  EXPECT_EQ(architecture_from_json(to_json(Architecture{.slope = 0.25})).slope, 0.25);
}

TEST(Architecture, DenoisersOfTheFirstVersionHaveNeitherSlopeNorShiftInvariance) {
  const Architecture a = architecture_from_json(
      R"({"kind":"denoising","channels":1,"widths":[8,8],"blocks":[1,1],"code":0,"shuffle":2})");
  EXPECT_EQ(a.slope, 0.0);
  EXPECT_FALSE(a.shift_invariant);
  EXPECT_GT(Architecture{}.slope, 0.0);
  EXPECT_TRUE(architecture_from_json(to_json(Architecture{})).shift_invariant);
}

TEST(Architecture, HostileJsonIsRefused) {
  const auto expect = [](const std::string& json, const std::string& why) {
    const std::string message = refusal([&] { architecture_from_json(json); }, ErrorCode::data);
    EXPECT_NE(message.find(why), std::string::npos) << json << " gives '" << message << "'";
  };
  const auto with = [](const std::string& key, const std::string& value) {
    std::string json = to_json(Architecture{});
    const auto begin = json.find("\"" + key + "\":") + key.size() + 3;
    const auto end = json[begin] == '[' ? json.find(']', begin) + 1 : json.find_first_of(",}", begin);
    return json.replace(begin, end - begin, value);
  };
  ASSERT_NO_THROW(architecture_from_json(with("channels", "1")));
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"kind":3})", "\xFF"})
    expect(text, "no architecture");
  expect(with("kind", "\"transformer\""), "unknown kind of network 'transformer'");
  expect(with("channels", "1.5"), "lacks the number 'channels'");
  expect(with("channels", "\"1\""), "lacks the number 'channels'");
  expect(with("channels", "-1"), "1 to 4 channels");
  expect(with("channels", "18446744073709551615"), "1 to 4 channels");
  expect(with("channels", "1e300"), "lacks the number 'channels'");
  expect(with("widths", "3"), "lacks the list 'widths'");
  expect(with("widths", "[8,8,8,8,8,8,8]"), "lacks the list 'widths'");
  expect(with("widths", "[8,\"8\",8]"), "other than numbers");
  expect(with("widths", "[8,8,8]"), "one value per level");
  expect(with("widths", "[8,4611686018427387904]"), "4096");
  expect(with("blocks", "[1,1000000000]"), "0 to 64 blocks");
  expect(with("code", "9223372036854775807"), "the code");
  expect(with("shuffle", "0"), "pixel unshuffle");
}

TEST(Architecture, SizesFollowFromLevelsAndUnshuffle) {
  EXPECT_EQ(size_multiple({}), 4);
  EXPECT_EQ(size_multiple({.widths = {8}, .blocks = {1}, .shuffle = 1}), 1);
  EXPECT_EQ(size_multiple({.widths = {8, 8}, .blocks = {1, 1}, .shuffle = 3}), 6);
  EXPECT_EQ(bottleneck({}, 64, 32).input_values, 64 * 32);
  EXPECT_EQ(bottleneck({}, 64, 32).code_values, 64 * 16 * 8);
  EXPECT_EQ(bottleneck({.channels = 3, .code = 12}, 64, 32).input_values, 3 * 64 * 32);
  EXPECT_EQ(bottleneck({.channels = 3, .code = 12}, 64, 32).code_values, 12 * 16 * 8);
}

// Per pixel of the image. Level 0 has a quarter of the pixels, 1 a sixteenth, 2 a sixty-fourth.
TEST(Architecture, TheDefaultNetworkCosts62ThousandMacsPerPixel) {
  const std::int64_t ends = 9 * 5 * 32 / 4 + 9 * 32 * 4 / 4;  // head from 4 + 1 channels, tail to 4
  const std::int64_t blocks = 2 * 4 * 2 * 9 * 32 * 32 / 4;    // four each in encoder and decoder
  const std::int64_t bottleneck_blocks = 5 * 2 * 9 * 64 * 64 / 16;
  const std::int64_t resampling = 2 * 4 * 32 * 64 / 16;  // down and up
  const std::int64_t expected = ends + blocks + bottleneck_blocks + resampling;
  EXPECT_EQ(expected, 61576);
  const nn::Graph graph = build({});
  EXPECT_EQ(nn::macs(graph, input_shapes({}, 1, 64, 128)), expected * 64 * 128);

  std::int64_t count = 0;
  for (const auto& spec : nn::parameters(graph, input_shapes({}, 1, 8, 8)))
    count += onednn::volume(spec.dims);
  EXPECT_EQ(count, 9 * 5 * 32 + 9 * 32 * 4 + 16 * 9 * 32 * 32 + 10 * 9 * 64 * 64 + 2 * 4 * 32 * 64);
}

}  // namespace
}  // namespace aedenoise::model
