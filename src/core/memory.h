// How much memory this process uses.
#pragma once

#include <cstdint>

namespace aedenoise::core {

// Bytes of physical memory this process holds now; 0 when the system does not say.
std::uint64_t resident_bytes();

// Bytes of physical memory that programs can have without others losing any; 0 when the system does not say.
std::uint64_t free_bytes();

// Gives what was freed back to the system, which otherwise keeps it for later.
void return_freed_bytes();

// From here on large blocks go back to the system once they are freed, at some cost in time: for programs
// that keep to a limit.
void return_large_blocks();

// What the process may hold.
struct MemoryLimit {
  std::uint64_t bytes = 0;     // 0: any amount
  std::uint64_t reserved = 0;  // of these, not taken yet but needed later
};

// The most it ever held.
std::uint64_t peak_resident_bytes();

}  // namespace aedenoise::core
