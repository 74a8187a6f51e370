// PNG, JPEG, TIFF, WebP, BMP, PNM and DICOM.
#include <zlib.h>

#include <array>

#include "core/module.h"
#include "fuzz/dicom_seeds.h"
#include "fuzz/target.h"
#include "io/dicom.h"
#include "io/jpeg.h"
#include "io/png.h"
#include "io/png_reference.h"
#include "io/pnm.h"
#include "io/raster.h"
#include "io/rows.h"
#include "io/tiff.h"
#include "io/tiff_read.h"
#include "io/tiff_reference.h"
#include "io/tiff_write.h"

namespace aedenoise::fuzz {
namespace {

namespace fs = std::filesystem;

// What is read can be written, in every type the format has; unchanged samples come back where nothing is
// lost.
bool read_and_write(const io::WholeFormat& format, const Bytes& bytes, bool lossless) {
  std::vector<io::Document> volumes;
  if (!attempt([&] { volumes = format.read_volumes(bytes, kSmall); })) return false;
  const io::Document& document = volumes.front();
  std::vector<Image> images;
  for (const io::Document& volume : volumes) {
    expect(volume.image.values.size() == document.image.size(), "not as many values as pixels");
    images.push_back(volume.image);
  }
  attempt([&] {
    const io::Encoded same = format.write_volumes(document, images, document.image.datatype);
    const std::vector<io::Document> again = format.read_volumes(same.bytes, kSmall);
    expect(again.size() == volumes.size(), "written and read, there are more or fewer volumes");
    for (std::size_t i = 0; i < images.size(); ++i) {
      expect(again[i].image.size() == images[i].size(), "written and read, the size is another");
      expect(!lossless || same_values(again[i].image, images[i]), "written and read, values are others");
    }
  });
  for (Image& image : images) {
    for (float& value : image.values) value = value * 0.5F + 3.0F;
  }
  for (const DataType type : {DataType::uint8, DataType::uint16, DataType::float32, DataType::int16}) {
    if (!format.holds(type)) continue;
    attempt([&] {
      const core::Bytes other = format.write_volumes(document, images, type).bytes;
      expect(format.read_volumes(other, kSmall).front().image.size() == images.front().size(),
             "written as another type, the size is another");
    });
  }
  return true;
}

// Without right checksums hardly any input would get past the first check.
Bytes with_checksums(Bytes bytes) {
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    std::size_t size = 0;
    for (std::size_t k = 0; k < 4; ++k) size = (size << 8U) | bytes[at + k];
    if (size > bytes.size() - at - 12) break;
    const auto sum = static_cast<std::uint32_t>(crc32_z(0, bytes.data() + at + 4, size + 4));
    for (std::size_t k = 0; k < 4; ++k)
      bytes[at + 8 + size + k] = static_cast<std::uint8_t>(sum >> (24 - 8 * k));
    at += 12 + size;
  }
  return bytes;
}

std::vector<Bytes> png_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& [colour, depth] :
       {std::pair{0, 8}, {0, 16}, {0, 1}, {2, 8}, {2, 16}, {3, 4}, {4, 8}, {6, 16}}) {
    test::ReferencePng png = test::sample_png(colour, depth, depth == 8 && colour == 4);
    png.chunks.insert(png.chunks.begin(), {"tEXt", test::text_bytes("Author me")});
    png.chunks.insert(png.chunks.begin(), {"gAMA", {0, 0, 177, 143}});
    seeds.push_back(test::build_png(png));
  }
  return seeds;
}

bool run_png(const Bytes& input) {
  const Bytes bytes = with_checksums(input);
  read_and_write(io::png_format(), input, true);
  const bool read = read_and_write(io::png_format(), bytes, true);
  split_and_join(put("a.png", bytes), "joined.png");
  attempt([&] {
    const fs::path path = put("rows.png", bytes);
    const auto reader = io::open_rows(path, kSmall, 1);
    if (reader == nullptr) return;
    const auto writer = io::create_rows(*reader, path.parent_path() / "rows_out.png");
    for (int y = 0; y < reader->picture().image.height; ++y) {
      Image band = empty_like(reader->picture().image);
      band.height = 1;
      band.values.resize(band.size());
      reader->read(band);
      writer->add(band);
    }
    writer->commit();
    const Image back = io::read_document(path.parent_path() / "rows_out.png", kSmall).image;
    expect(same_values(back, io::read_document(path, kSmall).image), "by rows, values are others");
  });
  return read;
}

std::vector<Bytes> written(const io::PictureFormat& format, std::initializer_list<DataType> types) {
  std::vector<Bytes> seeds;
  for (const DataType type : types) {
    for (const int channels : {1, 3}) {
      const io::Document document = example(channels, 21, 14, type);
      seeds.push_back(format.write(document, document.image, type).bytes);
    }
  }
  return seeds;
}

std::vector<Bytes> jpeg_seeds() {
  std::vector<Bytes> seeds = written(io::jpeg_format(), {DataType::uint8});
  // Exif of one directory, and a comment.
  const Bytes segments{0xFF, 0xE1, 0, 22, 'E', 'x', 'i', 'f', 0,    0,    'I', 'I', 42,  0,   8,   0,
                       0,    0,    0, 0,  0,   0,   0,   0,   0xFF, 0xFE, 0,   6,   'n', 'o', 't', 'e'};
  Bytes more = seeds.front();
  more.insert(more.begin() + 2, segments.begin(), segments.end());
  seeds.push_back(more);
  return seeds;
}

std::vector<Bytes> tiff_seeds() {
  std::vector<Bytes> seeds =
      written(io::tiff_format(), {DataType::uint8, DataType::uint16, DataType::float32});
  for (const bool big : {false, true}) {
    // 6 x 4 gray pixels with alpha, uncompressed, and things to keep.
    const test::Tags tags{{256, {test::kShort, {6}}},       {257, {test::kShort, {4}}},
                          {258, {test::kShort, {8, 8}}},    {259, {test::kShort, {1}}},
                          {262, {test::kShort, {1}}},       {270, test::text_tag("a picture")},
                          {274, {test::kShort, {6}}},       {277, {test::kShort, {2}}},
                          {278, {test::kShort, {4}}},       {282, {test::kRational, {300, 1}}},
                          {338, {test::kShort, {2}}},       {34675, {test::kUndefined, {1, 2, 3, 4, 5}}},
                          {65000, {test::kLong, {7, 8, 9}}}};
    seeds.push_back(test::Builder(big).build(tags, Bytes(48, 77)));
    // PackBits, white is 0.
    const test::Tags packed{{256, {test::kShort, {8}}}, {257, {test::kShort, {2}}},
                            {258, {test::kShort, {8}}}, {259, {test::kShort, {32773}}},
                            {262, {test::kShort, {0}}}, {277, {test::kShort, {1}}}};
    seeds.push_back(test::Builder(big).build(packed, {0xF9, 0x12, 0xF9, 0x13}));
  }
  io::Document page = example(1, 12, 9, DataType::uint16);
  page.volumes = 3;
  io::TiffEncoder stack(page, DataType::uint16);
  for (int i = 0; i < 3; ++i) stack.add(page, page.image);
  seeds.push_back(stack.finish().bytes);
  return seeds;
}

// Stacks too, page by page.
bool run_tiff(const Bytes& bytes) {
  const bool read = read_and_write(io::tiff_format(), bytes, true);
  return attempt([&] {
           io::TiffPages pages(bytes, kSmall);
           std::optional<io::TiffEncoder> encoder;
           std::int64_t count = 0;
           while (const auto page = pages.next()) {
             expect(page->image.values.size() == page->image.size(), "not as many values as pixels");
             if (!encoder) encoder.emplace(*page, page->image.datatype);
             encoder->add(*page, page->image);
             ++count;
           }
           const Bytes again = encoder->finish().bytes;
           expect(io::TiffPages(again, kSmall).count() == count,
                  "written and read, there are more or fewer pages");
         }) ||
         read;
}

std::vector<Bytes> pnm_seeds() {
  std::vector<Bytes> seeds = written(io::pnm_format(), {DataType::uint8, DataType::uint16});
  for (const std::string text : {"P2 # gray\n3 2\n15\n1 2 3 4 5 15\n", "P3 1 2 255 1 2 3 4 5 6",
                                 "P5\n#note\n2 2 1000\n\x03\xE8\x01\x02\x01\x03\x01\x04",
                                 "Pf\n2 1\n-1.0\nabcdefgh", "PF\n1 1\n1.0\nabcdefghijkl"})
    seeds.emplace_back(text.begin(), text.end());
  return seeds;
}

bool run_dicom(const Bytes& bytes) {
  const bool read = read_and_write(io::dicom_format(), bytes, false);
  split_and_join(put("a.dcm", bytes), "joined.dcm");
  attempt([&] { io::dicom_slice(put("slice.dcm", bytes)); });
  return read;
}

constexpr std::array kPictureTargets{
    Target{"png", png_seeds, run_png},
    Target{"jpeg", jpeg_seeds,
           [](const Bytes& bytes) { return read_and_write(io::jpeg_format(), bytes, false); }},
    Target{"tiff", tiff_seeds, run_tiff},
    Target{"webp", [] { return written(io::webp_format(), {DataType::uint8}); },
           [](const Bytes& bytes) { return read_and_write(io::webp_format(), bytes, true); }},
    Target{"bmp", [] { return written(io::bmp_format(), {DataType::uint8}); },
           [](const Bytes& bytes) { return read_and_write(io::bmp_format(), bytes, true); }},
    Target{"pnm", pnm_seeds,
           [](const Bytes& bytes) { return read_and_write(io::pnm_format(), bytes, true); }},
    Target{"dicom", dicom_seeds, run_dicom}};

}  // namespace

std::span<const Target> picture_targets() { return kPictureTargets; }

}  // namespace aedenoise::fuzz
