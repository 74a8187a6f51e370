// How much memory this process uses.
#pragma once

#include <cstdint>

namespace aedenoise::pipeline {

// Bytes of physical memory this process holds now; 0 when the system does not say.
std::uint64_t resident_bytes();

// Bytes of physical memory that programs can have without others losing any; 0 when the system does not say.
std::uint64_t free_bytes();

// The most it ever held.
std::uint64_t peak_resident_bytes();

}  // namespace aedenoise::pipeline
