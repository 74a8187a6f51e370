// The run-time module `itk`.
#include <itkImageIOBase.h>
#include <itkMetaDataObject.h>
#include <itkMetaImageIO.h>
#include <itkNrrdImageIO.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aedenoise/error.h"
#include "io/itk_codec.h"
#include "io/quiet_errors.h"

namespace aedenoise::io {
namespace {

using Component = itk::IOComponentEnum;

constexpr const char* kNrrdSpace = "NRRD_space";  // ITK's name for a field of NRRD
constexpr unsigned kMostAxes = 4;
constexpr std::size_t kLongestReason = 160;

constexpr std::array<std::pair<Component, DataType>, 12> kTypes{{
    {Component::UCHAR, DataType::uint8},
    {Component::CHAR, DataType::int8},
    {Component::USHORT, DataType::uint16},
    {Component::SHORT, DataType::int16},
    {Component::UINT, DataType::uint32},
    {Component::INT, DataType::int32},
    {Component::ULONG, DataType::uint64},
    {Component::LONG, DataType::int64},
    {Component::ULONGLONG, DataType::uint64},
    {Component::LONGLONG, DataType::int64},
    {Component::FLOAT, DataType::float32},
    {Component::DOUBLE, DataType::float64},
}};

// ITK's state after reading a header, from which that of a new file is copied.
class ItkSource : public Source {
 public:
  itk::ImageIOBase::Pointer io;
};

itk::ImageIOBase::Pointer make(ItkKind kind) {
  itk::Object::SetGlobalWarningDisplay(false);  // errors say all that matters
  if (kind == ItkKind::nrrd) return itk::NrrdImageIO::New().GetPointer();
  return itk::MetaImageIO::New().GetPointer();
}

// What ITK says spreads over lines and names its own source files.
Error error_of(const itk::ExceptionObject& exception) {
  std::string text = exception.GetDescription();
  const std::size_t origin = text.find("): ");
  if (text.starts_with("itk::ERROR: ") && origin != std::string::npos) text.erase(0, origin + 3);
  std::string line;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= ' ';
    if (!space) line += c;
    if (space && !line.empty() && line.back() != ' ') line += ' ';
  }
  return {ErrorCode::data, "damaged or unsupported: ITK says \"" + line.substr(0, kLongestReason) + "\""};
}

template <typename Function>
auto translated(Function function) {
  const QuietErrors quiet;
  try {
    return function();
  } catch (const itk::ExceptionObject& exception) {
    throw error_of(exception);
  }
}

void use_everything(itk::ImageIOBase& io) {
  itk::ImageIORegion region(io.GetNumberOfDimensions());
  for (unsigned i = 0; i < io.GetNumberOfDimensions(); ++i) {
    region.SetIndex(i, 0);
    region.SetSize(i, io.GetDimensions(i));
  }
  io.SetIORegion(region);
}

int side(const itk::ImageIOBase& io, unsigned axis) {
  if (axis >= io.GetNumberOfDimensions()) return 1;
  const auto length = io.GetDimensions(axis);
  if (length == 0 || length > static_cast<itk::SizeValueType>(std::numeric_limits<int>::max())) {
    throw Error(ErrorCode::data, "damaged: an axis is empty or too long");
  }
  return static_cast<int>(length);
}

double distance(const itk::ImageIOBase& io, unsigned axis) {
  if (axis >= io.GetNumberOfDimensions()) return 1.0;
  const double spacing = std::abs(io.GetSpacing(axis));
  return std::isfinite(spacing) && spacing > 0.0 ? spacing : 1.0;
}

// ITK has one for every file, of which NRRD says whether it is meant.
std::optional<Placement> placement_of(ItkKind kind, const itk::ImageIOBase& io) {
  if (io.GetNumberOfDimensions() < 3) return std::nullopt;
  if (kind == ItkKind::nrrd && !io.GetMetaDataDictionary().HasKey(kNrrdSpace)) return std::nullopt;
  Placement out;
  for (unsigned axis = 0; axis < 3; ++axis) {
    out.origin.at(axis) = io.GetOrigin(axis);
    const std::vector<double> direction = io.GetDirection(axis);
    for (unsigned i = 0; i < 3; ++i) out.steps.at(axis).at(i) = direction.at(i) * io.GetSpacing(axis);
  }
  return checked(out);
}

class Itk final : public ItkCodec {
 public:
  ItkHeader read_header(ItkKind kind, const std::filesystem::path& path) const override {
    return translated([&] {
      const auto source = std::make_shared<ItkSource>();
      source->io = make(kind);
      itk::ImageIOBase& io = *source->io;
      io.SetFileName(path.string());
      io.ReadImageInformation();
      // Where a number is missing MetaImage's reader takes what memory happens to hold.
      if (kind == ItkKind::metaimage && io.GetFileType() == itk::IOFileEnum::ASCII)
        throw Error(ErrorCode::data, "its samples are written as text, which is not read");
      const auto type =
          std::ranges::find(kTypes, io.GetComponentType(), &std::pair<Component, DataType>::first);
      if (io.GetNumberOfComponents() != 1 || type == kTypes.end()) {
        throw Error(ErrorCode::data, "holds " + std::to_string(io.GetNumberOfComponents()) +
                                         " components of type " +
                                         io.GetComponentTypeAsString(io.GetComponentType()) +
                                         " per voxel; only real scalar images are denoised");
      }
      if (io.GetNumberOfDimensions() == 0 || io.GetNumberOfDimensions() > kMostAxes) {
        throw Error(ErrorCode::data,
                    "has " + std::to_string(io.GetNumberOfDimensions()) + " axes; up to four are read");
      }
      ItkHeader header;
      header.shape.channels = 1;
      header.shape.width = side(io, 0);
      header.shape.height = side(io, 1);
      header.shape.depth = side(io, 2);
      header.volumes = side(io, 3);
      header.shape.datatype = type->second;
      header.shape.spacing = {distance(io, 0), distance(io, 1), distance(io, 2)};
      header.placement = placement_of(kind, io);
      header.rest = source;
      return header;
    });
  }

  core::Bytes read_samples(const ItkHeader& header) const override {
    return translated([&] {
      itk::ImageIOBase& io = *dynamic_cast<const ItkSource&>(*header.rest).io;
      use_everything(io);
      core::Bytes samples(static_cast<std::size_t>(io.GetImageSizeInBytes()));
      io.Read(samples.data());
      return samples;
    });
  }

  void write(ItkKind kind, const std::filesystem::path& path, const ItkHeader& header, bool packed,
             std::span<const std::uint8_t> samples) const override {
    translated([&] {
      const auto io = make(kind);
      describe(kind, *io, header);
      io->SetFileName(path.string());
      io->SetUseCompression(packed);
      use_everything(*io);
      io->Write(samples.data());
    });
  }

 private:
  // Without what ITK notes for itself on reading.
  static itk::MetaDataDictionary own_entries(const itk::MetaDataDictionary& all) {
    itk::MetaDataDictionary out = all;
    for (const std::string& key : all.GetKeys()) {
      if (key.starts_with("ITK_")) out.Erase(key);
    }
    return out;
  }

  static void describe_new(ItkKind kind, itk::ImageIOBase& io, const ItkHeader& header) {
    const Image& shape = header.shape;
    const std::array<std::int64_t, 4> sides{shape.width, shape.height, shape.depth, header.volumes};
    const unsigned axes = header.volumes > 1 ? 4 : shape.depth > 1 || header.placement ? 3 : 2;
    io.SetNumberOfDimensions(axes);
    for (unsigned i = 0; i < axes; ++i) {
      io.SetDimensions(i, static_cast<itk::SizeValueType>(sides.at(i)));
      io.SetSpacing(i, i < 3 ? shape.spacing.at(i) : 1.0);
      io.SetOrigin(i, 0.0);
    }
    if (!header.placement) return;
    if (kind == ItkKind::nrrd) {
      itk::EncapsulateMetaData<std::string>(
          io.GetMetaDataDictionary(), kNrrdSpace,
          axes == 4 ? "left-posterior-superior-time" : "left-posterior-superior");
    }
    for (unsigned axis = 0; axis < 3; ++axis) {
      const Vector3& step = header.placement->steps.at(axis);
      const Vector3 unit = times(step, 1.0 / length(step));
      std::vector<double> direction(axes, 0.0);
      std::ranges::copy(unit, direction.begin());
      io.SetSpacing(axis, length(step));
      io.SetDirection(axis, direction);
      io.SetOrigin(axis, header.placement->origin.at(axis));
    }
  }

  static void describe(ItkKind kind, itk::ImageIOBase& io, const ItkHeader& header) {
    const Image& shape = header.shape;
    const auto type = std::ranges::find(kTypes, shape.datatype, &std::pair<Component, DataType>::second);
    if (const auto* source = dynamic_cast<const ItkSource*>(header.rest.get())) {
      const itk::ImageIOBase& from = *source->io;
      const unsigned axes = from.GetNumberOfDimensions();
      io.SetNumberOfDimensions(axes);
      for (unsigned i = 0; i < axes; ++i) {
        io.SetDimensions(i, from.GetDimensions(i));
        io.SetSpacing(i, from.GetSpacing(i));
        io.SetOrigin(i, from.GetOrigin(i));
        io.SetDirection(i, from.GetDirection(i));
      }
      io.SetMetaDataDictionary(own_entries(from.GetMetaDataDictionary()));
    } else {
      describe_new(kind, io, header);
    }
    io.SetNumberOfComponents(1);
    io.SetPixelType(itk::IOPixelEnum::SCALAR);
    io.SetComponentType(type->first);
    io.SetByteOrderToLittleEndian();
    io.SetFileTypeToBinary();
  }
};

}  // namespace
}  // namespace aedenoise::io

extern "C" const void* aedenoise_itk_module() {
  static const aedenoise::io::Itk codec;
  return static_cast<const aedenoise::io::ItkCodec*>(&codec);
}
