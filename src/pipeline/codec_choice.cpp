#include "pipeline/codec_choice.h"

#include <algorithm>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

struct Span {
  int first = 0;
  int count = 0;
};

Span middle_of(int length, int most) {
  const int count = std::min(length, most);
  return {(length - count) / 2, count};
}

// A file of its middle: whole slices where they are not large, as bits go where there is more than air.
io::FileParts middle_part(const io::FileParts& parts) {
  constexpr int kMostSide = 768;
  constexpr int kMostSlices = 4;
  const io::StoredSamples& all = parts.samples;
  const Span x = middle_of(all.width, kMostSide);
  const Span y = middle_of(all.height, kMostSide);
  const Span z = middle_of(all.depth, kMostSlices);
  io::FileParts out;
  out.format = parts.format;
  out.padding = parts.padding;
  out.samples = {all.channels, z.count, y.count, x.count, all.bits, all.low, all.high, {}};
  for (int slice = z.first; slice < z.first + z.count; ++slice) {
    for (int row = y.first; row < y.first + y.count; ++row) {
      const std::ptrdiff_t line = std::ptrdiff_t{slice} * all.height + row;
      const auto first = all.values.begin() + line * all.width + x.first;
      out.samples.values.insert(out.samples.values.end(), first, first + x.count);
    }
  }
  return out;
}

}  // namespace

std::shared_ptr<const model::ModelFile> choose_codec(const io::FileParts& parts,
                                                     const CompressionTarget& target) {
  constexpr double kWorthItsTime = 0.1;  // dB
  const io::StoredSamples& samples = parts.samples;
  if (target.max_error || samples.channels != 1 || (samples.depth == 1 && samples.bits <= 8)) return {};
  const io::FileParts part = middle_part(parts);
  try {
    const CompressionScore wavelet = compress(part, target, {}).score;
    if (wavelet.lossless) return {};
    CompressionTarget same;
    same.bits_per_pixel = wavelet.bits_per_pixel;
    double best = wavelet.psnr + kWorthItsTime;
    std::shared_ptr<const model::ModelFile> chosen;
    for (const std::string& name : model::embedded_models()) {
      auto file = std::make_shared<const model::ModelFile>(model::load_model(name));
      if (!model::is_codec(file->architecture) || file->architecture.channels != 1) continue;
      same.model = file;
      const double psnr = compress(part, same, {}).score.psnr;
      if (psnr <= best) continue;
      best = psnr;
      chosen = std::move(file);
    }
    return chosen;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::usage) throw;
    return {};  // the part cannot be made that small
  }
}

}  // namespace aedenoise::pipeline
