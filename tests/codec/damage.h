// Damaged files and what must become of them.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "aedenoise/error.h"
#include "codec/checksums.h"
#include "codec/encode.h"
#include "codec/learned_models.h"
#include "codec/pictures.h"

namespace aedenoise::codec::tests {

inline const Bytes kRest{'h', 'e', 'a', 'd', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'e', 'r'};

// One file of every way of coding.
inline std::vector<Encoded> small_files(int side) {
  const Samples samples = scene(side, side - 4, 2, 1, 0, 4095);
  const Samples picture = scene(side, side, 1, 1, 0, 255);
  const LearnedCode code = some_code(kSmallModel, picture);
  const LearnedCode volume_code = some_code(kSmallModel, samples);
  return {encode_with_step(picture, 8, 3000, kRest, &code),
          encode_with_step(samples, 12, 30000, kRest, &volume_code),
          encode_within(samples, 12, 0, kRest),
          encode_within(samples, 12, 2, kRest),
          encode_with_step(samples, 12, 3000, kRest),
          encode_with_step(scene(side, side, 1, 3, 0, 255), 8, 3000, kRest)};
}

// `rounds` files whose bytes are changed here and there and whose checksums are right.
inline void expect_no_harm(const Encoded& coded, int rounds, std::uint64_t max_pixels) {
  std::mt19937 random(1);
  for (int round = 0; round < rounds; ++round) {
    Bytes file = coded.bytes;
    const std::size_t header = 12 + number_at(file, 8);
    for (int change = round % 4; change >= 0; --change) {
      const std::size_t where =
          round % 2 == 0 ? 12 + random() % (header - 12) : header + 4 + random() % (file.size() - header - 4);
      file[where] = static_cast<std::uint8_t>(random());
    }
    file = with_checksums(std::move(file));
    try {
      const StreamReader reader(file, max_pixels, 1U << 16U);
      reader.rest();
      LearnedModel model = kSmallModel;
      model.hash = reader.header().coding.model;  // whatever was changed: its tiles are to be read
      const Samples decoded = reader.decode(&model);
      EXPECT_EQ(decoded.values.size(), decoded.size());
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
    }
  }
}

}  // namespace aedenoise::codec::tests
