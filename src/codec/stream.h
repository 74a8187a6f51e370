// The file format .aedz: a header, what else the original file held, and tiles that decode by themselves.
//
// All numbers little endian. Every byte is covered by a checksum (CRC-32).
// clang-format off
//   00  89 41 45 44 5A 0D 0A 1A      "\x89AEDZ\r\n\x1A"
//   08  u32                          bytes of the header, from here to its checksum
//   0C  u8 version, 2; 3 where three channels are luma and chroma   u8 method: 0 predictive, 1 transform, 2 learned
//   0E  u8 channels                  u8 bits stored
//   10  u32 width                    u32 height                u32 depth
//   1C  i32 lowest value             i32 highest
//   24  u32 largest error allowed    u32 step, 1/256
//   2C  u8 transforms across slices  i8 centres of three kinds of magnitudes
//   30  u64 bytes of the rest        u32 of them packed        u32 checksum of them packed
//   40  u32 tiles
//   44  with method 2: SHA-256 of the model file; i32 lowest, i32 highest value of what its numbers are parts of
//   ..  for each tile: u32 bytes, u32 checksum of them, u32 checksum of the samples, two bytes each
//   ..  u32 checksum of all before
//   ..  the packed rest, the tiles
// clang-format on
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/learned.h"
#include "codec/samples.h"
#include "codec/transform.h"

namespace aedenoise::codec {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::int32_t kMostSide = 1 << 24;  // columns, rows or slices of an image

enum class Method : std::uint8_t { predictive, transform, learned };

// How samples are coded, and what must be known to decode them.
struct Coding {
  Method method = Method::predictive;
  std::int32_t max_error = 0;   // predictive; 0: lossless
  Quantisation quantisation{};  // transform, learned
  ModelHash model{};            // learned
  SampleRange range{};          // learned
};

struct StreamHeader {
  Samples shape;  // no values
  int bits_stored = 8;
  Coding coding;
};

// Bytes of a file besides its tiles, when what else it holds packs to `rest` bytes.
std::size_t overhead(const Samples& shape, std::size_t rest, Method method);

// The file. `tiles`: in the order of tiles_of(); `decoded`: what they decode to; `rest`: of the original, any
// bytes, `packed_rest` the same from pack_bytes().
Bytes write_stream(const StreamHeader& header, std::span<const Bytes> tiles, const Samples& decoded,
                   std::uint64_t rest, std::span<const std::uint8_t> packed_rest);

bool is_stream(std::span<const std::uint8_t> head);

// Reads a file that lies in memory, which must stay there.
class StreamReader {
 public:
  // Error{data} for what is damaged, cut off or of another version, Error{resource} for more than
  // `max_pixels` (width x height x depth) or `max_rest` bytes of a rest. Takes no memory that `bytes` do not
  // justify.
  StreamReader(std::span<const std::uint8_t> bytes, std::uint64_t max_pixels, std::uint64_t max_rest);

  const StreamHeader& header() const { return header_; }
  Bytes rest() const;  // Error{data} when damaged
  // The samples within `wanted`, which lies within the volume. Error{data} when a tile is damaged, which is
  // told by number. `model`: what the header names, of a file of the method learned.
  Samples decode(const Box& wanted, const LearnedModel* model = nullptr) const;
  Samples decode(const LearnedModel* model = nullptr) const;

 private:
  struct Tile {
    std::span<const std::uint8_t> bytes;
    std::uint32_t checksum = 0;
    std::uint32_t samples_checksum = 0;
  };

  bool matters(const Box& tile, const Box& wanted, const LearnedModel* model) const;
  Samples decode_tiles(const Box& wanted, const LearnedModel* model) const;

  StreamHeader header_;
  std::uint64_t rest_bytes_ = 0;
  std::span<const std::uint8_t> packed_rest_;
  std::uint32_t rest_checksum_ = 0;
  std::vector<Tile> tiles_;
};

}  // namespace aedenoise::codec
