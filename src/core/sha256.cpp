#include "core/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "aedenoise/error.h"

namespace aedenoise::core {

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorCode::internal, "SHA-256 is not available");
  }
  static constexpr std::array<char, 17> kDigits{"0123456789abcdef"};
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += kDigits.at(digest.at(i) >> 4U);
    text += kDigits.at(digest.at(i) & 15U);
  }
  return text;
}

}  // namespace aedenoise::core
