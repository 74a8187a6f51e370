#include "pipeline/compression.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "aedenoise/error.h"
#include "imaging/metrics.h"
#include "io/luma_chroma.h"
#include "pipeline/codec_model.h"
#include "pipeline/compressed_rest.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::uint64_t kMostRest = std::uint64_t{1} << 30U;

codec::Samples samples_of(const io::FileParts& parts) {
  const io::StoredSamples& stored = parts.samples;
  return {stored.channels,           stored.depth, stored.height, stored.width, stored.low, stored.high,
          parts.reading.luma_chroma, stored.values};
}

std::uint64_t bits_stored_bytes(const io::StoredSamples& samples) {
  return (static_cast<std::uint64_t>(samples.values.size()) * static_cast<std::uint64_t>(samples.bits) + 7) /
         8;
}

std::uint64_t pixels(const io::StoredSamples& samples) {
  return samples.values.size() / static_cast<std::uint64_t>(samples.channels);
}

void check(const CompressionTarget& t) {
  const int asked = static_cast<int>(t.ratio.has_value()) + static_cast<int>(t.bits_per_pixel.has_value()) +
                    static_cast<int>(t.quality.has_value()) + static_cast<int>(t.max_error.has_value());
  if (asked != 1)
    throw Error(ErrorCode::usage, "exactly one of ratio, bpp, quality, max-error and lossless is needed");
  if (t.model && t.max_error)
    throw Error(ErrorCode::usage,
                "a learned codec makes errors of any size: it cannot be used with max-error "
                "or lossless");
}

// 8 bits have a white; of deeper samples the range is what the data make use of.
double peak_of(const io::StoredSamples& samples) {
  if (samples.bits <= 8) return 255.0;
  const auto [low, high] = std::ranges::minmax(samples.values);
  return std::max(1.0, static_cast<double>(high) - low);
}

// Half the step for every 12.5, a quarter of the range at 0.
std::uint32_t step_of(double quality, double range) {
  const double step = 256.0 * range / std::pow(2.0, 2.0 + quality / 12.5);
  return static_cast<std::uint32_t>(std::clamp(step, 16.0, static_cast<double>(codec::kMaxStep)));
}

Image image_of(const io::StoredSamples& shape, const std::vector<std::int32_t>& values) {
  Image out;
  out.channels = shape.channels;
  out.depth = shape.depth;
  out.height = shape.height;
  out.width = shape.width;
  out.values.assign(values.begin(), values.end());
  return out;
}

// What a learned codec makes of samples.
struct Analysed {
  codec::LearnedModel model;
  codec::LearnedCode code;

  Analysed(const model::ModelFile& file, const codec::Samples& samples)
      : model(learned_model(file)), code(analyse(file, model, samples)) {}
};

codec::Encoded encode(const codec::Samples& samples, const io::FileParts& parts,
                      const CompressionTarget& target, const codec::Bytes& rest) {
  const int bits = parts.samples.bits;
  std::optional<Analysed> analysed;
  if (target.model) analysed.emplace(*target.model, samples);
  const codec::LearnedCode* learned = analysed ? &analysed->code : nullptr;
  if (target.max_error) return codec::encode_within(samples, bits, *target.max_error, rest);
  if (target.quality)
    return codec::encode_with_step(samples, bits, step_of(*target.quality, peak_of(parts.samples)), rest,
                                   learned);
  const double wanted = target.ratio
                            ? static_cast<double>(bits_stored_bytes(parts.samples)) / *target.ratio
                            : *target.bits_per_pixel * static_cast<double>(pixels(parts.samples)) / 8.0;
  try {
    return codec::encode_to_size(samples, bits, static_cast<std::uint64_t>(wanted), rest, learned);
  } catch (const codec::TooSmall& error) {
    const double ratio =
        static_cast<double>(bits_stored_bytes(parts.samples)) / static_cast<double>(error.least());
    const double bpp = 8.0 * static_cast<double>(error.least()) / static_cast<double>(pixels(parts.samples));
    char text[160];
    std::snprintf(text, sizeof text,
                  "cannot be made that small; at most a ratio of %.4g (%.4g bits per pixel) is possible",
                  ratio, bpp);
    throw Error(ErrorCode::usage, text);
  }
}

}  // namespace

CompressionScore score_of(const io::FileParts& parts, const std::vector<std::int32_t>& decoded,
                          std::uint64_t bytes) {
  const io::StoredSamples& samples = parts.samples;
  CompressionScore score;
  const auto size = static_cast<double>(bytes);
  score.bytes = bytes;
  score.original_bytes = parts.bytes_on_disk;
  score.bits_stored_bytes = bits_stored_bytes(samples);
  score.ratio = static_cast<double>(score.bits_stored_bytes) / size;
  score.disk_ratio = static_cast<double>(score.original_bytes) / size;
  score.bits_per_pixel = 8.0 * size / static_cast<double>(pixels(samples));
  score.peak = peak_of(samples);
  for (std::size_t i = 0; i < decoded.size(); ++i)
    score.max_error = std::max(score.max_error, std::abs(decoded[i] - samples.values[i]));
  score.lossless = score.max_error == 0;
  Image before = image_of(samples, samples.values);
  Image after = image_of(samples, decoded);
  if (parts.reading.luma_chroma) {
    io::to_rgb(before, samples.bits);
    io::to_rgb(after, samples.bits);
  }
  score.psnr = imaging::psnr(before, after, score.peak);
  score.ssim = imaging::ssim(before, after, score.peak);
  return score;
}

Compressed compress(const io::FileParts& parts, const CompressionTarget& target,
                    const CompressionRecord& record) {
  check(target);
  const io::StoredSamples& stored = parts.samples;
  if (std::max({stored.width, stored.height, stored.depth}) > codec::kMostSide) {
    throw Error(ErrorCode::data, "has a side of more than " + std::to_string(codec::kMostSide) +
                                     " samples (slices of all volumes are one side)");
  }
  const bool may_lose = !target.max_error || *target.max_error > 0;
  codec::Samples samples = samples_of(parts);
  CompressedRest rest;
  rest.format = parts.format;
  rest.names = parts.names;
  rest.files = parts.rest;
  if (may_lose || record.changed) rest.method = record.method;
  if (may_lose && parts.padding) rest.padding = take_padding(samples, *parts.padding);
  const codec::Bytes packed_rest = to_bytes(rest);
  if (packed_rest.size() > kMostRest)
    throw Error(ErrorCode::resource, "what it holds beside samples is more than 1 GiB");
  const auto start = std::chrono::steady_clock::now();
  codec::Encoded coded = encode(samples, parts, target, packed_rest);
  if (!record.changed && !rest.method.empty() && coded.decoded.values == samples.values) {
    rest.method.clear();  // the target was met without loss, so that there is none to record
    coded = codec::encode_within(samples, parts.samples.bits, 0, to_bytes(rest));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  put_padding(rest.padding, coded.decoded.values);
  Compressed out;
  out.score = score_of(parts, coded.decoded.values, coded.bytes.size());
  out.score.seconds = seconds;
  out.bytes = std::move(coded.bytes);
  return out;
}

CompressedFile::CompressedFile(codec::Bytes bytes, const io::Limits& limits, const std::string& model)
    : bytes_(std::move(bytes)), reader_(bytes_, limits.max_pixels, kMostRest) {
  if (header().coding.method == codec::Method::learned) learned_ = find_codec(header().coding.model, model);
  CompressedRest rest = rest_from(reader_.rest());
  parts_.format = rest.format;
  parts_.names = std::move(rest.names);
  parts_.rest = std::move(rest.files);
  missing_ = std::move(rest.padding);
  const codec::Coding& coding = header().coding;
  const bool lossless = coding.method == codec::Method::predictive && coding.max_error == 0;
  if (rest.method.empty()) return;
  loss_ = io::Loss{{}, rest.method};
  const double before = static_cast<double>(header().shape.size()) * header().bits_stored / 8.0;
  if (!lossless) loss_->ratio = before / static_cast<double>(bytes_.size());
}

std::vector<std::string> CompressedFile::restore(const std::vector<std::filesystem::path>& paths) const {
  codec::Samples decoded = reader_.decode(learned_ ? &*learned_ : nullptr);
  put_padding(missing_, decoded.values);
  io::FileParts parts = parts_;
  parts.samples = {decoded.channels,     decoded.depth, decoded.height, decoded.width,
                   header().bits_stored, decoded.low,   decoded.high,   std::move(decoded.values)};
  return io::join_parts(parts, paths, loss_);
}

Image CompressedFile::region(const codec::Box& box) const {
  const codec::Samples& shape = header().shape;
  const auto inside = [](int first, int count, int size) {
    return first >= 0 && count > 0 && first <= size - count;
  };
  if (!inside(box.x, box.width, shape.width) || !inside(box.y, box.height, shape.height) ||
      !inside(box.z, box.depth, shape.depth)) {
    throw Error(ErrorCode::usage, "the region does not lie within the image of " +
                                      std::to_string(shape.width) + " x " + std::to_string(shape.height) +
                                      " x " + std::to_string(shape.depth) + " pixels");
  }
  codec::Samples decoded = reader_.decode(box, learned_ ? &*learned_ : nullptr);
  put_padding(missing_, shape, box, decoded.values);
  Image out;
  out.channels = decoded.channels;
  out.depth = decoded.depth;
  out.height = decoded.height;
  out.width = decoded.width;
  const bool bytes = shape.low >= 0 && shape.high <= 255;
  const bool shorts = shape.low >= -32768 && shape.high <= 32767;
  out.datatype = bytes            ? DataType::uint8
                 : shape.low >= 0 ? DataType::uint16
                 : shorts         ? DataType::int16
                                  : DataType::int32;
  out.low = bytes ? 0.0 : shape.low;
  out.high = bytes ? 255.0 : shape.high;
  out.values.assign(decoded.values.begin(), decoded.values.end());
  if (decoded.luma_chroma) io::to_rgb(out, header().bits_stored);
  return out;
}

std::string compression_guidance(Modality modality) {
  if (modality == Modality::ct)
    return "guidance for CT: Germany up to 5 (brain) or 8 (other), United Kingdom 5, Canada 8 to 15";
  if (modality == Modality::mr) return "guidance for MR: Germany up to 7, United Kingdom 5, Canada 16 to 24";
  return {};
}

}  // namespace aedenoise::pipeline
