// The frames of a DICOM image one by one, whatever they are compressed with.
#pragma once

#include <span>
#include <string>

#include "io/dicom_pixels.h"

class DcmDataset;
class DcmPixelData;
class DcmPixelSequence;

namespace aedenoise::io {

// Makes DCMTK's decoders known to it; once per process.
void register_codecs();

class DicomFrames {
 public:
  // Error{data} when there are not enough bytes for the frames `layout` declares, or for compressed ones when
  // they cannot possibly be that large, and sets layout.color to what its decoder makes of it. `data` must
  // outlive this.
  DicomFrames(DcmDataset& data, PixelLayout& layout);

  // Frame number `index`, asked for in order: words in this machine's byte order. Valid until the next call.
  std::span<const std::uint8_t> frame(int index);

  // Whether pixels were lost when they were compressed.
  bool lossy() const { return lossy_; }
  // Name of the compression, empty for none.
  const std::string& compression() const { return compression_; }

 private:
  void find_native();
  void find_compressed();
  void decompress(int index);
  std::vector<std::uint8_t> code_stream(int index);
  void check_jpeg(int index);
  void check_rle(int index);
  void widen();

  DcmDataset& data_;
  PixelLayout& layout_;
  DcmPixelData* element_ = nullptr;
  DcmPixelSequence* fragments_ = nullptr;
  std::span<const std::uint8_t> native_;
  std::vector<std::uint8_t> buffer_;
  std::string compression_;
  std::uint32_t next_fragment_ = 0;
  int decoded_ = -1;  // frame in buffer_
  bool lossy_ = false;
  bool jpeg2000_ = false;
  bool jpeg_ = false;
  bool rle_ = false;
  bool narrow_ = false;  // decoded into bytes where the layout has words
};

}  // namespace aedenoise::io
