#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "io/icc.h"
#include "io/png.h"
#include "io/png_pixels.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

using Samples = std::vector<std::uint16_t>;

// Everything about the file being written that follows from the values.
struct Plan {
  PngHeader header;
  std::vector<Samples> planes;  // values of each channel, 0..header.largest()
  Samples alpha;                // empty without an alpha channel
  core::Bytes indices;          // the source's samples when its palette is kept, else empty
  std::vector<std::string> notes;
};

std::uint16_t big_endian(const core::Bytes& data, std::size_t at) {
  return static_cast<std::uint16_t>((data[at] << 8) | data[at + 1]);
}

// `value` of 0..from on the scale 0..to, rounded to the nearest.
std::uint16_t rescale(std::uint32_t value, std::uint32_t from, std::uint32_t to) {
  return static_cast<std::uint16_t>((std::uint64_t{value} * to + from / 2) / from);
}

std::uint16_t source_sample(const PngSource& source, std::size_t index) {
  return source.header.bit_depth == 16 ? big_endian(source.samples, index * 2) : source.samples[index];
}

std::vector<Samples> quantised_planes(const Image& image, float factor, std::uint16_t maximum) {
  std::vector<Samples> planes(static_cast<std::size_t>(image.channels), Samples(image.plane_size()));
  for (int c = 0; c < image.channels; ++c) {
    quantise({image.plane(c), image.plane_size()}, factor, maximum,
             planes[static_cast<std::size_t>(c)].data());
  }
  return planes;
}

bool palette_unchanged(const PngSource& source, const std::vector<Samples>& planes) {
  const core::Bytes& palette = find_chunk(source.chunks, "PLTE")->data;
  for (std::size_t c = 0; c < planes.size(); ++c) {
    for (std::size_t i = 0; i < planes[c].size(); ++i) {
      if (planes[c][i] != palette[source.samples[i] * std::size_t{3} + c]) return false;
    }
  }
  return true;
}

void plan_palette(const PngSource& source, Plan& plan) {
  if (plan.header.bit_depth == 8 && palette_unchanged(source, plan.planes)) {
    plan.header = source.header;
    plan.indices = source.samples;
    return;
  }
  const PngChunk* transparency = find_chunk(source.chunks, "tRNS");
  const bool gray = plan.planes.size() == 1;
  if (transparency == nullptr) {
    plan.header.colour = gray ? PngColour::gray : PngColour::rgb;
  } else {
    plan.header.colour = gray ? PngColour::gray_alpha : PngColour::rgba;
    plan.alpha.reserve(source.samples.size());
    for (const std::uint8_t index : source.samples) {
      const std::uint32_t alpha = index < transparency->data.size() ? transparency->data[index] : 255;
      plan.alpha.push_back(rescale(alpha, 255, static_cast<std::uint32_t>(plan.header.largest())));
    }
  }
  plan.notes.emplace_back(std::string("the palette became ") + (gray ? "gray" : "RGB") +
                          (transparency == nullptr ? "" : " with alpha") +
                          ", because its colours cannot express the new values");
}

// Back to 1, 2 or 4 bits when every value is one of the levels.
void plan_low_depth(const PngSource& source, Plan& plan) {
  const int level = 255 / source.header.largest();
  const bool fits = std::ranges::all_of(plan.planes[0], [&](std::uint16_t v) { return v % level == 0; });
  if (fits) {
    plan.header.bit_depth = source.header.bit_depth;
    for (std::uint16_t& value : plan.planes[0]) value = static_cast<std::uint16_t>(value / level);
  } else {
    plan.notes.push_back(std::to_string(source.header.bit_depth) +
                         "-bit gray became 8-bit gray, because its levels cannot express the new values");
  }
}

void plan_alpha(const PngSource& source, Plan& plan) {
  const auto from = static_cast<std::uint32_t>(source.header.largest());
  const auto to = static_cast<std::uint32_t>(plan.header.largest());
  const std::size_t stride = plan.planes.size() + 1;
  plan.alpha.resize(plan.planes[0].size());
  for (std::size_t i = 0; i < plan.alpha.size(); ++i) {
    plan.alpha[i] = rescale(source_sample(source, i * stride + stride - 1), from, to);
  }
}

// The transparent colour of a gray or RGB source in the plan's depth.
std::vector<std::uint16_t> converted_key(const PngSource& source, const PngChunk& chunk,
                                         const PngHeader& header) {
  const auto from = static_cast<std::uint32_t>(source.header.largest());
  std::vector<std::uint16_t> key;
  for (std::size_t at = 0; at + 1 < chunk.data.size(); at += 2) {
    key.push_back(
        rescale(big_endian(chunk.data, at) & from, from, static_cast<std::uint32_t>(header.largest())));
  }
  return key;
}

// Keeps exactly the source's pixels at the transparent colour; see png.h.
void keep_transparent_colour(const PngSource& source, const PngChunk& chunk, Plan& plan) {
  const auto original = converted_key(source, chunk, source.header);
  const auto key = converted_key(source, chunk, plan.header);
  const std::size_t channels = key.size();
  const int last = key.back();
  const auto from = static_cast<std::uint32_t>(source.header.largest());
  const auto to = static_cast<std::uint32_t>(plan.header.largest());
  // To the side of what was there, so that no sample gets further from it.
  const auto moved = [&](std::size_t i) {
    const int was = rescale(source_sample(source, i * channels + channels - 1), from, to);
    const bool up = was != last ? was > last : last < plan.header.largest();
    return static_cast<std::uint16_t>(up ? last + 1 : last - 1);
  };
  for (std::size_t i = 0; i < plan.planes[0].size(); ++i) {
    bool transparent = true;
    bool hit = true;
    for (std::size_t c = 0; c < channels; ++c) {
      transparent = transparent && source_sample(source, i * channels + c) == original[c];
      hit = hit && plan.planes[c][i] == key[c];
    }
    if (transparent) {
      for (std::size_t c = 0; c < channels; ++c) plan.planes[c][i] = key[c];
    } else if (hit) {
      plan.planes[channels - 1][i] = moved(i);
    }
  }
}

Plan make_plan(const PngSource* source, const Image& image, DataType datatype) {
  Plan plan;
  plan.header.width = static_cast<std::uint32_t>(image.width);
  plan.header.height = static_cast<std::uint32_t>(image.height);
  plan.header.bit_depth = datatype == DataType::uint16 ? 16 : 8;
  plan.header.colour = image.channels == 1 ? PngColour::gray : PngColour::rgb;
  plan.planes = quantised_planes(image, full_range_factor(image, datatype), largest_sample(datatype));
  if (source == nullptr) return plan;

  plan.header.interlaced = source->header.interlaced;
  if (source->header.colour == PngColour::palette) {
    plan_palette(*source, plan);
    return plan;
  }
  plan.header.colour = source->header.colour;
  if (source->header.bit_depth < 8 && datatype == DataType::uint8) plan_low_depth(*source, plan);
  const PngChunk* transparency = find_chunk(source->chunks, "tRNS");
  if (plan.header.has_alpha()) {
    plan_alpha(*source, plan);
  } else if (transparency != nullptr) {
    keep_transparent_colour(*source, *transparency, plan);
  }
  return plan;
}

void append_samples(core::Bytes& out, const std::vector<std::uint16_t>& values) {
  for (const std::uint16_t value : values) {
    out.insert(out.end(), {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)});
  }
}

core::Bytes converted_background(const PngSource& source, const PngChunk& chunk, const PngHeader& header) {
  core::Bytes out;
  if (source.header.colour != PngColour::palette) {
    append_samples(out, converted_key(source, chunk, header));
    return out;
  }
  const core::Bytes& palette = find_chunk(source.chunks, "PLTE")->data;
  if (chunk.data.empty() || chunk.data[0] * std::size_t{3} >= palette.size()) return out;
  std::vector<std::uint16_t> colour;
  const std::size_t channels =
      header.colour == PngColour::gray || header.colour == PngColour::gray_alpha ? 1 : 3;
  for (std::size_t c = 0; c < channels; ++c) {
    colour.push_back(rescale(palette[chunk.data[0] * std::size_t{3} + c], 255,
                             static_cast<std::uint32_t>(header.largest())));
  }
  append_samples(out, colour);
  return out;
}

// Writes one of the source's chunks as it is, or in the form the new colour type and depth need.
void append_kept(core::Bytes& out, const PngSource& source, const PngChunk& chunk, Plan& plan) {
  const bool same =
      plan.header.colour == source.header.colour && plan.header.bit_depth == source.header.bit_depth;
  const bool was_palette = source.header.colour == PngColour::palette;
  const auto& type = chunk.type;
  if (same) {
    append_chunk(out, type, chunk.data);
  } else if (type == "bKGD") {
    const core::Bytes background = converted_background(source, chunk, plan.header);
    if (!background.empty()) append_chunk(out, type, background);
  } else if (type == "tRNS" && !was_palette && !plan.header.has_alpha()) {
    core::Bytes key;
    append_samples(key, converted_key(source, chunk, plan.header));
    append_chunk(out, type, key);
  } else if (type == "sBIT" || (was_palette && type == "hIST")) {
    plan.notes.push_back("the '" + type + "' entry was left out, because it describes the old samples");
  } else if (!was_palette || (type != "PLTE" && type != "tRNS")) {
    append_chunk(out, type, chunk.data);
  }
}

}  // namespace

Encoded write_png(const PngSource* source, const Document& document, const Image& image, DataType datatype) {
  if (source != nullptr) check_same_shape(image, document.image);
  if (image.depth != 1 || (image.channels != 1 && image.channels != 3)) {
    throw Error(ErrorCode::usage, "PNG holds one gray or RGB picture");
  }
  Plan plan = make_plan(source, image, datatype);
  if (!plan.alpha.empty()) plan.planes.push_back(std::move(plan.alpha));
  // Each form of the samples goes before the one after the next is made.
  core::Bytes samples = plan.indices.empty() ? interleave(plan.header, plan.planes) : std::move(plan.indices);
  plan.planes = {};
  const core::Bytes pixels = encode_pixels(plan.header, samples);
  samples = {};

  core::Bytes out(kPngSignature.begin(), kPngSignature.end());
  out.reserve(pixels.size() + 4096);
  append_chunk(out, "IHDR", plan.header.encode());
  if (source == nullptr) {
    if (!document.profile.empty()) append_chunk(out, "iCCP", make_iccp(document.profile));
    out.insert(out.end(), pixels.begin(), pixels.end());
  } else {
    for (const PngChunk& chunk : source->chunks) {
      if (chunk.type == "IDAT") {
        out.insert(out.end(), pixels.begin(), pixels.end());
      } else {
        append_kept(out, *source, chunk, plan);
      }
    }
  }
  append_chunk(out, "IEND", {});
  if (source != nullptr) out.insert(out.end(), source->trailing.begin(), source->trailing.end());
  return {std::move(out), std::move(plan.notes)};
}

}  // namespace aedenoise::io
