// Universally unique identifiers made from names (RFC 9562, version 5), through OpenSSL's SHA-1.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aedenoise::core {

using Uuid = std::array<std::uint8_t, 16>;

// The same for the same name, always.
Uuid uuid_v5(const Uuid& name_space, std::string_view name);

// As a DICOM UID (PS3.5 B.2): "2.25." and the number in decimal digits.
std::string oid_of(const Uuid& uuid);

}  // namespace aedenoise::core
