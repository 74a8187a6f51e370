#include "io/png_chunks.h"

#include <zlib.h>

#include <algorithm>

#include "aedenoise/error.h"
#include "core/reader.h"

namespace aedenoise::io {
namespace {

constexpr std::uint32_t kLongestChunk = 0x7FFFFFFF;

Error damaged(const std::string& how) { return {ErrorCode::data, "damaged: " + how}; }

std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, bytes.data(), bytes.size()));
}

std::string in_quotes(const std::string& type) { return "'" + type + "'"; }

struct RawChunk {
  std::string type;
  std::span<const std::uint8_t> data;
  std::span<const std::uint8_t> whole;
};

RawChunk next_chunk(core::Reader& reader, std::span<const std::uint8_t> bytes) {
  const std::size_t start = reader.position();
  if (reader.remaining() < kPngFrame) throw Error(ErrorCode::data, "truncated: its end is missing");
  const auto length = reader.get<std::uint32_t>();
  const auto name = reader.take(4);
  const auto letter = [](std::uint8_t c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  if (!std::ranges::all_of(name, letter) || length > kLongestChunk) {
    throw damaged("byte " + std::to_string(start) + " should begin a new part but does not");
  }
  RawChunk chunk{{name.begin(), name.end()}, {}, {}};
  if (reader.remaining() < std::size_t{length} + 4) {
    throw Error(ErrorCode::data, chunk.type == "IDAT"
                                     ? "truncated: image data ends early"
                                     : "truncated: ends inside its " + in_quotes(chunk.type) + " part");
  }
  chunk.data = reader.take(length);
  if (reader.get<std::uint32_t>() != checksum(bytes.subspan(start + 4, std::size_t{length} + 4))) {
    throw damaged("the checksum of its " + in_quotes(chunk.type) + " part at byte " + std::to_string(start) +
                  " is wrong");
  }
  chunk.whole = bytes.subspan(start, kPngFrame + length);
  return chunk;
}

bool depth_allowed(PngColour colour, std::uint8_t depth) {
  switch (colour) {
    case PngColour::gray:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case PngColour::palette:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case PngColour::rgb:
    case PngColour::gray_alpha:
    case PngColour::rgba:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

PngHeader parse_header(const RawChunk& chunk) {
  if (chunk.type != "IHDR" || chunk.data.size() != 13)
    throw damaged("it does not begin with an image header");
  core::Reader reader(chunk.data, std::endian::big);
  PngHeader header;
  header.width = reader.get<std::uint32_t>();
  header.height = reader.get<std::uint32_t>();
  header.bit_depth = reader.get<std::uint8_t>();
  header.colour = static_cast<PngColour>(reader.get<std::uint8_t>());
  const auto compression = reader.get<std::uint8_t>();
  const auto filter = reader.get<std::uint8_t>();
  const auto interlace = reader.get<std::uint8_t>();
  header.interlaced = interlace == 1;
  if (header.width > kLongestChunk || header.height > kLongestChunk) throw damaged("its size is impossible");
  if (!depth_allowed(header.colour, header.bit_depth)) {
    throw damaged("colour type " + std::to_string(static_cast<int>(header.colour)) + " with " +
                  std::to_string(header.bit_depth) + " bits does not exist");
  }
  if (compression != 0 || filter != 0 || interlace > 1) throw damaged("it uses an unknown coding method");
  return header;
}

PngHeader take_header(core::Reader& reader, std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kPngSignature.size()) throw Error(ErrorCode::data, "truncated: its end is missing");
  if (!std::ranges::equal(reader.take(kPngSignature.size()), kPngSignature)) {
    throw damaged("its first bytes were changed, as a transfer in text mode does");
  }
  return parse_header(next_chunk(reader, bytes));
}

void check_palette(const PngStructure& png, const RawChunk& chunk) {
  const bool gray = png.header.colour == PngColour::gray || png.header.colour == PngColour::gray_alpha;
  const std::size_t size = chunk.data.size();
  if (gray || size == 0 || size % 3 != 0 || size > 768 || find_chunk(png.chunks, "PLTE") != nullptr) {
    throw damaged("its palette is not valid");
  }
}

void check_transparency(const PngStructure& png, const RawChunk& chunk) {
  const PngChunk* palette = find_chunk(png.chunks, "PLTE");
  const std::size_t size = chunk.data.size();
  bool valid = find_chunk(png.chunks, "tRNS") == nullptr;
  if (png.header.colour == PngColour::gray) valid = valid && size == 2;
  if (png.header.colour == PngColour::rgb) valid = valid && size == 6;
  if (png.header.colour == PngColour::palette) {
    valid = valid && palette != nullptr && size > 0 && size <= palette->data.size() / 3;
  }
  if (!valid) throw damaged("its transparency entry is not valid");
}

void take_image_data(PngStructure& png, const RawChunk& chunk) {
  const bool first = png.image_data.empty();
  if (!first && png.chunks.back().type != "IDAT") throw damaged("its image data is not in one piece");
  if (first && png.header.colour == PngColour::palette && find_chunk(png.chunks, "PLTE") == nullptr) {
    throw damaged("its palette is missing");
  }
  if (first) png.chunks.push_back({"IDAT", {}});
  png.image_data.push_back(chunk.whole);
  png.image_bytes += chunk.data.size();
}

void take_other(PngStructure& png, const RawChunk& chunk) {
  const bool critical = (chunk.type[0] & 0x20) == 0;
  const bool pixels_seen = !png.image_data.empty();
  if (chunk.type == "PLTE") check_palette(png, chunk);
  if (chunk.type == "tRNS") check_transparency(png, chunk);
  if ((chunk.type == "PLTE" || chunk.type == "tRNS") && pixels_seen) {
    throw damaged("its " + in_quotes(chunk.type) + " part comes after the image data");
  }
  if (chunk.type == "acTL") {
    throw Error(ErrorCode::data, "is an animation; only still pictures are supported");
  }
  if (critical && chunk.type != "PLTE") {
    throw Error(ErrorCode::data, "needs the unknown PNG feature " + in_quotes(chunk.type));
  }
  png.chunks.push_back({chunk.type, {chunk.data.begin(), chunk.data.end()}});
}

}  // namespace

int PngHeader::samples_per_pixel() const {
  switch (colour) {
    case PngColour::rgb:
      return 3;
    case PngColour::gray_alpha:
      return 2;
    case PngColour::rgba:
      return 4;
    default:
      return 1;
  }
}

core::Bytes PngHeader::encode() const {
  core::Bytes out;
  for (const std::uint32_t value : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  out.insert(out.end(), {bit_depth, static_cast<std::uint8_t>(colour), 0, 0,
                         static_cast<std::uint8_t>(interlaced ? 1 : 0)});
  return out;
}

PngHeader parse_png_header(std::span<const std::uint8_t> head) {
  core::Reader reader(head, std::endian::big);
  return take_header(reader, head);
}

PngStructure parse_png(std::span<const std::uint8_t> bytes) {
  core::Reader reader(bytes, std::endian::big);
  PngStructure png;
  png.header = take_header(reader, bytes);
  for (;;) {
    const RawChunk chunk = next_chunk(reader, bytes);
    if (chunk.type == "IDAT") {
      take_image_data(png, chunk);
    } else if (chunk.type == "IEND") {
      break;
    } else if (chunk.type == "IHDR") {
      throw damaged("it has two image headers");
    } else {
      take_other(png, chunk);
    }
  }
  if (png.image_data.empty()) throw damaged("it has no image data");
  png.trailing = reader.take(reader.remaining());
  return png;
}

const PngChunk* find_chunk(std::span<const PngChunk> chunks, std::string_view type) {
  const auto found = std::ranges::find(chunks, type, &PngChunk::type);
  return found == chunks.end() ? nullptr : &*found;
}

void append_chunk(core::Bytes& out, std::string_view type, std::span<const std::uint8_t> data) {
  const auto put = [&out](std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
  };
  put(static_cast<std::uint32_t>(data.size()));
  const std::size_t start = out.size();
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), data.begin(), data.end());
  put(checksum(std::span<const std::uint8_t>(out).subspan(start)));
}

}  // namespace aedenoise::io
