// Small DICOM files of every way to store pixels.
#pragma once

#include "fuzz/target.h"

namespace aedenoise::fuzz {

std::vector<Bytes> dicom_seeds();

}  // namespace aedenoise::fuzz
