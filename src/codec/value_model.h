// Coding of integers whose distribution is learned in several contexts at once.
//
// A magnitude is a class (0, 1, 2, 3, 4-5, 6-7, 8-11, ...: two per octave) and a place within it. The class
// is found by a walk that begins at the one expected: is it higher, and higher still; or lower, and lower
// still. Each question of the walk is a binary decision, predicted by one adaptive probability per context;
// two mixers weigh them.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/probability.h"

namespace aedenoise::codec {

inline constexpr int kClasses = 40;

inline int class_of(std::uint32_t magnitude) {
  if (magnitude < 2) return static_cast<int>(magnitude);
  const int octave = static_cast<int>(std::bit_width(magnitude)) - 1;
  return 2 * octave + static_cast<int>(magnitude >> (octave - 1) & 1U);
}
inline int place_bits(int value_class) { return value_class < 4 ? 0 : value_class / 2 - 1; }
inline std::uint32_t first_of(int value_class) {
  if (value_class < 2) return static_cast<std::uint32_t>(value_class);
  const int octave = value_class / 2;
  return (2U + static_cast<std::uint32_t>(value_class & 1)) << (octave - 1);
}

template <int kContexts>
class ValueModel {
 public:
  struct Context {
    std::array<std::uint32_t, kContexts> numbers;  // each below its size
    std::uint32_t selector = 0;                    // of the second mixer
    int expected = 0;                              // class the walk begins at
    int least = 0;                                 // no class is lower
  };

  ValueModel(const std::array<std::uint32_t, kContexts>& sizes, std::uint32_t selectors)
      : by_slot_(kSlots), by_selector_(selectors * 3UL), places_(kClasses * 4UL) {
    for (int i = 0; i < kContexts; ++i) tables_[i].resize(std::size_t{sizes[i]} * kSlots);
  }

  // Whether the value is negative.
  template <typename Coder>
  bool sign(Coder& coder, const Context& context, bool negative) {
    return decide(coder, context, kSignSlot, sign_kind, negative);
  }

  // A magnitude that is first_of(context.least) or more.
  template <typename Coder>
  std::uint32_t magnitude(Coder& coder, const Context& context, std::uint32_t magnitude) {
    const int wanted = class_of(magnitude);
    int found = std::clamp(context.expected, context.least, kClasses - 2);
    if (decide(coder, context, slot_of(begin, found), begin, wanted > found)) {
      ++found;
      while (found < kClasses - 1 && decide(coder, context, slot_of(walk_on, found), walk_on, wanted > found))
        ++found;
    } else {
      while (found > context.least &&
             decide(coder, context, slot_of(walk_back, found), walk_on, wanted < found))
        --found;
    }
    return place(coder, found, magnitude);
  }

  // What it learned, as small integers, and the same from that: memory().size() values within
  // +-kLargestMemory. Of classes above kRemembered nothing is kept.
  static constexpr std::int16_t kLargestMemory = 2047;
  std::vector<std::int16_t> memory() {
    std::vector<std::int16_t> out;
    visit([&](AdaptiveBit& bit) { out.push_back(bit.memory()); },
          [&](std::int32_t& weight) {
            out.push_back(static_cast<std::int16_t>(
                std::clamp<std::int32_t>(weight / kWeightUnit, -kLargestMemory, kLargestMemory)));
          });
    return out;
  }
  static std::size_t memory_size(const std::array<std::uint32_t, kContexts>& sizes, std::uint32_t selectors) {
    std::size_t count = (kSlots + selectors * 3UL) * kInputs;
    for (const std::uint32_t size : sizes) count += size * (3UL * kRemembered + 1);
    return count;
  }
  void take_over(std::span<const std::int16_t> memory) {
    std::size_t at = 0;
    visit([&](AdaptiveBit& bit) { bit.take_over(memory[at++]); },
          [&](std::int32_t& weight) { weight = memory[at++] * kWeightUnit; });
  }

 private:
  // Questions of a walk. The second mixer tells three kinds apart, on and back being one.
  enum Kind { begin, walk_on, walk_back, sign_kind = walk_back };
  static constexpr std::size_t kKinds = 3;
  static constexpr std::size_t kSlots = 128;
  static constexpr std::size_t kSignSlot = kKinds * kClasses;
  static constexpr std::size_t kRemembered = 12;
  static constexpr std::int32_t kWeightUnit = 64;

  // Those of small classes, which are asked most, lie next to each other.
  static std::size_t slot_of(std::size_t kind, int value_class) {
    return static_cast<std::size_t>(value_class) * kKinds + kind;
  }

  template <typename Bit, typename Weight>
  void visit(Bit bit, Weight weight) {
    for (std::vector<AdaptiveBit>& table : tables_) {
      for (std::size_t first = 0; first < table.size(); first += kSlots) {
        for (std::size_t kind = 0; kind < kKinds; ++kind) {
          for (std::size_t value_class = 0; value_class < kRemembered; ++value_class)
            bit(table[first + slot_of(kind, static_cast<int>(value_class))]);
        }
        bit(table[first + kSignSlot]);
      }
    }
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      for (int value_class = 0; value_class < kClasses; ++value_class)
        std::ranges::for_each(by_slot_[slot_of(kind, value_class)].weights(), weight);
    }
    for (std::size_t slot = kSignSlot; slot < kSlots; ++slot)
      std::ranges::for_each(by_slot_[slot].weights(), weight);
    for (Mixer<kInputs>& mixer : by_selector_) std::ranges::for_each(mixer.weights(), weight);
  }

  static constexpr int kInputs = kContexts + 1;
  static constexpr std::uint32_t kLimit = 250;
  static constexpr std::uint32_t kPlaceLimit = 250;
  static constexpr int kRate = 10;

  template <typename Coder>
  bool decide(Coder& coder, const Context& context, std::size_t slot, Kind kind, bool bit) {
    std::array<AdaptiveBit*, kContexts> experts;
    typename Mixer<kInputs>::Inputs inputs{};
    for (std::size_t i = 0; i < kContexts; ++i) {
      experts[i] = &tables_[i][context.numbers[i] * kSlots + slot];
      inputs[i] = experts[i]->logit();
    }
    inputs[kContexts] = 256;
    Mixer<kInputs>& first = by_slot_[slot];
    Mixer<kInputs>& second = by_selector_[context.selector * kKinds + kind];
    const int a = first.logit(inputs);
    const int b = second.logit(inputs);
    bit = coder.code(bit, probability_of((a + b) / 2));
    const int target = bit ? 65535 : 0;
    first.update(inputs, target - static_cast<int>(probability_of(a)), kRate);
    second.update(inputs, target - static_cast<int>(probability_of(b)), kRate);
    for (AdaptiveBit* expert : experts) expert->update(bit, kLimit);
    return bit;
  }

  // The place within a class: its upper two bits are learned, the others are taken as they come.
  template <typename Coder>
  std::uint32_t place(Coder& coder, int value_class, std::uint32_t magnitude) {
    std::uint32_t value = 1;  // leading one, then the bits
    for (int bit = place_bits(value_class); bit-- > 0;) {
      const bool given = (magnitude >> bit & 1U) != 0;
      bool found = false;
      if (value < 4) {
        AdaptiveBit& expert = places_[static_cast<std::size_t>(value_class) * 4 + value];
        found = coder.code(given, expert.probability());
        expert.update(found, kPlaceLimit);
      } else {
        found = coder.code(given, 1U << (kProbabilityBits - 1));
      }
      value = value << 1U | static_cast<std::uint32_t>(found);
    }
    return first_of(value_class) + value - (1U << place_bits(value_class));
  }

  std::array<std::vector<AdaptiveBit>, kContexts> tables_;
  std::vector<Mixer<kInputs>> by_slot_;
  std::vector<Mixer<kInputs>> by_selector_;
  std::vector<AdaptiveBit> places_;
};

}  // namespace aedenoise::codec
