// .aedz files that are damaged, by chance or on purpose.
#include "codec/damage.h"

namespace aedenoise::codec::tests {
namespace {

// Either everything comes back or an Error{data} says why not. The part that is changed is read first.
void expect_right_or_refused(const Bytes& file, const Encoded& coded, std::size_t changed) {
  try {
    const StreamReader reader(file, kManyPixels, kManyBytes);
    const std::size_t rest = 12 + number_at(coded.bytes, 8) + 4;
    if (changed < rest + number_at(coded.bytes, 0x38)) reader.rest();
    ASSERT_EQ(reader.decode(&kSmallModel).values, coded.decoded.values);
    ASSERT_EQ(reader.rest(), kRest);
  } catch (const Error& error) {
    ASSERT_EQ(error.code(), ErrorCode::data) << error.what();
    ASSERT_GT(std::string(error.what()).size(), 10U);
  }
}

TEST(Damage, EveryPrefixIsRefused) {
  for (const Encoded& coded : small_files(20)) {
    for (std::size_t length = 0; length < coded.bytes.size(); ++length) {
      const Bytes part(coded.bytes.begin(), coded.bytes.begin() + static_cast<std::ptrdiff_t>(length));
      ASSERT_THROW(StreamReader(part, kManyPixels, kManyBytes), Error) << length;
      expect_right_or_refused(part, coded, length);
    }
    Bytes longer = coded.bytes;
    longer.push_back(0);
    EXPECT_THROW(StreamReader(longer, kManyPixels, kManyBytes), Error);
  }
}

// All 255 other values of every byte.
TEST(Damage, EveryChangeOfAByteIsRefused) {
  for (const Encoded& coded : small_files(10)) {
    Bytes file = coded.bytes;
    for (std::size_t i = 0; i < file.size(); ++i) {
      for (unsigned change = 1; change < 256; ++change) {
        file[i] = static_cast<std::uint8_t>(coded.bytes[i] ^ change);
        expect_right_or_refused(file, coded, i);
        if (testing::Test::HasFatalFailure()) return;
      }
      file[i] = coded.bytes[i];
    }
    expect_right_or_refused(file, coded, 0);
  }
}

TEST(Damage, CraftedFilesNeverReachOutside) {
  for (const Encoded& coded : small_files(16)) expect_no_harm(coded, 40, 1U << 10U);
}

TEST(Damage, SizesAreCheckedBeforeMemoryIsTaken) {
  Bytes file = small_files(20).front().bytes;
  for (const std::size_t at : {0x12U, 0x16U}) file[at] = 0x0F;  // sides of about a million
  file = with_checksums(std::move(file));
  try {
    StreamReader(file, kManyPixels, kManyBytes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::resource);
  }
  EXPECT_THROW(StreamReader(file, std::uint64_t{1} << 62U, kManyBytes), Error);
}

TEST(Damage, ALongRestIsRefusedBeforeItIsUnpacked) {
  Bytes file = small_files(20).front().bytes;
  file[0x36] = 0x7F;  // of eight bytes from 0x30 on
  file = with_checksums(std::move(file));
  try {
    StreamReader(file, kManyPixels, kManyBytes);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::resource);
  }
  const StreamReader reader(file, kManyPixels, ~std::uint64_t{0});
  EXPECT_THROW(reader.rest(), Error);
}

}  // namespace
}  // namespace aedenoise::codec::tests
