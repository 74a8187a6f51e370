// From samples to the bytes of an .aedz file.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "aedenoise/error.h"
#include "codec/stream.h"

namespace aedenoise::codec {

struct Encoded {
  Bytes bytes;      // the file
  Samples decoded;  // what it decodes to
  Coding coding;
};

// `rest`: what else the file keeps. Every sample at most `max_error` off; 0: lossless.
Encoded encode_within(const Samples& samples, int bits_stored, std::int32_t max_error,
                      std::span<const std::uint8_t> rest);

// With a quantisation step, in units of 1/256. `learned`: what a learned transform made of the samples;
// without it they are coded with the wavelet transform.
Encoded encode_with_step(const Samples& samples, int bits_stored, std::uint32_t step,
                         std::span<const std::uint8_t> rest, const LearnedCode* learned = nullptr);

// Error{usage}: not even the coarsest coding is that short.
class TooSmall : public Error {
 public:
  TooSmall(std::uint64_t wanted, std::uint64_t least)
      : Error(ErrorCode::usage, "cannot be coded in " + std::to_string(wanted) + " bytes; " +
                                    std::to_string(least) + " is the least that is possible"),
        least_(least) {}
  std::uint64_t least() const { return least_; }  // bytes

 private:
  std::uint64_t least_;
};

// As good as `most` bytes allow, within 1% below; lossless when that is no longer. Throws TooSmall.
Encoded encode_to_size(const Samples& samples, int bits_stored, std::uint64_t most,
                       std::span<const std::uint8_t> rest, const LearnedCode* learned = nullptr);

}  // namespace aedenoise::codec
