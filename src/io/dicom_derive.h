// What changes in a DICOM header when its pixels do (PS3.3 C.7.6.1.1.2, C.7.6.16.2.6): the object becomes a
// derived one with identifiers of its own that says where it comes from. All else stays.
#pragma once

#include "io/format.h"

class DcmFileFormat;

namespace aedenoise::io {

// Makes the object one derived from the one it was. The new identifiers follow from the old ones and
// derivation.method, or `pixels`, a digest of the new pixels, where no method was stated.
void derive_dicom(DcmFileFormat& file, const Derivation& derivation, const std::string& pixels);

}  // namespace aedenoise::io
