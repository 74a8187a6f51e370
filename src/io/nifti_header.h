// The header of NIfTI-1 (https://nifti.nimh.nih.gov/nifti-1) and NIfTI-2 (nifti-2) files: 348 or 540 bytes in
// either byte order, of which only what concerns the samples is understood and the rest is kept as it is.
//
// The first bytes of a NIfTI-1 file of 64 x 64 x 20 samples, little endian:
//   000  5C 01 00 00                length of the header, 348: tells version and byte order
//   028  03 00 40 00 40 00 14 00    dim: 3 dimensions, 64, 64, 20
//   046  04 00 10 00                datatype 4 (int16), 16 bits
//   06C  00 00 B0 43                vox_offset 352.0, where the samples begin
//   158  6E 2B 31 00                "n+1": samples are in the same file; "ni1": in an .img file beside it
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>

#include "aedenoise/image.h"
#include "core/file.h"
#include "io/nifti_fields.h"
#include "io/placement.h"

namespace aedenoise::io {

// A datatype of NIfTI that is a real number.
struct NiftiType {
  std::int16_t code;
  DataType type;
  std::int16_t bytes;
};

// Error{internal} for other types, which NIfTI has none of.
const NiftiType& nifti_type(DataType type);

// stored * slope + inter = value.
struct NiftiScale {
  double slope = 1.0;
  double inter = 0.0;
  bool none() const { return slope == 1.0 && inter == 0.0; }
};

class NiftiHeader {
 public:
  // `bytes`: nifti_header_bytes() of them. Error{data} for what is damaged or holds no real numbers.
  explicit NiftiHeader(core::Bytes bytes);
  // For a new file of volumes like `image`, whose axes are stored in their order. Error{usage} when they do
  // not fit into NIfTI-1.
  NiftiHeader(const Image& image, std::int64_t volumes, DataType type);

  int version() const { return fields_.two() ? 2 : 1; }
  bool single_file() const { return single_; }
  std::endian order() const { return fields_.order(); }
  const NiftiType& type() const { return *type_; }
  const NiftiScale& scale() const { return scale_; }
  // Of a file that was read axes_across_slices().
  const Axes& axes() const { return axes_; }
  // Samples along the three spatial axes, at least 1 each, and how many such volumes there are.
  const std::array<std::uint64_t, 3>& size() const { return size_; }
  std::uint64_t volumes() const { return volumes_; }
  // Millimetres; 1 where the file does not say.
  const std::array<double, 3>& spacing() const { return spacing_; }
  // Where the stored axes lie: by the affine (sform) if there is one, else by the quaternion (qform), else
  // nothing is known.
  std::optional<Placement> placement() const;
  // Whether samples are numbers of labels (intent codes 1002 and 1003), which have no values between.
  bool holds_labels() const;
  std::uint64_t data_offset() const { return data_offset_; }
  const core::Bytes& bytes() const { return fields_.bytes(); }

  // Changes nothing but the fields that say so.
  void set_type(DataType type, const NiftiScale& scale);
  void set_storage(bool single_file, std::uint64_t data_offset);
  // As the scanner's coordinates (code 1): the affine, and where steps are at right angles the quaternion
  // too.
  void set_placement(const Placement& placement);
  void set_axes(const Axes& axes) { axes_ = axes; }
  // What becomes of a scale in this header: NIfTI-1 has single precision. The slope never gets smaller.
  NiftiScale representable(const NiftiScale& scale) const;

 private:
  const NiftiFields::Offsets& at() const { return fields_.at(); }
  void read_magic();
  void read_type();
  void read_shape();
  void read_scale();

  NiftiFields fields_;
  bool single_ = true;
  const NiftiType* type_ = nullptr;
  NiftiScale scale_;
  std::array<std::uint64_t, 3> size_{1, 1, 1};
  std::uint64_t volumes_ = 1;
  std::array<double, 3> spacing_{1.0, 1.0, 1.0};
  Axes axes_{0, 1, 2};
  double millimetres_ = 1.0;  // of a unit of length
  std::uint64_t data_offset_ = 0;
};

}  // namespace aedenoise::io
