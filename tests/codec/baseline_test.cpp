// What machines without AVX2 run gives the same bits as what this one runs.
#include "codec/baseline.h"

#include <gtest/gtest.h>
#include <omp.h>

#include "codec/pictures.h"
#include "core/module.h"

namespace aedenoise::codec::tests {
namespace {

const BaselineCodec& baseline() {
  omp_set_num_threads(1);  // pictures are so small that threads would wait for each other
  return core::load_module<BaselineCodec>("codec_baseline");
}

TEST(Baseline, IntegerNetworksGiveTheSameValues) {
  std::mt19937 random(4);
  for (const double size : {0.4, 2.0}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 4}, {33, 20}}) {
      Values source{width, height, 5, {}};
      for (int i = 0; i < width * height * 5; ++i)
        source.values.push_back(static_cast<std::int16_t>(random()));
      const std::vector<IntegerLayer> layers = random_layers(5, size);
      const Values here = IntegerNetwork(layers).run(source, {0, 0, width, height});
      EXPECT_EQ(baseline().run(layers, source).values, here.values) << width << " x " << height;
    }
  }
}

// Each reads what the other wrote.
void expect_exchange(const Bytes& here, const Bytes& there) {
  EXPECT_EQ(here, there);
  for (const Bytes& bytes : {here, there}) {
    const Samples decoded = StreamReader(bytes, kManyPixels, kManyBytes).decode(&kSmallModel);
    EXPECT_EQ(baseline().decode(bytes).values, decoded.values);
  }
}

TEST(Baseline, WaveletFilesAreExchanged) {
  for (const std::uint32_t step : {64U, 3000U}) {
    const Samples picture = scene(61, 37, 1, 3, 0, 255);
    expect_exchange(encode_with_step(picture, 8, step, {}).bytes, baseline().encode(picture, 8, step));
    const Samples volume = scene(40, 31, 3, 1, -1024, 3071);
    expect_exchange(encode_with_step(volume, 12, step, {}).bytes, baseline().encode(volume, 12, step));
  }
}

TEST(Baseline, LearnedFilesAreExchanged) {
  for (const std::uint32_t step : {300U, 3000U}) {
    const Samples picture = scene(71, 45, 1, 1, 0, 255);
    const LearnedCode code = some_code(kSmallModel, picture);
    expect_exchange(encode_with_step(picture, 8, step, {}, &code).bytes,
                    baseline().encode_learned(picture, step));
    const Samples volume = scene(40, 31, 5, 1, -1024, 3071);
    const LearnedCode volume_code = some_code(kSmallModel, volume);
    expect_exchange(encode_with_step(volume, 8, 16 * step, {}, &volume_code).bytes,
                    baseline().encode_learned(volume, 16 * step));
  }
}

}  // namespace
}  // namespace aedenoise::codec::tests
