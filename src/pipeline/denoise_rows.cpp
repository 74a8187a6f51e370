#include "pipeline/denoise_rows.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "aedenoise/error.h"
#include "pipeline/denoise.h"
#include "pipeline/noise.h"

namespace aedenoise::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

Image band_like(const Image& picture, std::int64_t height) {
  Image band = empty_like(picture);
  band.height = static_cast<int>(height);
  band.values.resize(band.size());
  return band;
}

// Rows of a band. Where nobody asks for others there are many, as what a band shares with the next one is
// computed twice, but no more than half of a memory limit has room for: a sample is held as a float some four
// times.
std::int64_t rows_at_once(const DenoiseOptions& options, const Image& picture) {
  constexpr std::int64_t kMostSamples = std::int64_t{1} << 25U;
  constexpr std::int64_t kBytesPerSample = 32;
  constexpr std::int64_t kFewestRows = 1024;
  constexpr std::int64_t kFewestRowsLimited = 256;
  if (options.tile > 0) return options.tile;
  const std::int64_t samples_per_row = std::int64_t{picture.width} * picture.channels;
  if (options.max_memory == 0) return std::max(kMostSamples / samples_per_row, kFewestRows);
  const auto room = static_cast<std::int64_t>(options.max_memory) / kBytesPerSample;
  return std::max(std::min(kMostSamples, room) / samples_per_row, kFewestRowsLimited);
}

// Copies `count` rows of every plane.
void copy_rows(const Image& from, std::int64_t first, Image& to, std::int64_t at, std::int64_t count) {
  for (int c = 0; c < from.channels; ++c) {
    std::copy_n(from.plane(c) + first * from.width, count * from.width, to.plane(c) + at * to.width);
  }
}

// Strips from top to bottom, one under the other: what the noise is measured on.
Image strips(io::RowReader& reader) {
  constexpr std::int64_t kStrips = 16;
  constexpr std::int64_t kHeight = 64;
  const Image& picture = reader.picture().image;
  const std::int64_t every = picture.height / kStrips;
  if (every <= kHeight) {
    Image all = band_like(picture, picture.height);
    reader.read(all);
    return all;
  }
  Image out = band_like(picture, kStrips * kHeight);
  Image strip = band_like(picture, kHeight);
  Image between = band_like(picture, every - kHeight);
  for (std::int64_t i = 0; i < kStrips; ++i) {
    reader.read(strip);
    copy_rows(strip, 0, out, i * kHeight, kHeight);
    reader.read(between);
  }
  return out;
}

// Bands of a picture that share some rows with the band before.
class Bands {
 public:
  explicit Bands(io::RowReader& reader) : reader_(reader) {}

  // Rows [begin, end), both at least what they were before.
  Image rows(std::int64_t begin, std::int64_t end, std::int64_t next_begin) {
    const Image& picture = reader_.picture().image;
    Image fresh = band_like(picture, end - end_);
    reader_.read(fresh);
    if (shared_.height == 0) return keep(std::move(fresh), begin, end, next_begin);
    Image band = band_like(picture, end - begin);
    copy_rows(shared_, 0, band, 0, shared_.height);
    copy_rows(fresh, 0, band, shared_.height, fresh.height);
    return keep(std::move(band), begin, end, next_begin);
  }

 private:
  // What the next band begins with.
  Image keep(Image band, std::int64_t begin, std::int64_t end, std::int64_t next_begin) {
    end_ = end;
    shared_ = band_like(band, std::max<std::int64_t>(0, end - next_begin));
    copy_rows(band, next_begin - begin, shared_, 0, shared_.height);
    return band;
  }

  io::RowReader& reader_;
  Image shared_;
  std::int64_t end_ = 0;
};

}  // namespace

bool denoises_by_rows(const DenoiseOptions& options) { return options.symmetries == 1 && !options.self; }

DenoiseResult denoise_rows(model::ModelFile file, const DenoiseOptions& options, io::RowReader& reader,
                           io::RowWriter& writer) {
  const auto start = Clock::now();
  const Image& picture = reader.picture().image;
  DenoiseOptions of_bands = options;
  double done = 0.0;
  double share = 0.0;
  of_bands.progress = [&](double part) {
    if (options.progress) options.progress(done + share * part);
  };
  of_bands.noise = noise_to_settle(options, file);
  Denoiser denoiser(std::move(file), of_bands);
  const Image sample = strips(reader);
  const SettledNoise noise = settle_noise(of_bands, sample, nullptr, sample);
  reader.rewind();

  DenoiseResult result;
  Bands bands(reader);
  const std::int64_t height = picture.height;
  const std::int64_t kept = rows_at_once(options, picture);
  const TileAxis axis = plan_axis(height, denoiser.rule(), kept + 2 * denoiser.rule().halo);
  for (std::size_t i = 0; i < axis.spans.size(); ++i) {
    const TileSpan& span = axis.spans[i];
    const std::int64_t next = i + 1 < axis.spans.size() ? axis.spans[i + 1].origin : height;
    const std::int64_t last = std::min(height, span.origin + axis.side);
    share = static_cast<double>(span.end - span.begin) / static_cast<double>(height);
    DenoiseResult band = denoiser.run(bands.rows(span.origin, last, next), nullptr, &noise);
    Image out = band_like(picture, span.end - span.begin);
    copy_rows(band.image, span.begin - span.origin, out, 0, out.height);
    writer.add(out);
    done += share;
    band.image.values = {};
    if (i == 0) result = std::move(band);
  }
  result.tiles *= static_cast<std::int64_t>(axis.spans.size());
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace aedenoise::pipeline
