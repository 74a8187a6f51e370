// libFuzzer target: whatever bytes come in, the .aedz reader gives samples within their range, or an Error.
#include <algorithm>
#include <cstdlib>

#include "aedenoise/error.h"
#include "codec/byte_coder.h"
#include "codec/checksums.h"
#include "codec/learned_models.h"
#include "pipeline/compressed_rest.h"

namespace {

using namespace aedenoise;

void expect_within(const codec::Samples& samples) {
  if (samples.values.size() != samples.size()) std::abort();
  for (const std::int32_t value : samples.values)
    if (value < samples.low || value > samples.high) std::abort();
}

template <typename Read>
void attempt(Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) std::abort();
  }
}

void read_all(const codec::Bytes& bytes) {
  constexpr std::uint64_t kMostPixels = 1U << 11U;
  constexpr std::uint64_t kMostRest = 1U << 16U;
  attempt([&] {
    const codec::StreamReader reader(bytes, kMostPixels, kMostRest);
    const codec::Samples& shape = reader.header().shape;
    codec::LearnedModel model = codec::tests::kSmallModel;
    model.hash = reader.header().coding.model;
    attempt([&] { expect_within(reader.decode({0, 0, shape.depth - 1, 1, 1, 1}, &model)); });
    attempt([&] { expect_within(reader.decode(&model)); });
    attempt([&] {
      const pipeline::CompressedRest rest = pipeline::rest_from(reader.rest());
      std::vector<std::int32_t> values(shape.size());
      pipeline::put_padding(rest.padding, values);
    });
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const codec::Bytes bytes(data, data + size);
  read_all(bytes);
  // Without right checksums hardly any input would get past the first check.
  read_all(codec::tests::with_checksums(bytes));
  return 0;
}
