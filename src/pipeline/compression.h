// Compressing image files and scans into .aedz files and back, and what that cost and lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/encode.h"
#include "io/parts.h"
#include "model/model_file.h"

namespace aedenoise::pipeline {

// What is asked for; exactly one of them.
struct CompressionTarget {
  std::optional<double> ratio;            // of bits-stored bytes to the file's
  std::optional<double> bits_per_pixel;   // of the file
  std::optional<double> quality;          // 0 to 100
  std::optional<std::int32_t> max_error;  // stored units; 0: lossless
  // The learned codec to use: a model of kind codec. Null: the wavelet transform.
  std::shared_ptr<const model::ModelFile> model;
};

// What became of it. Errors are in stored units; `peak` is what PSNR refers to: the largest value of 8 bits,
// or of deeper samples what lies between the smallest and the largest there are.
struct CompressionScore {
  std::uint64_t bytes = 0;
  std::uint64_t original_bytes = 0;     // on disk
  std::uint64_t bits_stored_bytes = 0;  // samples at the bits that are stored, no header
  double ratio = 0.0;                   // bits_stored_bytes : bytes
  double disk_ratio = 0.0;              // original_bytes : bytes
  double bits_per_pixel = 0.0;
  double psnr = 0.0;
  double peak = 0.0;
  double ssim = 0.0;
  std::int32_t max_error = 0;
  bool lossless = false;
  double seconds = 0.0;  // of coding, without files and measuring
};

struct Compressed {
  codec::Bytes bytes;
  CompressionScore score;
};

// What DICOM files record of it.
struct CompressionRecord {
  std::string method;    // the program and its options
  bool changed = false;  // the samples are no longer those of the file, even when compressed without loss
};

// Error{usage} when the target is impossible, with what is possible.
Compressed compress(const io::FileParts& parts, const CompressionTarget& target,
                    const CompressionRecord& record);

// What `decoded` instead of the samples of `parts` loses, when it takes so many bytes.
CompressionScore score_of(const io::FileParts& parts, const std::vector<std::int32_t>& decoded,
                          std::uint64_t bytes);

// An .aedz file's content.
class CompressedFile {
 public:
  // Error{data} when damaged; see codec::StreamReader. `model`: of what was coded with a learned codec, a
  // file or the name of a built-in one; when empty a built-in one of the hash that the file names.
  CompressedFile(codec::Bytes bytes, const io::Limits& limits, const std::string& model = {});

  const codec::StreamHeader& header() const { return reader_.header(); }
  const std::vector<std::string>& names() const { return parts_.names; }  // of the original files
  const std::string& format() const { return parts_.format; }
  // Writes the original files; see io::join_parts().
  std::vector<std::string> restore(const std::vector<std::filesystem::path>& paths) const;
  // The stored samples of a part of the volume, as an image of 8 or 16 bits.
  Image region(const codec::Box& box) const;

 private:
  codec::Bytes bytes_;
  codec::StreamReader reader_;
  std::optional<codec::LearnedModel> learned_;
  io::FileParts parts_;  // no samples
  std::optional<io::Loss> loss_;
  codec::Bytes missing_;  // packed: which samples are padding, and their values
};

// What national guidance allows for a modality ("Germany: CT brain 5, other CT 8, ..."), empty where there is
// none.
std::string compression_guidance(Modality modality);

}  // namespace aedenoise::pipeline
