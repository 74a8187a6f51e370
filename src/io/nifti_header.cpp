#include "io/nifti_header.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "aedenoise/error.h"
#include "io/nifti_rotation.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr std::array kNiftiTypes{NiftiType{2, DataType::uint8, 1},    NiftiType{4, DataType::int16, 2},
                                 NiftiType{8, DataType::int32, 4},    NiftiType{16, DataType::float32, 4},
                                 NiftiType{64, DataType::float64, 8}, NiftiType{256, DataType::int8, 1},
                                 NiftiType{512, DataType::uint16, 2}, NiftiType{768, DataType::uint32, 4},
                                 NiftiType{1024, DataType::int64, 8}, NiftiType{1280, DataType::uint64, 8}};

struct Refused {
  std::int16_t code;
  const char* what;
};
constexpr std::array kRefused{Refused{1, "single bits"},
                              Refused{32, "complex numbers; denoise magnitude images"},
                              Refused{128, "RGB colours, which are no measurements"},
                              Refused{1536, "128-bit floats"},
                              Refused{1792, "complex numbers; denoise magnitude images"},
                              Refused{2048, "complex numbers; denoise magnitude images"},
                              Refused{2304, "RGBA colours, which are no measurements"}};

constexpr std::size_t kExtensionFlag = 4;  // bytes between a single file's header and what follows

using namespace std::string_view_literals;
constexpr auto kSingleMagic = "n+1\0"sv;
constexpr auto kPairMagic = "ni1\0"sv;
constexpr auto kSecondSingleMagic = "n+2\0\r\n\x1A\n"sv;
constexpr auto kSecondPairMagic = "ni2\0\r\n\x1A\n"sv;

// Between NIfTI's coordinates, which grow to the right and to the front, and Placement's.
Placement turned(Placement placement) {
  const auto turn = [](Vector3& vector) {
    vector[0] = -vector[0];
    vector[1] = -vector[1];
  };
  turn(placement.origin);
  std::ranges::for_each(placement.steps, turn);
  return placement;
}

Error damaged(const std::string& what) { return {ErrorCode::data, "damaged: " + what}; }

}  // namespace

const NiftiType& nifti_type(DataType type) { return *std::ranges::find(kNiftiTypes, type, &NiftiType::type); }

NiftiHeader::NiftiHeader(core::Bytes bytes) : fields_(std::move(bytes)) {
  read_magic();
  read_type();
  read_shape();
  read_scale();
}

void NiftiHeader::read_magic() {
  const auto has = [&](std::string_view magic) {
    return std::equal(magic.begin(), magic.end(),
                      fields_.bytes().begin() + static_cast<std::ptrdiff_t>(at().magic),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  };
  single_ = has(fields_.two() ? kSecondSingleMagic : kSingleMagic);
  if (!single_ && !has(fields_.two() ? kSecondPairMagic : kPairMagic)) {
    throw Error(ErrorCode::data,
                fields_.two()
                    ? "damaged: its header does not name itself NIfTI-2"
                    : "is an Analyze file, which does not say what its values mean; convert it to NIfTI");
  }
}

void NiftiHeader::read_type() {
  const auto code = fields_.get<std::int16_t>(at().datatype);
  const auto refused = std::ranges::find(kRefused, code, &Refused::code);
  if (refused != kRefused.end()) {
    throw Error(ErrorCode::data, std::string("holds ") + refused->what);
  }
  const auto found = std::ranges::find(kNiftiTypes, code, &NiftiType::code);
  if (found == kNiftiTypes.end()) throw damaged("its datatype " + std::to_string(code) + " does not exist");
  type_ = &*found;
  if (fields_.get<std::int16_t>(at().bitpix) != type_->bytes * 8) {
    throw damaged("its bits per sample do not fit its datatype");
  }
}

void NiftiHeader::read_shape() {
  constexpr std::int64_t kMostAxes = 7;
  const std::int64_t axes = fields_.dim(0);
  if (axes < 1 || axes > kMostAxes) throw damaged("its number of dimensions is " + std::to_string(axes));
  for (std::int64_t i = 1; i <= axes; ++i) {
    const std::int64_t length = fields_.dim(static_cast<std::size_t>(i));
    if (length < 1) throw damaged("its dimension " + std::to_string(i) + " is " + std::to_string(length));
    const auto count = static_cast<std::uint64_t>(length);
    if (i <= 3) {
      size_.at(static_cast<std::size_t>(i - 1)) = count;
    } else if (count > std::numeric_limits<std::uint64_t>::max() / volumes_) {
      throw damaged("its dimensions are impossible");
    } else {
      volumes_ *= count;
    }
  }

  // Units of length: 1 metres, 2 millimetres, 3 micrometres.
  const auto units = (fields_.two() ? fields_.get<std::int32_t>(at().xyzt_units)
                                    : fields_.get<std::uint8_t>(at().xyzt_units)) &
                     7;
  millimetres_ = units == 1 ? 1000.0 : units == 3 ? 0.001 : 1.0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double step = std::abs(fields_.real(at().pixdim, i + 1)) * millimetres_;
    if (std::isfinite(step) && step > 0.0) spacing_.at(i) = step;
  }
  axes_ = axes_across_slices(size_, spacing_);
}

bool NiftiHeader::holds_labels() const {
  constexpr int kLabel = 1002;
  constexpr int kNeuroname = 1003;
  const int intent = fields_.code(at().intent_code);
  return intent == kLabel || intent == kNeuroname;
}

std::optional<Placement> NiftiHeader::placement() const {
  Placement out;
  if (fields_.code(at().sform_code) > 0) {
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t axis = 0; axis < 3; ++axis)
        out.steps.at(axis).at(row) = fields_.real(at().srow, 4 * row + axis) * millimetres_;
      out.origin.at(row) = fields_.real(at().srow, 4 * row + 3) * millimetres_;
    }
  } else if (fields_.code(at().qform_code) > 0) {
    NiftiRotation rotation;
    for (std::size_t i = 0; i < 3; ++i) {
      rotation.quaternion.at(i) = fields_.real(at().quaternion, i);
      out.origin.at(i) = fields_.real(at().quaternion, 3 + i) * millimetres_;
    }
    rotation.mirrored = fields_.real(at().pixdim, 0) < 0.0;
    out.steps = directions_of(rotation);
    for (std::size_t i = 0; i < 3; ++i) out.steps.at(i) = times(out.steps.at(i), spacing_.at(i));
  } else {
    return std::nullopt;
  }
  return checked(turned(out));
}

void NiftiHeader::set_placement(const Placement& placement) {
  constexpr int kScanner = 1;
  constexpr double kRightAngle = 1e-4;  // cosine
  const Placement own = turned(placement);
  const std::array<Vector3, 3>& steps = own.steps;
  const auto skew = [&](std::size_t a, std::size_t b) {
    return std::abs(dot(steps.at(a), steps.at(b))) / (length(steps.at(a)) * length(steps.at(b)));
  };
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t axis = 0; axis < 3; ++axis)
      fields_.put_real(at().srow, 4 * row + axis, steps.at(axis).at(row));
    fields_.put_real(at().srow, 4 * row + 3, own.origin.at(row));
  }
  fields_.put_code(at().sform_code, kScanner);
  if (std::max({skew(0, 1), skew(0, 2), skew(1, 2)}) > kRightAngle) return;
  const NiftiRotation rotation = rotation_of(steps);
  for (std::size_t i = 0; i < 3; ++i) {
    fields_.put_real(at().quaternion, i, rotation.quaternion.at(i));
    fields_.put_real(at().quaternion, 3 + i, own.origin.at(i));
  }
  fields_.put_real(at().pixdim, 0, rotation.mirrored ? -1.0 : 1.0);
  fields_.put_code(at().qform_code, kScanner);
}

void NiftiHeader::read_scale() {
  const double slope = fields_.real(at().scl_slope);
  const double inter = fields_.real(at().scl_inter);
  // A slope of 0 means that there is no scale; so do, in practice, slopes that are no numbers.
  if (slope != 0.0 && std::isfinite(slope)) {
    if (!std::isfinite(inter)) throw damaged("its scl_inter is not a finite number");
    scale_ = {slope, inter};
  }

  const double offset = fields_.two() ? static_cast<double>(fields_.get<std::int64_t>(at().vox_offset))
                                      : fields_.real(at().vox_offset);
  constexpr double kLargest = 0x1.0p53;
  if (!(offset >= 0.0 && offset <= kLargest) || offset != std::floor(offset)) {
    throw damaged("its vox_offset is not a place in a file");
  }
  data_offset_ = static_cast<std::uint64_t>(offset);
  if (!single_) return;
  const std::uint64_t first = fields_.bytes().size() + kExtensionFlag;
  if (data_offset_ == 0) data_offset_ = first;
  if (data_offset_ < first) throw damaged("its vox_offset is inside its header");
}

NiftiHeader::NiftiHeader(const Image& image, std::int64_t volumes, DataType type) {
  constexpr std::int64_t kLongest = std::numeric_limits<std::int16_t>::max();
  const std::array<std::int64_t, 4> dims{image.width, image.height, image.depth, volumes};
  if (image.channels != 1 || *std::ranges::max_element(dims) > kLongest) {
    throw Error(ErrorCode::usage,
                "NIfTI holds one channel, and a new file at most 32767 samples along an axis");
  }
  constexpr std::size_t kRegular = 38;
  fields_.put(kRegular, std::uint8_t{'r'});  // `regular`, which Analyze readers look for
  fields_.put(at().dim, static_cast<std::int16_t>(volumes > 1 ? 4 : 3));
  fields_.put_real(at().pixdim, 0, 1.0);
  for (std::size_t i = 0; i < 7; ++i) {
    const std::int64_t length = i < dims.size() ? dims.at(i) : 1;
    fields_.put(at().dim + 2 * (i + 1), static_cast<std::int16_t>(length));
    fields_.put_real(at().pixdim, i + 1, i < 3 ? image.spacing.at(i) : 1.0);
    if (i < 3) size_.at(i) = static_cast<std::uint64_t>(length);
  }
  spacing_ = image.spacing;
  volumes_ = static_cast<std::uint64_t>(volumes);
  fields_.put(at().xyzt_units, std::uint8_t{2});
  set_type(type, {});
  set_storage(true, fields_.bytes().size() + kExtensionFlag);
}

void NiftiHeader::set_type(DataType type, const NiftiScale& scale) {
  type_ = &nifti_type(type);
  fields_.put(at().datatype, type_->code);
  fields_.put(at().bitpix, static_cast<std::int16_t>(type_->bytes * 8));
  if (scale.slope == scale_.slope && scale.inter == scale_.inter) return;  // however it is written
  scale_ = scale;
  fields_.put_real(at().scl_slope, 0, scale.slope);
  fields_.put_real(at().scl_inter, 0, scale.inter);
}

void NiftiHeader::set_storage(bool single_file, std::uint64_t data_offset) {
  single_ = single_file;
  data_offset_ = data_offset;
  const std::string_view magic = fields_.two() ? (single_ ? kSecondSingleMagic : kSecondPairMagic)
                                               : (single_ ? kSingleMagic : kPairMagic);
  for (std::size_t i = 0; i < magic.size(); ++i) fields_.put(at().magic + i, magic[i]);
  if (fields_.two()) {
    fields_.put(at().vox_offset, static_cast<std::int64_t>(data_offset));
  } else {
    fields_.put(at().vox_offset, static_cast<float>(data_offset));
  }
}

NiftiScale NiftiHeader::representable(const NiftiScale& scale) const {
  if (fields_.two()) return scale;
  auto slope = static_cast<float>(scale.slope);
  if (static_cast<double>(slope) < scale.slope) slope = std::nextafter(slope, INFINITY);
  return {static_cast<double>(slope), static_cast<double>(static_cast<float>(scale.inter))};
}

}  // namespace aedenoise::io
