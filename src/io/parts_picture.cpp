#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "io/parts_formats.h"
#include "io/samples.h"

namespace aedenoise::io {

namespace {

// What writing `document` again would lose at most, of formats that have something to say about writing.
float loss_of_writing(const PictureFormat& format, const Document& document, const Encoded& empty,
                      const Limits& limits) {
  if (empty.notes.empty()) return 0.0F;
  const Image& image = document.image;
  const Image again = format.read(format.write(document, image, image.datatype).bytes, limits).image;
  float loss = 0.0F;
  for (std::size_t i = 0; i < image.values.size(); ++i)
    loss = std::max(loss, std::abs(again.values.at(i) - image.values[i]));
  return loss;
}

}  // namespace

FileParts split_picture(const std::filesystem::path& path, const PictureFormat& format,
                        const Limits& limits) {
  const Document document = format.read(core::read_file(path, limits.max_input_bytes), limits);
  const Image& image = document.image;
  if (image.datatype != DataType::uint8 && image.datatype != DataType::uint16) {
    throw Error(ErrorCode::data, std::string("has samples of type ") + datatype_name(image.datatype) +
                                     ", but only integers of up to 16 bits can be compressed");
  }
  FileParts parts;
  StoredSamples& samples = parts.samples;
  samples.channels = image.channels;
  samples.depth = image.depth;
  samples.height = image.height;
  samples.width = image.width;
  samples.bits = image.datatype == DataType::uint8 ? 8 : 16;
  samples.high = std::max<std::int32_t>(1, static_cast<std::int32_t>(std::lround(image.high)));
  parts.reading.datatype = image.datatype;
  parts.reading.subsampled = image.subsampled;
  samples.values.resize(image.size());
  std::ranges::transform(image.values, samples.values.begin(),
                         [](float value) { return static_cast<std::int32_t>(std::lround(value)); });
  const Encoded empty = format.write(document, zeros_like(image), image.datatype);
  parts.rest.push_back(empty.bytes);
  parts.description = document.description;
  parts.notes = document.notes;
  parts.notes.insert(parts.notes.end(), empty.notes.begin(), empty.notes.end());
  if (const float loss = loss_of_writing(format, document, empty, limits); loss > 0.0F) {
    parts.notes.push_back(std::string("a ") + format.name() + " file written anew differs by up to " +
                          std::to_string(std::lround(loss)) +
                          " levels from what is kept; decompress to a .png for the very same values");
  }
  return parts;
}

std::vector<std::string> join_picture(const FileParts& parts, const PictureFormat& format,
                                      const std::filesystem::path& path) {
  const StoredSamples& samples = parts.samples;
  // What is kept may lie about its size as any file.
  const std::uint64_t pixels = samples.values.size() / static_cast<std::uint64_t>(samples.channels);
  Document document;
  try {
    document = format.read(parts.rest.front(), {pixels, parts.rest.front().size()});
  } catch (const Error& error) {
    throw Error(ErrorCode::data, std::string("is damaged: of the picture it keeps: ") + error.what());
  }
  Image image = empty_like(document.image);
  if (image.channels != samples.channels || image.height != samples.height || image.width != samples.width ||
      samples.depth != 1) {
    throw Error(ErrorCode::data, "is damaged: its samples are not those of the picture it keeps");
  }
  image.values.assign(samples.values.begin(), samples.values.end());
  return write_document(document, image, path);
}

}  // namespace aedenoise::io
