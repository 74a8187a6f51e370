#include "io/dicom_derive.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>

#include "aedenoise/error.h"
#include "core/uuid.h"
#include "io/dicom_layout.h"

namespace aedenoise::io {
namespace {

// The name space of this program's identifiers: version 5 of "aedenoise" in the name space of URLs.
constexpr core::Uuid kNameSpace{0xfe, 0x08, 0x21, 0x7b, 0x43, 0x76, 0x5e, 0x52,
                                0xb2, 0x35, 0xd7, 0x12, 0x90, 0x98, 0xe9, 0x71};
constexpr std::uint32_t kCharacterSet = 0x00080005;
constexpr std::uint32_t kImageType = 0x00080008;
constexpr std::uint32_t kClassUid = 0x00080016;
constexpr std::uint32_t kInstanceUid = 0x00080018;
constexpr std::uint32_t kSeriesDescription = 0x0008103E;
constexpr std::uint32_t kDerivationDescription = 0x00082111;
constexpr std::uint32_t kFrameType = 0x00089007;
constexpr std::uint32_t kSeriesUid = 0x0020000E;
constexpr std::uint32_t kSeriesNumber = 0x00200011;
constexpr std::size_t kLongString = 64;   // characters of VR LO
constexpr std::size_t kShortText = 1024;  // of VR ST
constexpr long kSeriesOffset = 1000;

void put(DcmItem& item, const DcmTagKey& tag, const std::string& text) {
  if (item.putAndInsertString(DcmTag(tag), text.c_str()).bad()) {
    throw Error(ErrorCode::internal, std::string("DCMTK does not take a new ") + DcmTag(tag).getTagName());
  }
}

// What the identity of a derived object follows from.
std::string derived_uid(const std::string& source, const std::string& method) {
  return core::oid_of(core::uuid_v5(kNameSpace, source + '\n' + method));
}

// "ORIGINAL\PRIMARY\AXIAL" becomes "DERIVED\SECONDARY\AXIAL", or with `keep_second` "DERIVED\PRIMARY\AXIAL".
std::string derived_type(const std::string& type, bool keep_second) {
  const std::size_t first = std::min(type.size(), type.find('\\'));
  if (first == type.size()) return "DERIVED\\SECONDARY";
  if (keep_second) return "DERIVED" + type.substr(first);
  const std::size_t second = std::min(type.size(), type.find('\\', first + 1));
  return "DERIVED\\SECONDARY" + type.substr(second);
}

// The frame types in the functional groups of an enhanced object follow its image type.
void derive_frame_types(DcmItem& data) {
  for (const DcmTagKey& groups : {DCM_SharedFunctionalGroupsSequence, DCM_PerFrameFunctionalGroupsSequence}) {
    DcmItem* group = nullptr;
    for (signed long i = 0; data.findAndGetSequenceItem(groups, group, i).good(); ++i) {
      for (unsigned long k = 0; k < group->card(); ++k) {
        auto* macro = dynamic_cast<DcmSequenceOfItems*>(group->getElement(k));
        DcmItem* item = macro == nullptr || macro->card() == 0 ? nullptr : macro->getItem(0);
        if (item == nullptr || !item->tagExists(DCM_FrameType)) continue;
        put(*item, DCM_FrameType, derived_type(text_of(*item, kFrameType), true));
      }
    }
  }
}

// Appended to the name where that fits: a long one in several bytes per character cannot be cut safely.
std::string derived_name(DcmItem& data, const std::string& name, const std::string& change) {
  const std::string suffix = " (" + change + ")";
  if (name.empty()) return change;
  if (name.size() + suffix.size() <= kLongString) return name + suffix;
  const std::string set = text_of(data, kCharacterSet);
  const bool single_byte = set.empty() || set.starts_with("ISO_IR 1") || set == "ISO_IR 6";
  if (!single_byte || set.starts_with("ISO_IR 19")) return name;
  return name.substr(0, kLongString - suffix.size()) + suffix;
}

void code_item(DcmItem& item, const DcmTagKey& sequence, const char* value, const char* meaning) {
  DcmItem* code = nullptr;
  // -2: append
  if (item.findOrCreateSequenceItem(DcmTag(sequence), code, -2).bad()) throw std::bad_alloc();
  put(*code, DCM_CodeValue, value);
  put(*code, DCM_CodingSchemeDesignator, "DCM");
  put(*code, DCM_CodeMeaning, meaning);
}

// What was done to an object and which one it was before.
struct Step {
  std::string description;
  bool compressed = false;  // or denoised
  std::string class_uid;
  std::string instance_uid;
};

// How `item` came to be; earlier steps are kept before this one.
void describe(DcmItem& item, const Step& step) {
  const std::string before = text_of(item, kDerivationDescription);
  const std::string both = before.empty() ? step.description : before + "; " + step.description;
  put(item, DCM_DerivationDescription,
      both.size() <= kShortText ? both : step.description.substr(0, kShortText));
  code_item(item, DCM_DerivationCodeSequence, step.compressed ? "113040" : "113087",
            step.compressed ? "Lossy Compression" : "Smoothing");
  item.findAndDeleteElement(DCM_SourceImageSequence);
  DcmItem* source = nullptr;
  if (item.findOrCreateSequenceItem(DcmTag(DCM_SourceImageSequence), source, -2).bad())
    throw std::bad_alloc();
  put(*source, DCM_ReferencedSOPClassUID, step.class_uid);
  put(*source, DCM_ReferencedSOPInstanceUID, step.instance_uid);
  code_item(*source, DCM_PurposeOfReferenceCodeSequence, "121322",
            "Source image for image processing operation");
}

// An enhanced object states its derivation in a functional group, either of all frames or of each one.
void describe_groups(DcmItem& data, const Step& done) {
  DcmItem* group = nullptr;
  bool per_frame = false;
  const DcmTagKey frames = DCM_PerFrameFunctionalGroupsSequence;
  for (signed long i = 0; data.findAndGetSequenceItem(frames, group, i).good(); ++i) {
    per_frame = per_frame || group->tagExists(DCM_DerivationImageSequence);
  }
  const DcmTagKey where = per_frame ? frames : DCM_SharedFunctionalGroupsSequence;
  for (signed long i = 0; data.findAndGetSequenceItem(where, group, i).good(); ++i) {
    DcmItem* step = nullptr;
    if (group->findOrCreateSequenceItem(DcmTag(DCM_DerivationImageSequence), step, -2).bad())
      throw std::bad_alloc();
    describe(*step, done);
  }
}

// PS3.3 C.7.6.1.1.5: ratios and methods of all steps, the latest last.
void mark_lossy(DcmItem& data, double ratio) {
  const auto append = [&](const DcmTagKey& tag, const std::string& value) {
    const std::string before =
        text_of(data, static_cast<std::uint32_t>(tag.getGroup()) << 16U | tag.getElement());
    put(data, tag, before.empty() ? value : before + "\\" + value);
  };
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%.2f", ratio);
  put(data, DCM_LossyImageCompression, "01");
  append(DCM_LossyImageCompressionRatio, text.data());
  append(DCM_LossyImageCompressionMethod, "AEDZ");
}

// Now, or for reproducible files the time SOURCE_DATE_EPOCH says (reproducible-builds.org).
void put_times(DcmItem& data) {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t now = epoch == nullptr ? std::time(nullptr) : std::strtoll(epoch, nullptr, 10);
  std::tm parts{};
  if ((epoch == nullptr ? localtime_r(&now, &parts) : gmtime_r(&now, &parts)) == nullptr) return;
  std::array<char, 16> date{};
  std::array<char, 16> time{};
  if (std::strftime(date.data(), date.size(), "%Y%m%d", &parts) == 0) return;
  if (std::strftime(time.data(), time.size(), "%H%M%S", &parts) == 0) return;
  for (const DcmTagKey& tag : {DCM_InstanceCreationDate, DCM_ContentDate}) put(data, tag, date.data());
  for (const DcmTagKey& tag : {DCM_InstanceCreationTime, DCM_ContentTime}) put(data, tag, time.data());
}

void put_series_number(DcmItem& data) {
  const std::string text = text_of(data, kSeriesNumber);
  long number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) return;
  if (number <= 0x7FFFFFFF - kSeriesOffset)
    put(data, DCM_SeriesNumber, std::to_string(number + kSeriesOffset));
}

// What was true of the old pixels only.
void drop_stale(DcmItem& data) {
  for (const DcmTagKey& tag :
       {DCM_SmallestImagePixelValue, DCM_LargestImagePixelValue, DCM_SmallestPixelValueInSeries,
        DCM_LargestPixelValueInSeries, DCM_RETIRED_SmallestImagePixelValueInPlane,
        DCM_RETIRED_LargestImagePixelValueInPlane, DCM_IconImageSequence, DCM_DigitalSignaturesSequence,
        DCM_MACParametersSequence, DCM_ExtendedOffsetTable, DCM_ExtendedOffsetTableLengths,
        DCM_ConcatenationUID, DCM_SOPInstanceUIDOfConcatenationSource, DCM_InConcatenationNumber,
        DCM_InConcatenationTotalNumber, DCM_ConcatenationFrameOffsetNumber}) {
    data.findAndDeleteElement(tag);
  }
}

}  // namespace

void derive_dicom(DcmFileFormat& file, const Derivation& derivation, const std::string& pixels) {
  DcmItem& data = *file.getDataset();
  const std::string instance = text_of(data, kInstanceUid);
  const std::string series = text_of(data, kSeriesUid);
  const std::string class_uid = text_of(data, kClassUid);
  const std::string method = derivation.method.empty() ? pixels : derivation.method;
  const bool enhanced = data.tagExists(DCM_SharedFunctionalGroupsSequence);
  std::string description = derivation.method.empty() ? "processed with aedenoise" : derivation.method;
  if (!derivation.finding.empty()) description += "; " + derivation.finding;

  const Step done{description, derivation.compression_ratio.has_value(), class_uid, instance};
  if (done.compressed) mark_lossy(data, *derivation.compression_ratio);

  put(data, DCM_ImageType, derived_type(text_of(data, kImageType), enhanced));
  if (enhanced) {
    derive_frame_types(data);
    describe_groups(data, done);
  } else {
    describe(data, done);
  }
  put(data, DCM_SOPInstanceUID, derived_uid(instance.empty() ? pixels : instance, method));
  put(data, DCM_SeriesInstanceUID, derived_uid(series, method));
  put(data, DCM_SeriesDescription,
      derived_name(data, text_of(data, kSeriesDescription), done.compressed ? "compressed" : "denoised"));
  put_series_number(data);
  put_times(data);
  drop_stale(data);
}

}  // namespace aedenoise::io
