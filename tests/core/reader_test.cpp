#include "core/reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace aedenoise::core {
namespace {

TEST(Reader, ReadsBothByteOrders) {
  const std::vector<std::uint8_t> bytes{0x01, 0x02, 0x03, 0x04, 0x3F, 0x80, 0x00, 0x00};
  Reader little(bytes);
  EXPECT_EQ(little.get<std::uint16_t>(), 0x0201);
  EXPECT_EQ(little.get<std::uint8_t>(), 3);
  EXPECT_EQ(little.position(), 3U);
  EXPECT_EQ(little.remaining(), 5U);
  Reader big(bytes, std::endian::big);
  EXPECT_EQ(big.get<std::uint32_t>(), 0x01020304U);
  EXPECT_EQ(big.get<float>(), 1.0F);
}

TEST(Reader, NeverReadsPastTheEnd) {
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  Reader reader(bytes);
  EXPECT_THROW(reader.get<std::uint32_t>(), Error);
  EXPECT_THROW(reader.take(4), Error);
  EXPECT_THROW(reader.take(~std::size_t{0}), Error);
  EXPECT_EQ(reader.take(3).size(), 3U);
  EXPECT_TRUE(reader.take(0).empty());
  EXPECT_THROW(reader.get<std::uint8_t>(), Error);
}

}  // namespace
}  // namespace aedenoise::core
