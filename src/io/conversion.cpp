#include "io/conversion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "aedenoise/error.h"
#include "core/text.h"
#include "imaging/symmetry.h"
#include "io/icc.h"
#include "io/samples.h"
#include "io/with_path.h"

namespace aedenoise::io {
namespace {

// The type to store, given what was asked for; adds a note when that had to be decided here.
DataType stored_type(const Format& format, DataType source, std::optional<DataType> asked,
                     std::vector<std::string>& notes) {
  const DataType wanted = asked.value_or(source);
  if (format.holds(wanted)) return wanted;
  if (!asked && wanted == DataType::uint16 && format.holds(DataType::uint8)) {
    notes.push_back(std::string(format.name()) +
                    " holds 8 bits: 16-bit samples were divided by 257 and rounded");
    return DataType::uint8;
  }
  std::string held;
  for (const DataType other : {DataType::uint8, DataType::uint16, DataType::float32}) {
    if (format.holds(other)) held += (held.empty() ? "" : " or ") + std::string(datatype_name(other));
  }
  throw Error(ErrorCode::usage, std::string(format.name()) + " cannot hold " + datatype_name(wanted) +
                                    " samples, only " + held +
                                    " (datatype converts); name another kind of file");
}

// What holds the values of a scan as they are, without a scale: its own type, another of integers, or floats.
DataType holding_type(const Document& first, double low) {
  const Image& image = first.image;
  // Later volumes may hold fractions and lower values than the first.
  if (first.volumes > 1 && first.scaled) return DataType::float32;
  const auto is_whole = [](float value) { return std::isnan(value) || value == std::nearbyint(value); };
  if (!std::ranges::all_of(image.values, is_whole)) return DataType::float32;
  const std::array kinds{image.datatype, DataType::int16, DataType::int32};
  const auto fits = [&](DataType type) {
    const auto [lowest, highest] = sample_range(type);
    return low >= lowest && image.high <= highest;
  };
  const auto found = std::ranges::find_if(kinds, fits);
  return found == kinds.end() ? DataType::float32 : *found;
}

// What becomes of an image: turned upright, and its values inverted where a writer knows no white that is
// zero, raised where it holds no negative ones, floats whose white is 1 multiplied by the white of integers;
// padding as a number.
struct Change {
  unsigned turn = 0;  // a symmetry
  bool invert = false;
  double raise = 0.0;
  double factor = 1.0;
  std::optional<double> padding;

  bool changes_anything() const { return turn != 0 || invert || raise != 0.0 || factor != 1.0 || padding; }

  double low(const Image& image) const { return padding ? std::min(image.low, *padding) : image.low; }

  // The image without its values.
  Image shape_of(const Image& before) const {
    Image out = empty_like(before);
    if (imaging::is_transposing(turn)) {
      std::swap(out.height, out.width);
      std::swap(out.spacing[0], out.spacing[1]);
    }
    out.low = low(before) + raise;
    out.high += raise;
    return out;
  }

  Image of(const Image& before) const {
    Image image = turn != 0 ? imaging::turned(before, turn) : before;
    if (padding) {
      for (float& value : image.values) value = std::isnan(value) ? static_cast<float>(*padding) : value;
    }
    const double sign = invert ? -1.0 : 1.0;
    const double offset = raise + (invert ? low(before) + before.high : 0.0);
    for (float& value : image.values) value = static_cast<float>(factor * (sign * value + offset));
    const Image shape = shape_of(before);
    image.low = shape.low;
    image.high = shape.high;
    return image;
  }
};

// For a writer, which gets no more than the pixels and what `new_file` says unless there is none; `notes`
// come before its own.
class NamedWriter : public VolumeWriter {
 public:
  NamedWriter(std::filesystem::path path, std::unique_ptr<VolumeWriter> writer,
              std::optional<Document> new_file, const Change& change, std::vector<std::string> notes)
      : path_(std::move(path)),
        writer_(std::move(writer)),
        new_file_(std::move(new_file)),
        change_(change),
        notes_(std::move(notes)) {}

  void add(const Document& volume, const Image& image) override {
    with_path(path_, [&] {
      const Document& like = new_file_ ? *new_file_ : volume;
      if (change_.changes_anything()) {
        writer_->add(like, change_.of(image));
      } else {
        writer_->add(like, image);
      }
    });
  }

  std::vector<std::string> commit() override {
    return with_path(path_, [&] {
      const std::vector<std::string> more = writer_->commit();
      notes_.insert(notes_.end(), more.begin(), more.end());
      return std::move(notes_);
    });
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<VolumeWriter> writer_;
  std::optional<Document> new_file_;
  Change change_;
  std::vector<std::string> notes_;
};

// What the values of a float picture are multiplied by in integer samples: those whose white is 1 span no
// more than two of these as they are.
double factor_of_floats(const Image& image, DataType type, std::vector<std::string>& notes) {
  constexpr double kMost = 2.0;
  constexpr double kLeast = -1.0;
  if (!is_float(image.datatype) || image.low < kLeast || image.high > kMost) return 1.0;
  const std::uint16_t largest = largest_sample(type);
  notes.push_back("values were multiplied by " + std::to_string(largest) + ", as 1 seems to be white");
  return largest;
}

// Which symmetry makes a picture of this orientation upright.
unsigned turn_of(int orientation) {
  constexpr std::array<unsigned, 8> kTurns{0, 2, 3, 1, 4, 5, 7, 6};
  return kTurns.at(static_cast<std::size_t>(orientation - 1));
}

// What goes along from one format to another, and what stays behind.
std::string carried(const Document& first, const Format& format, bool picture, bool profile) {
  const bool placed = !picture && first.placement.has_value();
  std::string with;
  if (placed) with = " and where in space they lie";
  if (profile) with = " and the ICC profile";
  std::string text = "only pixels" + with + " were carried from " + first.format + " to " + format.name();
  if (first.orientation != 1) text += ", turned upright as the orientation says";
  text += with.empty() ? ", no metadata" : ", no other metadata";
  if (picture) text += " and no transparency";
  if (!profile && !first.profile.empty()) text += "; without the ICC profile colours may look otherwise";
  return text;
}

// How a document becomes a new file of a format, and what is said about it.
class ConversionPlan {
 public:
  ConversionPlan(const Format& format, const Stored& what, std::optional<DataType> datatype)
      : format_(format),
        first_(what.first),
        image_(what.image),
        carries_(!what.keeps && first_.source != nullptr),
        picture_(dynamic_cast<const PictureFormat*>(&format) != nullptr) {
    check_shape();
    file_.image = empty_like(image_);
    file_.volumes = first_.volumes;
    file_.placement = first_.placement;
    if (carries_ && !picture_) {
      change_.padding = first_.padding;
      file_.image.datatype = holding_type(first_, change_.low(first_.image));
    }
    type_ = stored_type(format, file_.image.datatype, datatype, notes_);
    if (!what.keeps) change_.turn = turn_of(first_.orientation);
    if (picture_ && is_whole()) change_.factor = factor_of_floats(image_, type_, notes_);
    if (carries_) plan_values();
    file_.image = change_.shape_of(file_.image);
    if (carries_) note_scale();
  }

  const Document& file() const { return file_; }
  DataType type() const { return type_; }
  const Change& change() const { return change_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  bool is_whole() const { return type_ == DataType::uint8 || type_ == DataType::uint16; }

  void check_shape() const {
    if (!picture_ || image_.depth == 1) return;
    throw Error(ErrorCode::usage, std::string(format_.name()) + " holds one picture, not a volume of " +
                                      std::to_string(image_.depth) +
                                      " slices; name a .nii.gz, .nrrd or .mha file");
  }

  void plan_values() {
    const bool profile = format_.holds_profile() && fits_channels(first_.profile, image_.channels);
    if (profile) file_.profile = first_.profile;
    notes_.push_back(carried(first_, format_, picture_, profile));
    if (first_.white_is_zero && picture_ && image_.channels == 1) {
      change_.invert = true;
      notes_.emplace_back(
          "gray levels were inverted, as the file's lowest value is shown white (MONOCHROME1, "
          "WhiteIsZero)");
    }
    const double low = change_.low(image_);
    if (is_whole() && change_.factor == 1.0 && low < 0.0 && !format_.holds_scale()) {
      change_.raise = -low;
      notes_.push_back("values were raised by " + core::significant(change_.raise) +
                       ", so that none is negative");
    }
  }

  void note_scale() {
    const float factor = full_range_factor(file_.image, type_);
    if (!picture_ || image_.modality == Modality::other || factor == 1.0F) return;
    notes_.push_back("values were scaled by " + core::significant(static_cast<double>(factor), 6) +
                     ", as the largest of this file becomes white");
  }

  const Format& format_;
  const Document& first_;
  const Image& image_;
  bool carries_;  // from another format
  bool picture_;
  Document file_;  // the new one, without its values
  DataType type_ = DataType::float32;
  Change change_;
  std::vector<std::string> notes_;
};

}  // namespace

std::unique_ptr<VolumeWriter> create_in(const Format& format, const Stored& what,
                                        const std::filesystem::path& path, std::optional<DataType> datatype) {
  ConversionPlan plan(format, what, datatype);
  auto writer = format.create(what.keeps ? what.first : plan.file(), path, plan.type());
  std::optional<Document> new_file;
  if (!what.keeps) new_file.emplace().profile = plan.file().profile;
  return std::make_unique<NamedWriter>(path, std::move(writer), std::move(new_file), plan.change(),
                                       plan.notes());
}

}  // namespace aedenoise::io
