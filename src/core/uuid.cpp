#include "core/uuid.h"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

#include "aedenoise/error.h"

namespace aedenoise::core {

Uuid uuid_v5(const Uuid& name_space, std::string_view name) {
  std::vector<std::uint8_t> message(name_space.begin(), name_space.end());
  message.insert(message.end(), name.begin(), name.end());
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(message.data(), message.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
    throw Error(ErrorCode::internal, "SHA-1 could not be computed");
  }
  Uuid out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  out[6] = static_cast<std::uint8_t>((out[6] & 0x0FU) | 0x50U);  // version 5
  out[8] = static_cast<std::uint8_t>((out[8] & 0x3FU) | 0x80U);  // the variant of RFC 9562
  return out;
}

std::string oid_of(const Uuid& uuid) {
  std::string digits;
  Uuid rest = uuid;
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  while (!std::ranges::all_of(rest, is_zero)) {
    unsigned remainder = 0;
    for (std::uint8_t& byte : rest) {
      const unsigned value = remainder << 8U | byte;
      byte = static_cast<std::uint8_t>(value / 10);
      remainder = value % 10;
    }
    digits.push_back(static_cast<char>('0' + remainder));
  }
  if (digits.empty()) digits = "0";
  std::ranges::reverse(digits);
  return "2.25." + digits;
}

}  // namespace aedenoise::core
