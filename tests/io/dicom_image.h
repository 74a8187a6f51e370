// A small CT image to vary, and what the DICOM tests expect of errors.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "aedenoise/error.h"
#include "io/dicom_reference.h"

namespace aedenoise::test {

inline constexpr const char* kUid = "1.2.826.0.1.3680043.8.498.1";

inline DicomElements gray_image(int rows, int columns, const std::vector<int>& words) {
  return {{0x00080005, dicom_text("CS", "ISO_IR 100")},
          {0x00080008, dicom_text("CS", "ORIGINAL\\PRIMARY\\AXIAL")},
          {0x00080016, dicom_text("UI", "1.2.840.10008.5.1.4.1.1.2")},
          {0x00080018, dicom_text("UI", kUid)},
          {0x00080060, dicom_text("CS", "CT")},
          {0x0008103E, dicom_text("LO", "Thorax B\xFCste")},
          {0x00090010, dicom_text("LO", "SOMEBODY")},
          {0x00091001, {"UN", {1, 2, 3, 4, 5, 6}, {}}},
          {0x00180050, dicom_text("DS", "2.5")},
          {0x0020000E, dicom_text("UI", "1.2.826.0.1.3680043.8.498.2")},
          {0x00200011, dicom_text("IS", "7")},
          {0x00280002, dicom_number(1)},
          {0x00280004, dicom_text("CS", "MONOCHROME2")},
          {0x00280010, dicom_number(rows)},
          {0x00280011, dicom_number(columns)},
          {0x00280030, dicom_text("DS", "0.5\\0.25")},
          {0x00280100, dicom_number(16)},
          {0x00280101, dicom_number(12)},
          {0x00280102, dicom_number(11)},
          {0x00280103, dicom_number(0)},
          {0x00281052, dicom_text("DS", "-1024")},
          {0x00281053, dicom_text("DS", "2")},
          {kPixels, dicom_words("OW", words)}};
}

inline void expect_error(ErrorCode code, const std::string& part, const std::function<void()>& action) {
  try {
    action();
    FAIL() << "nothing was thrown instead of: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part << " in: " << error.what();
  }
}

}  // namespace aedenoise::test
