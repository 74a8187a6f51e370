#include "codec/stream.h"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <string>
#include <tuple>

#include "aedenoise/error.h"
#include "codec/byte_coder.h"
#include "codec/predictive.h"
#include "core/crc32.h"
#include "core/parallel.h"
#include "core/reader.h"

namespace aedenoise::codec {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic{0x89, 'A', 'E', 'D', 'Z', '\r', '\n', 0x1A};
constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kVersionOfLumaChroma = 3;
constexpr std::size_t kFixedBytes = 0x44;  // before the tiles' entries
constexpr std::size_t kTileEntry = 12;

std::size_t fixed_bytes(Method method) {
  return kFixedBytes + (method == Method::learned ? std::tuple_size_v<ModelHash> + 8 : 0);
}
constexpr std::int32_t kMostSample = 65535;
// A pixel takes a decision or more, and none costs less than 2^-15.5 bits: no byte holds more pixels than
// this.
constexpr std::uint64_t kPixelsPerByte = std::uint64_t{1} << 19U;

[[noreturn]] void damaged(const std::string& what) { throw Error(ErrorCode::data, "is damaged: " + what); }

template <std::integral T>
void put(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<std::uint8_t>(static_cast<std::make_unsigned_t<T>>(value) >> (8 * i)));
}

std::uint32_t samples_checksum(const Samples& samples, const Box& tile) {
  core::Crc32 crc;
  for (int c = 0; c < samples.channels; ++c) {
    for (int z = tile.z; z < tile.z + tile.depth; ++z) {
      for (int y = tile.y; y < tile.y + tile.height; ++y) {
        const std::int32_t* row = samples.row(c, z, y);
        for (int x = tile.x; x < tile.x + tile.width; ++x) {
          crc.add(static_cast<std::uint8_t>(row[x]));
          crc.add(static_cast<std::uint8_t>(row[x] >> 8));
        }
      }
    }
  }
  return crc.value();
}

Box whole(const Samples& shape) { return {0, 0, 0, shape.width, shape.height, shape.depth}; }

bool within(const Box& inner, const Box& outer) {
  return inner.x >= outer.x && inner.y >= outer.y && inner.z >= outer.z &&
         inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height &&
         inner.z + inner.depth <= outer.z + outer.depth;
}

std::vector<Box> boxes_of(const Samples& shape) { return tiles_of(shape.width, shape.height, shape.depth); }

StreamHeader read_header(core::Reader& in, std::uint64_t max_pixels) {
  StreamHeader out;
  const auto version = in.get<std::uint8_t>();
  if (version != kVersion && version != kVersionOfLumaChroma)
    throw Error(ErrorCode::data,
                "is of version " + std::to_string(version) + " of the format; this program reads versions " +
                    std::to_string(kVersion) + " and " + std::to_string(kVersionOfLumaChroma));
  out.shape.luma_chroma = version == kVersionOfLumaChroma;
  const auto method = in.get<std::uint8_t>();
  out.coding.method = static_cast<Method>(method);
  out.shape.channels = in.get<std::uint8_t>();
  out.bits_stored = in.get<std::uint8_t>();
  const auto width = in.get<std::uint32_t>();
  const auto height = in.get<std::uint32_t>();
  const auto depth = in.get<std::uint32_t>();
  out.shape.low = in.get<std::int32_t>();
  out.shape.high = in.get<std::int32_t>();
  out.coding.max_error = in.get<std::int32_t>();
  out.coding.quantisation.step = in.get<std::uint32_t>();
  out.coding.quantisation.slice_levels = in.get<std::uint8_t>();
  for (std::int8_t& centre : out.coding.quantisation.centre) centre = in.get<std::int8_t>();
  const auto possible = [](std::uint32_t side) { return side > 0 && side <= std::uint32_t{kMostSide}; };
  const bool sizes = possible(width) && possible(height) && possible(depth);
  if (!sizes || (out.shape.channels != 1 && out.shape.channels != 3) ||
      (out.shape.luma_chroma && out.shape.channels != 3))
    damaged("it states no possible size");
  const std::uint64_t plane = std::uint64_t{width} * height;
  if (plane > max_pixels || plane * depth > max_pixels)
    throw Error(ErrorCode::resource, "holds " + std::to_string(width) + " x " + std::to_string(height) +
                                         " x " + std::to_string(depth) + " pixels, more than the limit of " +
                                         std::to_string(max_pixels));
  const std::int64_t span = std::int64_t{out.shape.high} - out.shape.low;
  const bool values =
      out.shape.low >= -kMostSample && out.shape.high <= kMostSample && span >= 0 && span <= kMostSample;
  const Quantisation& q = out.coding.quantisation;
  if (!values || method > 2 || out.bits_stored < 1 || out.bits_stored > 16 || out.coding.max_error < 0 ||
      out.coding.max_error > kMostSample || q.step == 0 || q.step > kMaxStep || q.slice_levels > 1)
    damaged("its header states impossible values");
  out.shape.width = static_cast<int>(width);
  out.shape.height = static_cast<int>(height);
  out.shape.depth = static_cast<int>(depth);
  return out;
}

// How many tiles there are, without listing them.
std::uint64_t tile_count(const Samples& shape) {
  const std::uint64_t groups = (static_cast<std::uint64_t>(shape.depth) + kGroupDepth - 1) / kGroupDepth;
  return groups * tiles_of(shape.width, shape.height, 1).size();
}

}  // namespace

std::size_t overhead(const Samples& shape, std::size_t rest, Method method) {
  return fixed_bytes(method) + boxes_of(shape).size() * kTileEntry + 4 + rest;
}

Bytes write_stream(const StreamHeader& header, std::span<const Bytes> tiles, const Samples& decoded,
                   std::uint64_t rest, std::span<const std::uint8_t> packed_rest) {
  const Samples& shape = header.shape;
  Bytes out(kMagic.begin(), kMagic.end());
  put(out, static_cast<std::uint32_t>(fixed_bytes(header.coding.method) - 12 + tiles.size() * kTileEntry));
  put(out, shape.colours() == Colours::luma_chroma ? kVersionOfLumaChroma : kVersion);
  put(out, static_cast<std::uint8_t>(header.coding.method));
  put(out, static_cast<std::uint8_t>(shape.channels));
  put(out, static_cast<std::uint8_t>(header.bits_stored));
  for (const int side : {shape.width, shape.height, shape.depth}) put(out, static_cast<std::uint32_t>(side));
  put(out, shape.low);
  put(out, shape.high);
  put(out, header.coding.max_error);
  put(out, header.coding.quantisation.step);
  put(out, static_cast<std::uint8_t>(header.coding.quantisation.slice_levels));
  for (const std::int8_t centre : header.coding.quantisation.centre) put(out, centre);
  put(out, rest);
  put(out, static_cast<std::uint32_t>(packed_rest.size()));
  put(out, core::crc32(packed_rest));
  put(out, static_cast<std::uint32_t>(tiles.size()));
  if (header.coding.method == Method::learned) {
    out.insert(out.end(), header.coding.model.begin(), header.coding.model.end());
    put(out, header.coding.range.low);
    put(out, header.coding.range.high);
  }
  const std::vector<Box> boxes = boxes_of(shape);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    put(out, static_cast<std::uint32_t>(tiles[i].size()));
    put(out, core::crc32(tiles[i]));
    put(out, samples_checksum(decoded, boxes[i]));
  }
  put(out, core::crc32(out));
  out.insert(out.end(), packed_rest.begin(), packed_rest.end());
  for (const Bytes& tile : tiles) out.insert(out.end(), tile.begin(), tile.end());
  return out;
}

bool is_stream(std::span<const std::uint8_t> head) {
  return head.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), head.begin());
}

StreamReader::StreamReader(std::span<const std::uint8_t> bytes, std::uint64_t max_pixels,
                           std::uint64_t max_rest) {
  if (!is_stream(bytes)) throw Error(ErrorCode::data, "is not an .aedz file");
  core::Reader in(bytes.subspan(kMagic.size()));
  const auto header_bytes = in.get<std::uint32_t>();
  if (header_bytes < kFixedBytes - 12 || header_bytes > in.remaining()) damaged("its header is cut off");
  const auto checked = bytes.first(kMagic.size() + 4 + header_bytes);
  core::Reader after(bytes.subspan(checked.size()));
  if (after.get<std::uint32_t>() != core::crc32(checked)) damaged("its header does not match its checksum");
  header_ = read_header(in, max_pixels);
  rest_bytes_ = in.get<std::uint64_t>();
  const auto packed = in.get<std::uint32_t>();
  rest_checksum_ = in.get<std::uint32_t>();
  const auto count = in.get<std::uint32_t>();
  if (count != tile_count(header_.shape) ||
      header_bytes != fixed_bytes(header_.coding.method) - 12 + std::uint64_t{count} * kTileEntry)
    damaged("it states another number of tiles than its size has");
  if (rest_bytes_ > max_rest)
    throw Error(ErrorCode::resource, "holds a file header of " + std::to_string(rest_bytes_) +
                                         " bytes, more than " + std::to_string(max_rest));
  packed_rest_ = after.take(packed);
  if (header_.coding.method == Method::learned) {
    std::ranges::copy(in.take(header_.coding.model.size()), header_.coding.model.begin());
    SampleRange& range = header_.coding.range;
    range = {in.get<std::int32_t>(), in.get<std::int32_t>()};
    if (range.low < header_.shape.low || range.high > header_.shape.high || range.low > range.high)
      damaged("its header states impossible values");
  }
  const std::vector<Box> boxes = boxes_of(header_.shape);
  for (const Box& box : boxes) {
    Tile tile;
    tile.bytes = after.take(in.get<std::uint32_t>());
    tile.checksum = in.get<std::uint32_t>();
    tile.samples_checksum = in.get<std::uint32_t>();
    const std::uint64_t pixels = static_cast<std::uint64_t>(box.width) *
                                 static_cast<std::uint64_t>(box.height) *
                                 static_cast<std::uint64_t>(box.depth);
    if (pixels > tile.bytes.size() * kPixelsPerByte) damaged("a tile is too short for its pixels");
    tiles_.push_back(tile);
  }
  if (after.remaining() != 0) damaged("there are bytes behind its last tile");
}

Bytes StreamReader::rest() const {
  if (core::crc32(packed_rest_) != rest_checksum_)
    damaged("what it keeps of the original file does not match its checksum");
  return unpack_bytes(packed_rest_, rest_bytes_);
}

Samples StreamReader::decode(const LearnedModel* model) const { return decode(whole(header_.shape), model); }

bool StreamReader::matters(const Box& tile, const Box& wanted, const LearnedModel* model) const {
  if (header_.coding.method == Method::learned) return needed(*model, tile, wanted);
  if (header_.coding.method == Method::transform)
    return needed(tile, wanted, header_.shape.width, header_.shape.height);
  return tile.meets(wanted);
}

// What lies outside of `wanted` is arbitrary.
Samples StreamReader::decode_tiles(const Box& wanted, const LearnedModel* model) const {
  const std::vector<Box> boxes = boxes_of(header_.shape);
  std::vector<std::span<const std::uint8_t>> tiles;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    tiles.push_back(tiles_[i].bytes);
    if (matters(boxes[i], wanted, model) && core::crc32(tiles_[i].bytes) != tiles_[i].checksum)
      damaged("tile " + std::to_string(i + 1) + " of " + std::to_string(boxes.size()) +
              " does not match its checksum");
  }
  Samples out = header_.shape;
  if (header_.coding.method == Method::learned) {
    decode_learned(*model, tiles, header_.coding.range, header_.coding.quantisation, wanted, out);
  } else if (header_.coding.method == Method::transform) {
    decode_transform(tiles, header_.coding.quantisation, wanted, out);
  } else {
    out.values.assign(out.size(), out.low);
    core::parallel_for(boxes.size(), [&](std::size_t i) {
      if (boxes[i].meets(wanted)) decode_predictive(tiles[i], out, boxes[i], header_.coding.max_error);
    });
  }
  return out;
}

Samples StreamReader::decode(const Box& wanted, const LearnedModel* model) const {
  if (header_.coding.method == Method::learned && (model == nullptr || model->hash != header_.coding.model))
    throw Error(ErrorCode::data, "is coded with another model than the one given");
  const std::vector<Box> boxes = boxes_of(header_.shape);
  Samples out = decode_tiles(wanted, model);
  core::parallel_for(boxes.size(), [&](std::size_t i) {
    if (within(boxes[i], wanted) && samples_checksum(out, boxes[i]) != tiles_[i].samples_checksum)
      damaged("tile " + std::to_string(i + 1) + " decodes to other samples than were coded");
  });
  if (within(whole(out), wanted)) return out;
  Samples part = header_.shape;
  part.width = wanted.width;
  part.height = wanted.height;
  part.depth = wanted.depth;
  part.values.resize(part.size());
  for (int c = 0; c < out.channels; ++c) {
    for (int z = 0; z < wanted.depth; ++z) {
      for (int y = 0; y < wanted.height; ++y)
        std::copy_n(out.row(c, wanted.z + z, wanted.y + y) + wanted.x, wanted.width, part.row(c, z, y));
    }
  }
  return part;
}

}  // namespace aedenoise::codec
