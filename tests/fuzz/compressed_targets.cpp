// .aedz files of every way of coding.
#include <algorithm>
#include <array>

#include "codec/damage.h"
#include "codec/learned_models.h"
#include "fuzz/dicom_seeds.h"
#include "fuzz/target.h"
#include "io/nifti_reference.h"
#include "pipeline/compressed_rest.h"
#include "pipeline/compression.h"

namespace aedenoise::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostPixels = 1U << 12U;

void expect_within(const codec::Samples& samples) {
  expect(samples.values.size() == samples.size(), "not as many samples as the header says");
  const auto outside = [&](std::int32_t value) { return value < samples.low || value > samples.high; };
  expect(std::ranges::none_of(samples.values, outside), "samples outside their range");
}

bool read_stream(const Bytes& bytes) {
  return attempt([&] {
    const codec::StreamReader reader(bytes, kMostPixels, kSmall.max_input_bytes);
    const codec::Samples& shape = reader.header().shape;
    codec::LearnedModel model = codec::tests::kSmallModel;
    model.hash = reader.header().coding.model;
    attempt([&] { expect_within(reader.decode({0, 0, shape.depth - 1, 1, 1, 1}, &model)); });
    attempt([&] { expect_within(reader.decode(&model)); });
    attempt([&] {
      const pipeline::CompressedRest rest = pipeline::rest_from(reader.rest());
      std::vector<std::int32_t> values(shape.size());
      pipeline::put_padding(rest.padding, values);
    });
  });
}

std::vector<Bytes> stream_seeds() {
  std::vector<Bytes> seeds;
  for (const codec::Encoded& coded : codec::tests::small_files(16)) seeds.push_back(coded.bytes);
  return seeds;
}

bool run_stream(const Bytes& bytes) {
  read_stream(bytes);
  // Without right checksums hardly any input would get past the first check.
  return read_stream(codec::tests::with_checksums(bytes));
}

Bytes compressed(const std::string& name, const Bytes& bytes, std::int32_t max_error) {
  const io::FileParts parts = io::split_parts({{put(name, bytes)}, {}, {}}, kSmall);
  pipeline::CompressionTarget target;
  target.max_error = max_error;
  return pipeline::compress(parts, target, {"a method", max_error > 0}).bytes;
}

std::vector<Bytes> file_seeds() {
  const io::Document gray = example(1, 16, 12, DataType::uint8);
  const io::Document colour = example(3, 8, 8, DataType::uint8);
  const fs::path png = put("seed.png", {});
  io::write_document(gray, gray.image, png);
  const fs::path tiff = put("seed.tif", {});
  io::write_document(colour, colour.image, tiff);
  test::ReferenceNifti nifti;
  nifti.dim = {6, 5, 2};
  test::randomise(nifti, 3);
  return {compressed("a.png", core::read_file(png, kSmall.max_input_bytes), 0),
          compressed("a.tif", core::read_file(tiff, kSmall.max_input_bytes), 2),
          compressed("a.nii", test::build(nifti), 1), compressed("a.dcm", dicom_seeds().front(), 3)};
}

// The usual one of a format, if it is one.
std::string extension_of(const std::string& name) {
  for (const io::Format* format : io::formats())
    if (name == format->name()) return format->extensions().front();
  return ".png";
}

// Files are restored. Learned codecs are the other target's business: finding a built-in one takes long.
bool run_file(const Bytes& input) {
  const Bytes bytes = codec::tests::with_checksums(input);
  bool restored = false;
  attempt([&] {
    const codec::StreamReader reader(bytes, kMostPixels, kSmall.max_input_bytes);
    if (reader.header().coding.method == codec::Method::learned) return;
    const pipeline::CompressedFile file(bytes, {kMostPixels, kSmall.max_input_bytes});
    std::vector<fs::path> paths;
    for (std::size_t i = 0; i < file.names().size(); ++i)
      paths.push_back(put("restored/" + std::to_string(i) + extension_of(file.format()), {}));
    restored = attempt([&] { file.restore(paths); });
    attempt([&] { file.region({0, 0, 0, 1, 1, 1}); });
  });
  return restored;
}

// What is kept besides samples, so that damage reaches the headers of other formats in it.
std::vector<Bytes> rest_seeds() {
  std::vector<Bytes> seeds;
  for (const Bytes& file : file_seeds())
    seeds.push_back(codec::StreamReader(file, kMostPixels, kSmall.max_input_bytes).rest());
  return seeds;
}

io::StoredSamples samples_of(const Bytes& file) {
  const codec::StreamReader reader(file, kMostPixels, kSmall.max_input_bytes);
  const codec::Samples all = reader.decode();
  return {all.channels, all.depth, all.height, all.width, reader.header().bits_stored,
          all.low,      all.high,  all.values};
}

// With the samples of each of the seeds, as CompressedFile::restore() does it.
bool run_rest(const Bytes& bytes) {
  static const std::vector<Bytes> files = file_seeds();
  bool restored = false;
  for (const Bytes& file : files) {
    const bool joined = attempt([&] {
      pipeline::CompressedRest rest = pipeline::rest_from(bytes);
      io::FileParts parts;
      parts.format = rest.format;
      parts.samples = samples_of(file);
      parts.rest = std::move(rest.files);
      pipeline::put_padding(rest.padding, parts.samples.values);
      std::vector<fs::path> paths;
      for (std::size_t i = 0; i < parts.rest.size(); ++i)
        paths.push_back(put("rest/" + std::to_string(i) + extension_of(rest.format), {}));
      io::join_parts(parts, paths, {});
    });
    restored = restored || joined;
  }
  return restored;
}

constexpr std::array kCompressedTargets{Target{"aedz_stream", stream_seeds, run_stream},
                                        Target{"aedz_file", file_seeds, run_file},
                                        Target{"aedz_rest", rest_seeds, run_rest}};

}  // namespace

std::span<const Target> compressed_targets() { return kCompressedTargets; }

}  // namespace aedenoise::fuzz
