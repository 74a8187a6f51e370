#include "io/pnm.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "aedenoise/error.h"
#include "core/text.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 4> kPnmExtensions{".ppm", ".pgm", ".pnm", ".pfm"};

class PnmSource : public Source {
 public:
  int maximum = 255;
  std::string scale;                  // the third number of a PFM header as written
  std::vector<std::string> comments;  // with their '#', without the line end
};

bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool starts_pnm(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 'P' && is_space(bytes[2]) &&
         ((bytes[1] >= '1' && bytes[1] <= '7') || bytes[1] == 'f' || bytes[1] == 'F');
}

// Words of a header, separated by white space and comments.
class Words {
 public:
  explicit Words(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::string next(std::vector<std::string>* comments) {
    for (;;) {
      while (position_ < bytes_.size() && is_space(bytes_[position_])) ++position_;
      if (position_ >= bytes_.size() || bytes_[position_] != '#') break;
      std::string comment;
      while (position_ < bytes_.size() && bytes_[position_] != '\n' && bytes_[position_] != '\r') {
        comment += static_cast<char>(bytes_[position_++]);
      }
      if (comments != nullptr) comments->push_back(comment);
    }
    std::string word;
    while (position_ < bytes_.size() && !is_space(bytes_[position_]) && bytes_[position_] != '#') {
      word += static_cast<char>(bytes_[position_++]);
    }
    if (word.empty()) throw Error(ErrorCode::data, "truncated: image data ends early");
    return word;
  }

  std::uint32_t number(std::vector<std::string>* comments = nullptr) {
    const std::string word = next(comments);
    const auto value = core::number_of<std::uint32_t>(word);
    if (!value)
      throw Error(ErrorCode::data, "damaged: '" + word.substr(0, 20) + "' stands where a number should");
    return *value;
  }

  // What follows the single white-space byte that ends a binary header.
  std::span<const std::uint8_t> rest() const {
    return bytes_.subspan(std::min(position_ + 1, bytes_.size()));
  }

  // Goes on behind as many bytes of that.
  void skip(std::size_t bytes) { position_ = std::min(position_ + 1 + bytes, bytes_.size()); }

  // Whether another picture follows.
  bool has_more() const {
    std::size_t at = position_;
    while (at < bytes_.size() && is_space(bytes_[at])) ++at;
    return starts_pnm(bytes_.subspan(at));
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

Error too_short() { return {ErrorCode::data, "truncated: image data ends early"}; }

// Reads `bytes` as interleaved samples, rows top down or bottom up, through `sample(index)`.
template <typename Sample>
void fill(Image& image, bool bottom_up, Sample sample) {
  std::size_t index = 0;
  for (int row = 0; row < image.height; ++row) {
    const auto y = static_cast<std::size_t>(bottom_up ? image.height - 1 - row : row);
    for (std::size_t x = 0; x < static_cast<std::size_t>(image.width); ++x) {
      for (int c = 0; c < image.channels; ++c) {
        image.plane(c)[y * static_cast<std::size_t>(image.width) + x] = sample(index++);
      }
    }
  }
}

void read_float(Words& words, PnmSource& source, Image& image) {
  source.scale = words.next(&source.comments);
  double scale = 0.0;
  const auto [end, problem] =
      std::from_chars(source.scale.data(), source.scale.data() + source.scale.size(), scale);
  if (problem != std::errc() || scale == 0.0)
    throw Error(ErrorCode::data, "damaged: its scale is not a number");
  const auto data = words.rest();
  if (data.size() / 4 / static_cast<std::size_t>(image.channels) < image.plane_size()) throw too_short();
  image.values.resize(image.size());
  fill(image, true, [&](std::size_t index) {
    std::array<std::uint8_t, 4> raw{};
    std::memcpy(raw.data(), data.data() + index * 4, 4);
    if ((scale > 0) != (std::endian::native == std::endian::big)) std::ranges::reverse(raw);
    return std::bit_cast<float>(raw);
  });
  words.skip(image.size() * 4);
  set_float_range(image);
}

void read_integers(Words& words, bool text, PnmSource& source, Image& image) {
  const std::uint32_t maximum = words.number(&source.comments);
  if (maximum < 1 || maximum > 65535)
    throw Error(ErrorCode::data, "damaged: its largest value is not in 1 to 65535");
  source.maximum = static_cast<int>(maximum);
  image.datatype = maximum < 256 ? DataType::uint8 : DataType::uint16;
  image.high = maximum;
  const auto data = words.rest();
  const std::size_t sample_bytes = maximum < 256 ? 1 : 2;
  // A text sample takes a digit and a space, except that the last may end the file.
  const std::size_t present = text ? (data.size() + 1) / 2 : data.size() / sample_bytes;
  if (present / static_cast<std::size_t>(image.channels) < image.plane_size()) throw too_short();
  image.values.resize(image.size());
  if (text) {
    fill(image, false, [&](std::size_t /*index*/) { return static_cast<float>(words.number()); });
  } else if (sample_bytes == 1) {
    fill(image, false, [&](std::size_t index) { return static_cast<float>(data[index]); });
  } else {
    fill(image, false,
         [&](std::size_t index) { return static_cast<float>((data[index * 2] << 8) | data[index * 2 + 1]); });
  }
  if (!text) words.skip(image.size() * sample_bytes);
  if (std::ranges::any_of(image.values, [&](float value) { return value > static_cast<float>(maximum); })) {
    throw Error(ErrorCode::data, "damaged: a sample is larger than the largest value it declares");
  }
}

void append(core::Bytes& out, const std::string& text) { out.insert(out.end(), text.begin(), text.end()); }

class PnmFormat : public PictureFormat {
 public:
  const char* name() const override { return "pnm"; }
  std::span<const char* const> extensions() const override { return kPnmExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override { return starts_pnm(head); }
  bool holds(DataType datatype) const override {
    return datatype == DataType::uint8 || datatype == DataType::uint16 || datatype == DataType::float32;
  }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    auto source = std::make_shared<PnmSource>();
    Words words(bytes);
    const std::string kind = words.next(nullptr);
    if (kind == "P1" || kind == "P4" || kind == "P7") {
      throw Error(ErrorCode::data, "is a Netpbm bitmap or PAM file; PGM, PPM and PFM are supported");
    }
    const std::uint32_t width = words.number(&source->comments);
    const std::uint32_t height = words.number(&source->comments);
    check_size(width, height, limits);
    if (width > 0x7FFFFFFF || height > 0x7FFFFFFF)
      throw Error(ErrorCode::data, "damaged: its size is impossible");
    Document document;
    Image& image = document.image;
    image.channels = kind == "P3" || kind == "P6" || kind == "PF" ? 3 : 1;
    image.height = static_cast<int>(height);
    image.width = static_cast<int>(width);
    if (kind == "Pf" || kind == "PF") {
      read_float(words, *source, image);
    } else {
      read_integers(words, kind == "P2" || kind == "P3", *source, image);
    }
    if (words.has_more()) throw Error(ErrorCode::data, "holds more than one picture; one per file is read");
    document.format = name();
    document.description =
        std::string("PNM, ") + std::to_string(width) + " x " + std::to_string(height) + ", " +
        (image.datatype == DataType::float32 ? "32-bit float"
                                             : "values to " + std::to_string(source->maximum)) +
        (image.channels == 1 ? ", gray" : ", RGB");
    document.source = std::move(source);
    return document;
  }

  Encoded write(const Document& document, const Image& image, DataType datatype) const override {
    const auto* source = dynamic_cast<const PnmSource*>(document.source.get());
    if (source != nullptr) check_same_shape(image, document.image);
    if (image.depth != 1 || (image.channels != 1 && image.channels != 3)) {
      throw Error(ErrorCode::usage, "PNM holds one gray or RGB picture");
    }
    const bool is_float = datatype == DataType::float32;
    const bool same = source != nullptr && datatype == document.image.datatype;
    Encoded encoded;
    core::Bytes& out = encoded.bytes;
    append(out, is_float ? (image.channels == 1 ? "Pf\n" : "PF\n") : (image.channels == 1 ? "P5\n" : "P6\n"));
    if (source != nullptr) {
      for (const std::string& comment : source->comments) append(out, comment + "\n");
    }
    append(out, std::to_string(image.width) + " " + std::to_string(image.height) + "\n");
    if (is_float) {
      write_float(image, same ? source->scale : "-1.0", out);
    } else {
      const int maximum = same ? source->maximum : largest_sample(datatype);
      write_integers(image, maximum, same ? 1.0F : full_range_factor(image, datatype), out);
    }
    return encoded;
  }

 private:
  static void write_float(const Image& image, const std::string& scale, core::Bytes& out) {
    append(out, scale + "\n");
    const bool swap = (scale[0] == '-') != (std::endian::native == std::endian::little);
    for (int y = image.height - 1; y >= 0; --y) {
      for (std::size_t x = 0; x < static_cast<std::size_t>(image.width); ++x) {
        for (int c = 0; c < image.channels; ++c) {
          const float value =
              image.plane(c)[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + x];
          auto raw = std::bit_cast<std::array<std::uint8_t, 4>>(value);
          if (swap) std::ranges::reverse(raw);
          out.insert(out.end(), raw.begin(), raw.end());
        }
      }
    }
  }

  static void write_integers(const Image& image, int maximum, float factor, core::Bytes& out) {
    append(out, std::to_string(maximum) + "\n");
    const auto channels = static_cast<std::size_t>(image.channels);
    const std::size_t sample_bytes = maximum < 256 ? 1 : 2;
    const std::size_t start = out.size();
    out.resize(start + image.size() * sample_bytes);
    std::vector<std::uint16_t> plane(image.plane_size());
    for (std::size_t c = 0; c < channels; ++c) {
      quantise({image.plane(static_cast<int>(c)), plane.size()}, factor, static_cast<std::uint16_t>(maximum),
               plane.data());
      for (std::size_t i = 0; i < plane.size(); ++i) {
        std::uint8_t* at = out.data() + start + (i * channels + c) * sample_bytes;
        if (sample_bytes == 2) *at++ = static_cast<std::uint8_t>(plane[i] >> 8);
        *at = static_cast<std::uint8_t>(plane[i]);
      }
    }
  }
};

}  // namespace

const PictureFormat& pnm_format() {
  static const PnmFormat format;
  return format;
}

}  // namespace aedenoise::io
