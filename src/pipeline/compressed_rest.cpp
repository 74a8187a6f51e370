#include "pipeline/compressed_rest.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "core/reader.h"

namespace aedenoise::pipeline {
namespace {

template <typename T>
void put(codec::Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

template <typename Values>
void put_block(codec::Bytes& out, const Values& values) {
  put(out, static_cast<std::uint32_t>(values.size()));
  out.insert(out.end(), values.begin(), values.end());
}

core::Bytes take_block(core::Reader& in) {
  const auto bytes = in.take(in.get<std::uint32_t>());
  return {bytes.begin(), bytes.end()};
}

std::string take_text(core::Reader& in) {
  const auto bytes = in.take(in.get<std::uint32_t>());
  return {bytes.begin(), bytes.end()};
}

}  // namespace

codec::Bytes to_bytes(const CompressedRest& rest) {
  codec::Bytes out;
  put_block(out, rest.format);
  put_block(out, rest.method);
  put_block(out, rest.padding);
  put(out, static_cast<std::uint32_t>(rest.files.size()));
  for (std::size_t i = 0; i < rest.files.size(); ++i) {
    put_block(out, rest.names[i]);
    put_block(out, rest.files[i]);
  }
  return out;
}

CompressedRest rest_from(std::span<const std::uint8_t> bytes) {
  core::Reader in(bytes);
  CompressedRest out;
  out.format = take_text(in);
  out.method = take_text(in);
  out.padding = take_block(in);
  const auto count = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    out.names.push_back(take_text(in));
    out.files.push_back(take_block(in));
  }
  if (count == 0 || in.remaining() != 0)
    throw Error(ErrorCode::data, "is damaged: what it keeps of the original file is malformed");
  return out;
}

// Runs: how many samples are none, how many are padding and their one value, and so on.
codec::Bytes take_padding(codec::Samples& samples, const io::Padding& padding) {
  codec::Bytes out;
  std::vector<std::int32_t>& values = samples.values;
  const auto missing = [&](std::int32_t value) { return value >= padding.low && value <= padding.high; };
  const auto first = std::ranges::find_if_not(values, missing);
  if (first == values.end()) return {};
  std::int32_t before = *first;
  std::size_t at = 0;
  while (at < values.size()) {
    std::size_t begin = at;
    while (begin < values.size() && !missing(values[begin])) ++begin;
    std::size_t end = begin;
    while (end < values.size() && values[end] == values[begin] && end - begin < 0xFFFFFFFFU) ++end;
    if (begin == values.size()) break;
    if (begin > at) before = values[begin - 1];
    put(out, static_cast<std::uint32_t>(begin - at));
    put(out, static_cast<std::uint32_t>(end - begin));
    put(out, static_cast<std::uint32_t>(values[begin]));
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(begin),
              values.begin() + static_cast<std::ptrdiff_t>(end), before);
    at = end;
  }
  return out;
}

namespace {

// Calls use(first, end, value) for every run of padding among `count` values.
template <typename Use>
void for_each_run(std::span<const std::uint8_t> packed, std::size_t count, Use use) {
  core::Reader in(packed);
  std::size_t at = 0;
  while (in.remaining() > 0) {
    const std::size_t skip = in.get<std::uint32_t>();
    const std::size_t length = in.get<std::uint32_t>();
    const auto value = in.get<std::int32_t>();
    if (skip > count - at || length > count - at - skip)
      throw Error(ErrorCode::data, "is damaged: it has more padding than pixels");
    use(at + skip, at + skip + length, value);
    at += skip + length;
  }
}

}  // namespace

void put_padding(std::span<const std::uint8_t> packed, std::vector<std::int32_t>& values) {
  for_each_run(packed, values.size(), [&](std::size_t first, std::size_t end, std::int32_t value) {
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(first),
              values.begin() + static_cast<std::ptrdiff_t>(end), value);
  });
}

void put_padding(std::span<const std::uint8_t> packed, const codec::Samples& shape, const codec::Box& part,
                 std::vector<std::int32_t>& values) {
  const auto width = static_cast<std::size_t>(shape.width);
  const std::size_t plane = shape.plane_size();
  const auto inside = [](std::size_t at, int first, int count) {
    return at >= static_cast<std::size_t>(first) &&
           at - static_cast<std::size_t>(first) < static_cast<std::size_t>(count);
  };
  for_each_run(packed, shape.size(), [&](std::size_t first, std::size_t end, std::int32_t value) {
    for (int k = 0; k < shape.channels * part.depth; ++k) {  // slices of the part, all channels'
      const int z = k / part.depth * shape.depth + part.z + k % part.depth;
      const std::size_t slice = static_cast<std::size_t>(z) * plane;
      for (std::size_t i = std::max(first, slice); i < std::min(end, slice + plane); ++i) {
        const std::size_t x = (i - slice) % width;
        const std::size_t y = (i - slice) / width;
        if (!inside(x, part.x, part.width) || !inside(y, part.y, part.height)) continue;
        const std::size_t row = static_cast<std::size_t>(k) * static_cast<std::size_t>(part.height) + y -
                                static_cast<std::size_t>(part.y);
        values.at(row * static_cast<std::size_t>(part.width) + x - static_cast<std::size_t>(part.x)) = value;
      }
    }
  });
}

}  // namespace aedenoise::pipeline
