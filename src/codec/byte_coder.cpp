#include "codec/byte_coder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>

#include "aedenoise/error.h"
#include "codec/probability.h"

namespace aedenoise::codec {
namespace {

constexpr std::size_t kShortestRun = 8;  // that is coded by its length
constexpr std::size_t kHashed = std::size_t{1} << 18U;
constexpr int kRate = 8;
constexpr std::uint32_t kLimit = 60;

template <typename Coder>
class ByteModel {
 public:
  explicit ByteModel(Coder& coder) : coder_(coder), second_(kHashed), third_(kHashed) {}

  std::uint8_t byte(std::uint8_t given) {
    std::uint32_t node = 1;
    for (int bit = 8; bit-- > 0;)
      node = node << 1U | static_cast<std::uint32_t>(decide((given >> bit & 1) != 0, node));
    history_ = history_ << 8U | (node & 0xFFU);
    const auto found = static_cast<std::uint8_t>(node);
    follow(found);
    return found;
  }

  // Elias gamma with learned bits.
  std::uint64_t number(std::uint64_t given) {
    const int wanted = static_cast<int>(std::bit_width(given + 1));
    int width = 1;
    while (width < 40 && learned(lengths_[static_cast<std::size_t>(width)], wanted > width)) ++width;
    std::uint64_t value = 1;
    for (int bit = width - 1; bit-- > 0;)
      value =
          value << 1U | static_cast<std::uint64_t>(coder_.code(((given + 1) >> bit & 1U) != 0, 1U << 15U));
    return value - 1;
  }

 private:
  bool learned(AdaptiveBit& expert, bool given) {
    const bool bit = coder_.code(given, expert.probability());
    expert.update(bit, kLimit);
    return bit;
  }

  // Finds where the last bytes occurred before, to expect what came after them there.
  void follow(std::uint8_t byte) {
    if (match_ > 0 && seen_[match_] == byte) {
      ++match_;
      length_ = std::min(length_ + 1, kLongestMatch);
    } else {
      match_ = length_ = 0;
    }
    seen_.push_back(byte);
    std::size_t& last = places_[history_ * 2246822519U >> 16U];
    if (match_ == 0) match_ = last;
    last = seen_.size();
  }

  // The probability that what is expected after a match so long comes; none without, or when the byte already
  // is another one.
  AdaptiveBit* expected(std::uint32_t node) {
    if (match_ == 0 || match_ >= seen_.size()) return nullptr;
    const std::uint32_t byte = 256U + seen_[match_];
    const int known = static_cast<int>(std::bit_width(node)) - 1;
    if (byte >> (8 - known) != node) return nullptr;
    return &matches_[length_ * 2 + (byte >> (7 - known) & 1U)];
  }

  bool decide(bool given, std::uint32_t node) {
    const std::uint32_t last = history_ & 0xFFU;
    const auto hashed = [&](std::uint32_t mask) {
      return ((history_ & mask) * 2654435761U + node * 40503U) >> 14U;
    };
    const std::array<AdaptiveBit*, 4> experts{&first_[last * 256 + node], &second_[hashed(0xFFFFU)],
                                              &third_[hashed(0xFFFFFFU)], expected(node)};
    std::array<std::int32_t, 4> inputs;
    for (std::size_t i = 0; i < experts.size(); ++i)
      inputs[i] = experts[i] == nullptr ? 0 : experts[i]->logit();
    const Probability p = probability_of(mixer_.logit(inputs));
    const bool bit = coder_.code(given, p);
    mixer_.update(inputs, (bit ? 65535 : 0) - static_cast<int>(p), kRate);
    for (AdaptiveBit* expert : experts) {
      if (expert != nullptr) expert->update(bit, kLimit);
    }
    return bit;
  }

  static constexpr std::size_t kLongestMatch = 31;

  Coder& coder_;
  std::uint32_t history_ = 0;
  std::array<AdaptiveBit, 41> lengths_{};
  std::array<AdaptiveBit, 65536> first_{};
  std::vector<AdaptiveBit> second_;
  std::vector<AdaptiveBit> third_;
  Mixer<4> mixer_{65536 * 2 / 5};
  std::vector<std::uint8_t> seen_;
  std::vector<std::size_t> places_ =
      std::vector<std::size_t>(std::size_t{1} << 16U);  // after the last four bytes
  std::size_t match_ = 0;                               // in seen_
  std::size_t length_ = 0;
  std::array<AdaptiveBit, 2 * (kLongestMatch + 1)> matches_{};
};

// How many bytes before `end` come before the next long run, and how long that is.
struct Stretch {
  std::size_t plain = 0;
  std::size_t run = 0;
};
Stretch next_stretch(std::span<const std::uint8_t> bytes, std::size_t from) {
  std::size_t begin = from;
  while (begin < bytes.size()) {
    std::size_t end = begin + 1;
    while (end < bytes.size() && bytes[end] == bytes[begin]) ++end;
    if (end - begin >= kShortestRun) return {begin - from, end - begin};
    begin = end;
  }
  return {bytes.size() - from, 0};
}

}  // namespace

std::vector<std::uint8_t> pack_bytes(std::span<const std::uint8_t> bytes) {
  RansEncoder coder;
  const auto model = std::make_unique<ByteModel<RansEncoder>>(coder);
  for (std::size_t at = 0; at < bytes.size();) {
    const Stretch next = next_stretch(bytes, at);
    model->number(next.plain);
    for (std::size_t i = 0; i < next.plain; ++i) model->byte(bytes[at + i]);
    at += next.plain;
    model->number(next.run);
    if (next.run > 0) model->byte(bytes[at]);
    at += next.run;
  }
  return coder.finish();
}

std::vector<std::uint8_t> unpack_bytes(std::span<const std::uint8_t> packed, std::uint64_t count) {
  RansDecoder coder(packed);
  const auto model = std::make_unique<ByteModel<RansDecoder>>(coder);
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < count) {
    const std::uint64_t plain = model->number(0);
    if (plain > count - bytes.size()) throw Error(ErrorCode::data, "the file's header is damaged");
    for (std::uint64_t i = 0; i < plain; ++i) bytes.push_back(model->byte(0));
    const std::uint64_t run = model->number(0);
    if (run > count - bytes.size() || plain + run == 0)
      throw Error(ErrorCode::data, "the file's header is damaged");
    if (run > 0) bytes.insert(bytes.end(), run, model->byte(0));
  }
  if (!coder.complete()) throw Error(ErrorCode::data, "the file's header is damaged");
  return bytes;
}

}  // namespace aedenoise::codec
