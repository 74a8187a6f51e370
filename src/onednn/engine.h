// What the rest of aedenoise may know of oneDNN: number types, activation names, and what this machine
// supports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aedenoise::onednn {

// Sizes in oneDNN's order: N, C, (D,) H, W, or N, C. In memory every tensor is channels-last (nhwc, ndhwc,
// nc).
using Dims = std::vector<std::int64_t>;

enum class Type : std::uint8_t { f32, bf16 };
inline std::size_t size_of(Type type) { return type == Type::f32 ? 4 : 2; }
inline const char* name_of(Type type) { return type == Type::f32 ? "f32" : "bf16"; }

enum class Activation : std::uint8_t { none, relu, leaky_relu, sigmoid, tanh, gelu };

// Product of all sizes.
std::int64_t volume(const Dims& dims);

// Whether this CPU runs bf16 convolutions faster than by emulation.
bool supports_bf16();
// Whether they take less time than Winograd's algorithm in f32: a fraction of it with AMX, three quarters on
// AMD's CPUs, which multiply twice as many numbers a cycle in bf16. On Intel's without AMX they take as long.
bool bf16_is_faster();

// "oneDNN 3.2.0, avx512_core_bf16".
std::string description();

// Frees what oneDNN keeps of primitives that nothing uses any more, in case they are asked for again.
void forget_primitives();

// Converts `count` values; bf16 is rounded to nearest even.
void convert(const void* src, Type src_type, void* dst, Type dst_type, std::int64_t count);

}  // namespace aedenoise::onednn
