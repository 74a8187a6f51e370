// What an .aedz file keeps besides samples, as bytes: the format, names and headers of the original files,
// which samples are padding, and how the loss is to be recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/stream.h"
#include "io/parts.h"

namespace aedenoise::pipeline {

struct CompressedRest {
  std::string format;
  std::string method;  // of coding; empty: lossless
  std::vector<std::string> names;
  std::vector<core::Bytes> files;
  codec::Bytes padding;  // of take_padding()
};

codec::Bytes to_bytes(const CompressedRest& rest);
CompressedRest rest_from(std::span<const std::uint8_t> bytes);  // Error{data} when malformed

// Takes padding out of `samples` before lossy coding: those of its range become the nearest value before
// them. What put_padding() needs to restore it; empty when there is none.
codec::Bytes take_padding(codec::Samples& samples, const io::Padding& padding);
// Error{data} when `packed` does not fit the samples.
void put_padding(std::span<const std::uint8_t> packed, std::vector<std::int32_t>& values);
// The same of a part of samples of this shape, whose values lie as those of all.
void put_padding(std::span<const std::uint8_t> packed, const codec::Samples& shape, const codec::Box& part,
                 std::vector<std::int32_t>& values);

}  // namespace aedenoise::pipeline
