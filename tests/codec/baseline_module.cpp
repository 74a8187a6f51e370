#include "codec/baseline.h"

namespace aedenoise::codec::tests {
namespace {

class Codec : public BaselineCodec {
 public:
  Values run(const std::vector<IntegerLayer>& layers, const Values& source) const override {
    return IntegerNetwork(layers).run(source, {0, 0, source.width, source.height});
  }
  Bytes encode(const Samples& samples, int bits, std::uint32_t step) const override {
    return encode_with_step(samples, bits, step, {}).bytes;
  }
  Bytes encode_learned(const Samples& samples, std::uint32_t step) const override {
    const LearnedCode code = some_code(kSmallModel, samples);
    return encode_with_step(samples, 8, step, {}, &code).bytes;
  }
  Samples decode(const Bytes& bytes) const override {
    return StreamReader(bytes, std::uint64_t{1} << 24U, 0).decode(&kSmallModel);
  }
};

}  // namespace
}  // namespace aedenoise::codec::tests

extern "C" [[gnu::visibility("default")]] const void* aedenoise_codec_baseline_module() {
  static const aedenoise::codec::tests::Codec codec;
  return static_cast<const aedenoise::codec::tests::BaselineCodec*>(&codec);
}
