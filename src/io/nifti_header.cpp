#include "io/nifti_header.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "aedenoise/error.h"
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

constexpr std::size_t kFirstBytes = 348;
constexpr std::size_t kSecondBytes = 540;
constexpr std::size_t kExtensionFlag = 4;  // bytes between a single file's header and what follows

using namespace std::string_view_literals;
constexpr auto kSingleMagic = "n+1\0"sv;
constexpr auto kPairMagic = "ni1\0"sv;
constexpr auto kSecondSingleMagic = "n+2\0\r\n\x1A\n"sv;
constexpr auto kSecondPairMagic = "ni2\0\r\n\x1A\n"sv;

Error damaged(const std::string& what) { return {ErrorCode::data, "damaged: " + what}; }

// The length a header states about itself, in the byte order in which it makes sense; 0 in neither.
std::pair<std::size_t, std::endian> stated_length(std::span<const std::uint8_t> head) {
  if (head.size() < 4) return {0, std::endian::native};
  const std::uint32_t little =
      head[0] | head[1] << 8 | head[2] << 16 | static_cast<std::uint32_t>(head[3]) << 24;
  const std::uint32_t big =
      head[3] | head[2] << 8 | head[1] << 16 | static_cast<std::uint32_t>(head[0]) << 24;
  for (const std::size_t length : {kFirstBytes, kSecondBytes}) {
    if (little == length) return {length, std::endian::little};
    if (big == length) return {length, std::endian::big};
  }
  return {0, std::endian::native};
}

}  // namespace

// Where the two versions keep what both have.
struct NiftiHeader::Fields {
  std::size_t magic, dim, datatype, bitpix, pixdim, vox_offset, scl_slope, scl_inter, xyzt_units;
  std::size_t qform_code, sform_code, quaternion, srow, intent_code;
};

const NiftiHeader::Fields& NiftiHeader::fields() const {
  static constexpr Fields kFirst{344, 40, 70, 72, 76, 108, 112, 116, 123, 252, 254, 256, 280, 68};
  static constexpr Fields kSecond{4, 16, 12, 14, 104, 168, 176, 184, 500, 344, 348, 352, 400, 504};
  return two_ ? kSecond : kFirst;
}

const NiftiType& nifti_type(DataType type) { return *std::ranges::find(kNiftiTypes, type, &NiftiType::type); }

bool is_nifti(std::span<const std::uint8_t> head) { return stated_length(head).first != 0; }

std::size_t nifti_header_bytes(std::span<const std::uint8_t> head) { return stated_length(head).first; }

template <typename T>
T NiftiHeader::get(std::size_t offset) const {
  std::array<std::uint8_t, sizeof(T)> raw{};
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), sizeof(T), raw.begin());
  if (order_ != std::endian::native) std::ranges::reverse(raw);
  return std::bit_cast<T>(raw);
}

template <typename T>
void NiftiHeader::put(std::size_t offset, T value) {
  auto raw = std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(value);
  if (order_ != std::endian::native) std::ranges::reverse(raw);
  std::ranges::copy(raw, bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
}

double NiftiHeader::get_real(std::size_t offset) const {
  return two_ ? get<double>(offset) : static_cast<double>(get<float>(offset));
}

void NiftiHeader::put_real(std::size_t offset, double value) {
  if (two_) {
    put(offset, value);
  } else {
    put(offset, static_cast<float>(value));
  }
}

NiftiHeader::NiftiHeader(core::Bytes bytes) : bytes_(std::move(bytes)) {
  const auto [length, order] = stated_length(bytes_);
  if (length == 0 || bytes_.size() != length) throw damaged("its header is not NIfTI");
  two_ = length == kSecondBytes;
  order_ = order;
  read_magic();
  read_type();
  read_shape();
  read_scale();
}

void NiftiHeader::read_magic() {
  const auto has = [&](std::string_view magic) {
    return std::equal(magic.begin(), magic.end(),
                      bytes_.begin() + static_cast<std::ptrdiff_t>(fields().magic),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  };
  single_ = has(two_ ? kSecondSingleMagic : kSingleMagic);
  if (!single_ && !has(two_ ? kSecondPairMagic : kPairMagic)) {
    throw Error(ErrorCode::data,
                two_ ? "damaged: its header does not name itself NIfTI-2"
                     : "is an Analyze file, which does not say what its values mean; convert it to NIfTI");
  }
}

void NiftiHeader::read_type() {
  const auto code = get<std::int16_t>(fields().datatype);
  const auto refused = std::ranges::find(kRefused, code, &Refused::code);
  if (refused != kRefused.end()) {
    throw Error(ErrorCode::data, std::string("holds ") + refused->what);
  }
  const auto found = std::ranges::find(kNiftiTypes, code, &NiftiType::code);
  if (found == kNiftiTypes.end()) throw damaged("its datatype " + std::to_string(code) + " does not exist");
  type_ = &*found;
  if (get<std::int16_t>(fields().bitpix) != type_->bytes * 8) {
    throw damaged("its bits per sample do not fit its datatype");
  }
}

void NiftiHeader::read_shape() {
  const auto dim = [&](std::size_t i) -> std::int64_t {
    return two_ ? get<std::int64_t>(fields().dim + 8 * i) : get<std::int16_t>(fields().dim + 2 * i);
  };
  constexpr std::int64_t kMostAxes = 7;
  const std::int64_t axes = dim(0);
  if (axes < 1 || axes > kMostAxes) throw damaged("its number of dimensions is " + std::to_string(axes));
  for (std::int64_t i = 1; i <= axes; ++i) {
    const std::int64_t length = dim(static_cast<std::size_t>(i));
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
  const auto units = (two_ ? get<std::int32_t>(fields().xyzt_units) : bytes_[fields().xyzt_units]) & 7;
  const double millimetres = units == 1 ? 1000.0 : units == 3 ? 0.001 : 1.0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double step = std::abs(get_real(fields().pixdim + (i + 1) * (two_ ? 8 : 4))) * millimetres;
    if (std::isfinite(step) && step > 0.0) spacing_.at(i) = step;
  }
}

bool NiftiHeader::holds_labels() const {
  constexpr int kLabel = 1002;
  constexpr int kNeuroname = 1005;
  const int intent = two_ ? get<std::int32_t>(fields().intent_code) : get<std::int16_t>(fields().intent_code);
  return intent == kLabel || intent == kNeuroname;
}

std::array<Direction, 3> NiftiHeader::directions() const {
  const auto code = [&](std::size_t at) { return two_ ? get<std::int32_t>(at) : get<std::int16_t>(at); };
  const auto real = [&](std::size_t at, std::size_t i) { return get_real(at + i * (two_ ? 8 : 4)); };
  std::array<Direction, 3> out{};
  if (code(fields().sform_code) > 0) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      for (std::size_t row = 0; row < 3; ++row) out.at(axis).at(row) = real(fields().srow, 4 * row + axis);
    }
  } else if (code(fields().qform_code) > 0) {
    const double b = real(fields().quaternion, 0);
    const double c = real(fields().quaternion, 1);
    const double d = real(fields().quaternion, 2);
    const double a = std::sqrt(std::max(0.0, 1.0 - b * b - c * c - d * d));
    const double hand = real(fields().pixdim, 0) < 0.0 ? -1.0 : 1.0;
    out[0] = {a * a + b * b - c * c - d * d, 2.0 * (b * c + a * d), 2.0 * (b * d - a * c)};
    out[1] = {2.0 * (b * c - a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d + a * b)};
    out[2] = {hand * 2.0 * (b * d + a * c), hand * 2.0 * (c * d - a * b),
              hand * (a * a + d * d - b * b - c * c)};
  }
  for (Direction& direction : out) {
    for (double& value : direction) {
      if (!std::isfinite(value)) value = 0.0;
    }
    direction[0] = -direction[0];  // NIfTI's coordinates grow to the right and to the front
    direction[1] = -direction[1];
  }
  return out;
}

void NiftiHeader::read_scale() {
  const double slope = get_real(fields().scl_slope);
  const double inter = get_real(fields().scl_inter);
  // A slope of 0 means that there is no scale; so do, in practice, slopes that are no numbers.
  if (slope != 0.0 && std::isfinite(slope)) {
    if (!std::isfinite(inter)) throw damaged("its scl_inter is not a finite number");
    scale_ = {slope, inter};
  }

  const double offset =
      two_ ? static_cast<double>(get<std::int64_t>(fields().vox_offset)) : get_real(fields().vox_offset);
  constexpr double kLargest = 0x1.0p53;
  if (!(offset >= 0.0 && offset <= kLargest) || offset != std::floor(offset)) {
    throw damaged("its vox_offset is not a place in a file");
  }
  data_offset_ = static_cast<std::uint64_t>(offset);
  if (!single_) return;
  const std::uint64_t first = bytes_.size() + kExtensionFlag;
  if (data_offset_ == 0) data_offset_ = first;
  if (data_offset_ < first) throw damaged("its vox_offset is inside its header");
}

NiftiHeader::NiftiHeader(const Image& image, std::int64_t volumes, DataType type)
    : bytes_(kFirstBytes, std::uint8_t{0}) {
  constexpr std::int64_t kLongest = std::numeric_limits<std::int16_t>::max();
  const std::array<std::int64_t, 4> dims{image.width, image.height, image.depth, volumes};
  if (image.channels != 1 || *std::ranges::max_element(dims) > kLongest) {
    throw Error(ErrorCode::usage,
                "NIfTI holds one channel, and a new file at most 32767 samples along an axis");
  }
  put(0, static_cast<std::int32_t>(kFirstBytes));
  bytes_[38] = 'r';  // `regular`, which Analyze readers look for
  put(fields().dim, static_cast<std::int16_t>(volumes > 1 ? 4 : 3));
  put(fields().pixdim, 1.0F);
  for (std::size_t i = 0; i < 7; ++i) {
    const std::int64_t length = i < dims.size() ? dims.at(i) : 1;
    put(fields().dim + 2 * (i + 1), static_cast<std::int16_t>(length));
    put(fields().pixdim + 4 * (i + 1), static_cast<float>(i < 3 ? image.spacing.at(i) : 1.0));
    if (i < 3) size_.at(i) = static_cast<std::uint64_t>(length);
  }
  spacing_ = image.spacing;
  volumes_ = static_cast<std::uint64_t>(volumes);
  bytes_[fields().xyzt_units] = 2;
  set_type(type, {});
  set_place(true, kFirstBytes + kExtensionFlag);
}

void NiftiHeader::set_type(DataType type, const NiftiScale& scale) {
  type_ = &nifti_type(type);
  put(fields().datatype, type_->code);
  put(fields().bitpix, static_cast<std::int16_t>(type_->bytes * 8));
  if (scale.slope == scale_.slope && scale.inter == scale_.inter) return;  // however it is written
  scale_ = scale;
  put_real(fields().scl_slope, scale.slope);
  put_real(fields().scl_inter, scale.inter);
}

void NiftiHeader::set_place(bool single_file, std::uint64_t data_offset) {
  single_ = single_file;
  data_offset_ = data_offset;
  const std::string_view magic =
      two_ ? (single_ ? kSecondSingleMagic : kSecondPairMagic) : (single_ ? kSingleMagic : kPairMagic);
  std::memcpy(bytes_.data() + fields().magic, magic.data(), magic.size());
  if (two_) {
    put(fields().vox_offset, static_cast<std::int64_t>(data_offset));
  } else {
    put(fields().vox_offset, static_cast<float>(data_offset));
  }
}

NiftiScale NiftiHeader::representable(const NiftiScale& scale) const {
  if (two_) return scale;
  auto slope = static_cast<float>(scale.slope);
  if (static_cast<double>(slope) < scale.slope) slope = std::nextafter(slope, INFINITY);
  return {static_cast<double>(slope), static_cast<double>(static_cast<float>(scale.inter))};
}

}  // namespace aedenoise::io
