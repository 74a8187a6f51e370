// The codec compiled without instructions that not every machine has, as a run-time module of the tests.
#pragma once

#include "codec/encode.h"
#include "codec/learned_models.h"

namespace aedenoise::codec::tests {

class BaselineCodec {
 public:
  virtual ~BaselineCodec() = default;
  virtual Values run(const std::vector<IntegerLayer>& layers, const Values& source) const = 0;
  virtual Bytes encode(const Samples& samples, int bits, std::uint32_t step) const = 0;
  virtual Bytes encode_learned(const Samples& samples, std::uint32_t step) const = 0;
  virtual Samples decode(const Bytes& bytes) const = 0;
};

}  // namespace aedenoise::codec::tests
