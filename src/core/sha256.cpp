#include "core/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "aedenoise/error.h"
#include "core/file.h"

namespace aedenoise::core {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }

  void add(std::span<const std::uint8_t> bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  }

  std::string digest() {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), &length));
    return hex(std::span(digest).first(length));
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static void require(int success) {
    if (success != 1) throw Error(ErrorCode::internal, "SHA-256 is not available");
  }

  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

std::string hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::array<char, 17> kDigits{"0123456789abcdef"};
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits.at(byte >> 4U);
    text += kDigits.at(byte & 15U);
  }
  return text;
}

std::string sha256_hex(std::span<const std::uint8_t> bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.digest();
}

std::string sha256_hex(const std::string& text) {
  return sha256_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string sha256_of_file(const std::filesystem::path& path) {
  constexpr std::size_t kStep = std::size_t{1} << 18U;
  InputFile file(path);
  Bytes buffer(kStep);
  Sha256 digest;
  for (;;) {
    const std::size_t count = file.read(buffer);
    digest.add(std::span(buffer).first(count));
    if (count < buffer.size()) return digest.digest();
  }
}

}  // namespace aedenoise::core
