// DICOM files made and taken apart by hand after PS3.5 and PS3.10, to compare DCMTK-based code with.
#pragma once

#include <zlib.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/file.h"

namespace aedenoise::test {

inline constexpr std::uint32_t kPixels = 0x7FE00010;

// One element; a sequence has items instead of a value.
struct DicomElement {
  std::string vr;
  core::Bytes value;
  std::vector<std::map<std::uint32_t, DicomElement>> items;
  friend bool operator==(const DicomElement&, const DicomElement&) = default;
};
using DicomElements = std::map<std::uint32_t, DicomElement>;

inline DicomElement dicom_text(const std::string& vr, std::string text) {
  if (text.size() % 2 != 0) text += vr == "UI" ? '\0' : ' ';
  return {vr, {text.begin(), text.end()}, {}};
}

inline DicomElement dicom_words(const std::string& vr, const std::vector<int>& words) {
  DicomElement out{vr, {}, {}};
  for (const int word : words) {
    out.value.push_back(static_cast<std::uint8_t>(word));
    out.value.push_back(static_cast<std::uint8_t>(word >> 8));
  }
  return out;
}

inline DicomElement dicom_number(int value) { return dicom_words("US", {value}); }

enum class Encoding : std::uint8_t { explicit_little, implicit_little, deflated };

// Without zlib's header, as PS3.5 A.5 asks.
inline core::Bytes deflated(const core::Bytes& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  core::Bytes out(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<std::uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class DicomBuilder {
 public:
  explicit DicomBuilder(Encoding encoding = Encoding::explicit_little) : encoding_(encoding) {}

  // A whole file; `with_meta`: preamble and file meta information come first.
  core::Bytes build(const DicomElements& elements, bool with_meta = true) const {
    core::Bytes out;
    if (with_meta) {
      out.assign(128, 0);
      for (const char c : {'D', 'I', 'C', 'M'}) out.push_back(static_cast<std::uint8_t>(c));
      const std::string syntax = "1.2.840.10008.1.2";
      const DicomElements meta{
          {0x00020002, dicom_text("UI", "1.2.840.10008.5.1.4.1.1.4")},
          {0x00020003, dicom_text("UI", "1.2.3")},
          {0x00020010, dicom_text("UI", syntax + kSuffixes.at(static_cast<std::size_t>(encoding_)))}};
      core::Bytes group;
      for (const auto& [tag, element] : meta) put(group, tag, element, true);
      put(out, 0x00020000, {"UL", number(group.size(), 4), {}}, true);
      out.insert(out.end(), group.begin(), group.end());
    }
    core::Bytes data;
    for (const auto& [tag, element] : elements)
      put(data, tag, element, encoding_ != Encoding::implicit_little);
    append(out, encoding_ == Encoding::deflated ? deflated(data) : data);
    return out;
  }

  static core::Bytes number(std::size_t value, int bytes) {
    core::Bytes out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return out;
  }

 private:
  static constexpr std::array<const char*, 3> kSuffixes{".1", "", ".1.99"};

  static void append(core::Bytes& out, const core::Bytes& more) {
    out.insert(out.end(), more.begin(), more.end());
  }

  static void put(core::Bytes& out, std::uint32_t tag, const DicomElement& element, bool is_explicit) {
    core::Bytes value = element.value;
    for (const auto& item : element.items) {
      core::Bytes inside;
      for (const auto& [key, part] : item) put(inside, key, part, is_explicit);
      append(value, number(0xE000FFFE, 4));
      append(value, number(inside.size(), 4));
      append(value, inside);
    }
    append(out, number(tag >> 16U, 2));
    append(out, number(tag & 0xFFFFU, 2));
    if (is_explicit) {
      out.push_back(static_cast<std::uint8_t>(element.vr[0]));
      out.push_back(static_cast<std::uint8_t>(element.vr[1]));
    }
    const bool is_long = element.vr == "OB" || element.vr == "OW" || element.vr == "SQ" || element.vr == "UN";
    if (is_explicit && is_long) append(out, {0, 0});
    append(out, number(value.size(), is_explicit && !is_long ? 2 : 4));
    append(out, value);
  }

  Encoding encoding_;
};

// Takes apart a file in Explicit VR Little Endian with defined lengths; std::out_of_range when it is none.
class DicomParser {
 public:
  explicit DicomParser(const core::Bytes& bytes) : bytes_(bytes) {}

  DicomElements file() const { return elements(132, bytes_.size()); }

 private:
  std::size_t number(std::size_t at, int bytes) const {
    std::size_t value = 0;
    for (int i = 0; i < bytes; ++i)
      value |= static_cast<std::size_t>(bytes_.at(at + static_cast<std::size_t>(i))) << (8 * i);
    return value;
  }

  DicomElements elements(std::size_t at, std::size_t end) const {
    DicomElements out;
    while (at < end) {
      const auto tag = static_cast<std::uint32_t>(number(at, 2) << 16U | number(at + 2, 2));
      DicomElement element{
          {static_cast<char>(bytes_.at(at + 4)), static_cast<char>(bytes_.at(at + 5))}, {}, {}};
      const bool is_long = std::string("OB OW OF SQ UN UT UC").find(element.vr) != std::string::npos;
      const std::size_t length = is_long ? number(at + 8, 4) : number(at + 6, 2);
      at += is_long ? 12 : 8;
      if (element.vr == "SQ") {
        for (std::size_t item = at; item < at + length;) {
          const std::size_t size = number(item + 4, 4);
          element.items.push_back(elements(item + 8, item + 8 + size));
          item += 8 + size;
        }
      } else {
        for (std::size_t i = 0; i < length; ++i) element.value.push_back(bytes_.at(at + i));
      }
      out[tag] = element;
      at += length;
    }
    return out;
  }

  const core::Bytes& bytes_;
};

}  // namespace aedenoise::test
