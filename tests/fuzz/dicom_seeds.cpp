#include "fuzz/dicom_seeds.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "core/module.h"
#include "io/dicom_image.h"
#include "io/jpeg.h"
#include "io/peer_codecs.h"

namespace aedenoise::fuzz {
namespace {

using test::dicom_number;
using test::dicom_text;
using test::DicomBuilder;
using test::DicomElements;

constexpr int kSide = 12;
constexpr const char* kExplicit = "1.2.840.10008.1.2.1";

std::vector<int> waves(int count) {
  std::vector<int> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<int>(100.0 + 90.0 * std::sin(0.4 * i)));
  return values;
}

void append(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

// With other elements than explicit ones in the data set, the header names another transfer syntax.
Bytes with_syntax(const Bytes& file, std::string uid) {
  if (uid.size() % 2 != 0) uid += '\0';
  const std::string old = std::string(kExplicit) + '\0';
  const auto found = std::search(file.begin(), file.end(), old.begin(), old.end());
  Bytes out(file.begin(), found);
  out[out.size() - 2] = static_cast<std::uint8_t>(uid.size());
  out.insert(out.end(), uid.begin(), uid.end());
  out.insert(out.end(), found + static_cast<std::ptrdiff_t>(old.size()), file.end());
  const std::size_t group = 140;  // where the length of the header's elements is
  out[group] = static_cast<std::uint8_t>(out[group] + uid.size() - old.size());
  return out;
}

// `image` with one compressed frame in the pixels' place.
Bytes encapsulated(DicomElements image, const std::string& syntax, Bytes frame) {
  image.erase(test::kPixels);
  if (frame.size() % 2 != 0) frame.push_back(0);
  Bytes file = with_syntax(DicomBuilder().build(image), syntax);
  append(file, {0xE0, 0x7F, 0x10, 0, 'O', 'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF});
  append(file, {0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0});
  append(file, DicomBuilder::number(frame.size(), 4));
  append(file, frame);
  append(file, {0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0});
  return file;
}

Bytes deflated(const Bytes& file) {
  const std::size_t start = 144 + file[140];  // of the data set
  Bytes out = with_syntax({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(start)},
                          "1.2.840.10008.1.2.1.99");
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(file.size() + 64);
  stream.next_in = const_cast<std::uint8_t*>(file.data() + start);
  stream.avail_in = static_cast<uInt>(file.size() - start);
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out + stream.total_out % 2);
  deflateEnd(&stream);
  append(out, packed);
  return out;
}

// One segment (PS3.5 annex G): literal runs of up to 128 bytes.
Bytes run_lengths(const Bytes& bytes) {
  Bytes out(64);
  out[0] = 1;
  out[4] = 64;
  for (std::size_t at = 0; at < bytes.size(); at += 128) {
    const std::size_t count = std::min<std::size_t>(128, bytes.size() - at);
    out.push_back(static_cast<std::uint8_t>(count - 1));
    out.insert(out.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
               bytes.begin() + static_cast<std::ptrdiff_t>(at + count));
  }
  return out;
}

DicomElements small_image(const std::string& photometric, int samples) {
  DicomElements image = test::gray_image(kSide, kSide, {});
  image[0x00280002] = dicom_number(samples);
  image[0x00280004] = dicom_text("CS", photometric);
  image[0x00280006] = dicom_number(0);
  for (const std::uint32_t tag : {0x00280100U, 0x00280101U}) image[tag] = dicom_number(8);
  image[0x00280102] = dicom_number(7);
  image.erase(0x00280120);
  Bytes pixels;
  for (const int value : waves(kSide * kSide * samples)) pixels.push_back(static_cast<std::uint8_t>(value));
  image[test::kPixels] = {"OB", pixels, {}};
  return image;
}

void add_native(std::vector<Bytes>& seeds) {
  DicomElements gray = test::gray_image(kSide, kSide, waves(kSide * kSide));
  gray[0x00082112] = {"SQ", {}, {{{0x00081155, dicom_text("UI", "1.2.3.4")}}}};
  gray[0x00280120] = dicom_number(100);  // padding
  seeds.push_back(DicomBuilder().build(gray));
  seeds.push_back(DicomBuilder(test::Encoding::implicit_little).build(gray, false));
  seeds.push_back(deflated(DicomBuilder().build(gray)));
  DicomElements frames = test::gray_image(kSide, kSide, waves(2 * kSide * kSide));
  frames[0x00280008] = dicom_text("IS", "2");
  frames[0x00280103] = dicom_number(1);
  seeds.push_back(DicomBuilder().build(frames));
  seeds.push_back(DicomBuilder().build(small_image("RGB", 3)));
  seeds.push_back(DicomBuilder().build(small_image("YBR_FULL", 3)));
}

void add_compressed(std::vector<Bytes>& seeds) {
  const DicomElements gray = small_image("MONOCHROME2", 1);
  seeds.push_back(encapsulated(gray, "1.2.840.10008.1.2.5", run_lengths(gray.at(test::kPixels).value)));
  const io::Document picture = example(1, kSide, kSide, DataType::uint8);
  seeds.push_back(encapsulated(gray, "1.2.840.10008.1.2.4.50",
                               io::jpeg_format().write(picture, picture.image, DataType::uint8).bytes));
  const auto& codecs = core::load_module<io::PeerCodecs>("peers");
  const auto values = waves(kSide * kSide);
  const io::PlainPicture plain{1, kSide, kSide, 8, {values.begin(), values.end()}};
  seeds.push_back(
      encapsulated(gray, "1.2.840.10008.1.2.4.80", codecs.encode_lossless(io::Peer::jpegls, plain)));
  seeds.push_back(
      encapsulated(gray, "1.2.840.10008.1.2.4.90", codecs.encode_lossless(io::Peer::jpeg2000, plain)));
}

}  // namespace

std::vector<Bytes> dicom_seeds() {
  std::vector<Bytes> seeds;
  add_native(seeds);
  add_compressed(seeds);
  return seeds;
}

}  // namespace aedenoise::fuzz
