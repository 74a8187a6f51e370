// What has to be known of an NRRD or MetaImage header before ITK may read the samples: ITK takes memory for
// whatever a header declares, and does not notice packed samples that are damaged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "io/itk_codec.h"

namespace aedenoise::io {

inline constexpr std::size_t kLongestItkHeader = std::size_t{1} << 20U;

struct ItkFields {
  ItkKind kind = ItkKind::nrrd;
  std::string samples;      // the file of the samples; empty: this one
  std::size_t bytes = 0;    // of the header
  std::uint64_t ratio = 1;  // bytes of samples that a byte of the file may stand for
  bool is_packed = false;
};

// Error{data} where `head`, the file's beginning, lacks a field that the format demands.
ItkFields read_itk_fields(ItkKind kind, std::span<const std::uint8_t> head);

// Error{resource} beyond the limits, Error{data} where the file cannot hold what `header` declares, or where
// the packed samples of a MetaImage are damaged. Takes no memory for samples.
void check_itk_samples(const ItkHeader& header, const ItkFields& fields, const std::filesystem::path& path,
                       const Limits& limits);

}  // namespace aedenoise::io
