#include "io/dicom_scan.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "aedenoise/error.h"
#include "core/reader.h"

namespace aedenoise::io {
namespace {

using core::Reader;

constexpr std::size_t kPreamble = 128;
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::uint32_t kItem = 0xFFFEE000;
constexpr std::uint32_t kItemEnd = 0xFFFEE00D;
constexpr std::uint32_t kSequenceEnd = 0xFFFEE0DD;
constexpr std::uint32_t kTransferSyntaxTag = 0x00020010;
constexpr std::size_t kLongestValue = 4096;
constexpr int kDeepest = 64;

constexpr std::string_view kImplicitLittle = "1.2.840.10008.1.2";
constexpr std::uint32_t kSamplesTag = 0x00280002;
constexpr std::uint32_t kBitsAllocatedTag = 0x00280100;
constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
constexpr std::string_view kExplicitBig = "1.2.840.10008.1.2.2";
// The value representations with a length of 16 bits (PS3.5 section 7.1.2); all others have one of 32 bits.
constexpr std::string_view kShortLengths = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US";

struct Element {
  std::uint32_t tag = 0;
  std::string vr;  // empty where it is not written
  std::uint32_t length = 0;
};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_vr(std::string_view vr) { return is_upper(vr[0]) && is_upper(vr[1]); }

std::uint32_t read_tag(Reader& reader) {
  const std::uint32_t group = reader.get<std::uint16_t>();
  return group << 16U | reader.get<std::uint16_t>();
}

Element read_element(Reader& reader, bool explicit_vr) {
  Element out;
  out.tag = read_tag(reader);
  if (explicit_vr && out.tag >> 16U != 0xFFFE) {
    const auto letters = reader.take(2);
    out.vr = {static_cast<char>(letters[0]), static_cast<char>(letters[1])};
    // Like DCMTK: what is no pair of letters is a damaged short one, unknown letters are a future long one.
    if (!is_vr(out.vr) || kShortLengths.find(out.vr) != std::string_view::npos) {
      out.length = reader.get<std::uint16_t>();
      return out;
    }
    reader.take(2);
  }
  out.length = reader.get<std::uint32_t>();
  return out;
}

Error too_deep() {
  return {ErrorCode::data,
          "damaged: its sequences are nested more than " + std::to_string(kDeepest) + " levels deep"};
}

class Scanner {
 public:
  Scanner(DicomHeader& header, ScanExtent extent) : header_(header), extent_(extent) {}

  // The elements up to the end of `reader`, or to an item's end mark when `marked`.
  void elements(Reader& reader, bool explicit_vr, int depth, bool marked) {
    while (reader.remaining() > 0) {
      const Element element = read_element(reader, explicit_vr);
      if (marked && element.tag == kItemEnd) return;
      if (depth == 0 && element.tag == kPixelDataTag) {
        header_.has_pixels = true;
        if (extent_ == ScanExtent::header) return;
      }
      if (element.length == kUndefined) {
        open_ended(reader, element, explicit_vr, depth);
        continue;
      }
      const auto value = reader.take(element.length);
      if (depth == 0 && value.size() <= kLongestValue) header_.elements.emplace(element.tag, value);
      if (element.vr == "SQ") {
        Reader inside(value, header_.order);
        items(inside, explicit_vr, depth + 1, false);
      } else if (element.vr.empty() || element.vr == "UN") {
        maybe_items(value, depth + 1);
      }
    }
    if (marked) throw Error(ErrorCode::data, "truncated: it ends too early");
  }

 private:
  void items(Reader& reader, bool explicit_vr, int depth, bool marked) {
    if (depth > kDeepest) {
      too_deep_ = true;
      throw too_deep();
    }
    while (reader.remaining() > 0) {
      const std::uint32_t tag = read_tag(reader);
      const auto length = reader.get<std::uint32_t>();
      if (marked && tag == kSequenceEnd) return;
      if (tag != kItem) throw Error(ErrorCode::data, "damaged: a sequence holds something that is no item");
      if (length == kUndefined) {
        elements(reader, explicit_vr, depth, true);
      } else {
        Reader inside(reader.take(length), header_.order);
        elements(inside, explicit_vr, depth, false);
      }
    }
    if (marked) throw Error(ErrorCode::data, "truncated: it ends too early");
  }

  void open_ended(Reader& reader, const Element& element, bool explicit_vr, int depth) {
    const bool fragments = element.tag == kPixelDataTag || element.vr == "OB" || element.vr == "OW";
    if (!fragments) {
      items(reader, explicit_vr && element.vr != "UN", depth + 1, true);
      return;
    }
    for (std::uint32_t tag = read_tag(reader); tag != kSequenceEnd; tag = read_tag(reader)) {
      if (tag != kItem) throw Error(ErrorCode::data, "damaged: its compressed pixel data holds no fragments");
      reader.take(reader.get<std::uint32_t>());
    }
    reader.take(sizeof(std::uint32_t));
  }

  // Without a written type only a dictionary knows whether bytes that look like items are a sequence. All
  // that matters of those is how deep they go.
  void maybe_items(std::span<const std::uint8_t> value, int depth) {
    Reader inside(value, header_.order);
    if (value.size() < 8 || Reader(value, header_.order).get<std::uint16_t>() != kItem >> 16U) return;
    try {
      items(inside, false, depth, false);
    } catch (const Error&) {
      if (too_deep_) throw;
    }
  }

  DicomHeader& header_;
  ScanExtent extent_;
  bool too_deep_ = false;
};

// A deflated data set, as far as it is asked for.
class Inflater {
 public:
  explicit Inflater(std::span<const std::uint8_t> bytes) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    stream_.next_in = const_cast<std::uint8_t*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), 0xFFFFFFFF));
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends to `out` until it holds more than `most` bytes or all; whether it holds all. Error{data} when
  // damaged.
  bool run(std::uint64_t most, core::Bytes& out) {
    int state = Z_OK;
    while (state == Z_OK && out.size() <= most) {
      constexpr std::size_t kBlock = std::size_t{1} << 18U;
      const std::size_t before = out.size();
      out.resize(before + kBlock);
      stream_.next_out = out.data() + before;
      stream_.avail_out = kBlock;
      state = inflate(&stream_, Z_NO_FLUSH);
      out.resize(out.size() - stream_.avail_out);
    }
    if (state != Z_OK && state != Z_STREAM_END)
      throw Error(ErrorCode::data, "damaged: its deflated data set cannot be inflated");
    return state == Z_STREAM_END && out.size() <= most;
  }

 private:
  z_stream stream_{};
};

// What the image of a header takes, without compression; as a float, as lies can be beyond all integers.
double pixel_bytes(const DicomHeader& header) {
  const auto [columns, rows, frames] = sides_of(header);
  const int bytes = (header.integer(kBitsAllocatedTag) + 7) / 8;
  return static_cast<double>(columns) * static_cast<double>(rows) * static_cast<double>(frames) *
         std::max(1, header.integer(kSamplesTag)) * bytes;
}

// All of a deflated data set, if it is no larger than its image and what may come with one: a few bytes can
// declare gigabytes.
core::Bytes inflated(std::span<const std::uint8_t> bytes, std::uint64_t max_bytes) {
  constexpr std::uint64_t kBesides = std::uint64_t{16} << 20U;
  Inflater inflater(bytes);
  core::Bytes out;
  std::uint64_t most = std::min(max_bytes, kBesides);
  if (inflater.run(most, out)) return out;
  DicomHeader header;
  Reader reader(out, std::endian::little);
  try {
    Scanner(header, ScanExtent::header).elements(reader, true, 0, false);
  } catch (const Error&) {  // no pixels so far, which is too late
    header.elements.clear();
  }
  const double needed = pixel_bytes(header);
  most = max_bytes;
  if (needed < static_cast<double>(max_bytes))
    most = std::min(max_bytes, static_cast<std::uint64_t>(needed) + kBesides);
  if (!inflater.run(most, out)) {
    throw Error(ErrorCode::resource,
                "its deflated data set is larger than its image needs or than the limit (" +
                    std::to_string(most) + " bytes)");
  }
  return out;
}

bool starts_big_endian(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 4 && bytes[0] == 0 && bytes[1] != 0;
}

bool starts_explicit(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 6 && is_upper(static_cast<char>(bytes[4])) && is_upper(static_cast<char>(bytes[5]));
}

bool has_preamble(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= kPreamble + 4 && std::memcmp(bytes.data() + kPreamble, "DICM", 4) == 0;
}

// Reads the file meta information and returns what follows it.
std::span<const std::uint8_t> after_meta(std::span<const std::uint8_t> bytes, DicomHeader& header) {
  auto rest = bytes.subspan(has_preamble(bytes) ? kPreamble + 4 : 0);
  const bool explicit_vr = starts_explicit(rest);
  while (rest.size() >= 2 && rest[0] == 2 && rest[1] == 0) {
    Reader reader(rest);
    const Element element = read_element(reader, explicit_vr);
    const auto value = reader.take(element.length);
    if (element.tag == kTransferSyntaxTag) header.transfer_syntax = dicom_text(value);
    rest = rest.subspan(reader.position());
  }
  return rest;
}

}  // namespace

bool is_dicom(std::span<const std::uint8_t> head) {
  if (has_preamble(head)) return true;
  if (head.size() < 8) return false;
  const std::endian order = starts_big_endian(head) ? std::endian::big : std::endian::little;
  const bool explicit_vr = starts_explicit(head);
  constexpr std::uint32_t kLastFirstTag = 0x00080070;
  constexpr std::uint32_t kFirstTag = 0x00020000;
  try {
    Reader reader(head, order);
    const Element first = read_element(reader, explicit_vr);
    if (first.tag < kFirstTag || first.tag > kLastFirstTag) return false;
    reader.take(first.length);
    const Element second = read_element(reader, explicit_vr);
    return second.tag > first.tag && second.tag >> 16U <= 0x0028 && (!explicit_vr || is_vr(second.vr));
  } catch (const Error&) {
    return false;
  }
}

DicomHeader scan_dicom(std::span<const std::uint8_t> bytes, ScanExtent extent, std::uint64_t max_bytes) {
  DicomHeader header;
  std::span<const std::uint8_t> data = after_meta(bytes, header);
  if (header.transfer_syntax == kDeflated) {
    header.inflated = inflated(data, max_bytes);
    data = header.inflated;
  }
  const bool says = !header.transfer_syntax.empty();
  const bool big = says ? header.transfer_syntax == kExplicitBig : starts_big_endian(data);
  header.order = big ? std::endian::big : std::endian::little;
  Reader reader(data, header.order);
  Scanner(header, extent)
      .elements(reader, says ? header.transfer_syntax != kImplicitLittle : starts_explicit(data), 0, false);
  return header;
}

}  // namespace aedenoise::io
