// Model files: what is written is read back, and what is damaged or hostile is refused in a sentence.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "aedenoise/error.h"
#include "core/half.h"
#include "nn/weights.h"

namespace aedenoise::nn {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes file_of(const std::string& header, const Bytes& data) {
  Bytes out;
  for (std::size_t i = 0; i < 8; ++i)
    out.push_back(static_cast<std::uint8_t>(std::uint64_t{header.size()} >> (8 * i)));
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

Bytes floats(const std::vector<float>& values) {
  Bytes out(values.size() * sizeof(float));
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

// Why a file is refused; empty when it is not.
std::string refusal(const Bytes& bytes) {
  try {
    read_safetensors(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::data);
    return error.what();
  }
  return "";
}

Weights small_model() {
  Weights weights;
  weights.tensors["head.weight"] = {{2, 1, 2, 2},
                                    {1.0F, -2.5F, 0.0F, 1e-7F, 3.14159274F, -0.1F, 65504.0F, 0.333F}};
  weights.tensors["head.bias"] = {{2}, {-0.0F, 1.0F}};
  weights.metadata["format"] = "aedenoise";
  weights.metadata["text"] = "quotes \" and \\ and \n and \u00e9";
  return weights;
}

TEST(Safetensors, FloatsComeBackExactly) {
  const Weights written = small_model();
  const Weights read = read_safetensors(write_safetensors(written, Storage::f32));
  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.tensors.size(), written.tensors.size());
  for (const auto& [name, tensor] : written.tensors) {
    EXPECT_EQ(read.tensors.at(name).dims, tensor.dims);
    EXPECT_EQ(floats(read.tensors.at(name).values), floats(tensor.values));
  }
}

TEST(Safetensors, HalvesComeBackRounded) {
  const Weights written = small_model();
  const Bytes bytes = write_safetensors(written, Storage::f16);
  EXPECT_LT(bytes.size(), write_safetensors(written, Storage::f32).size());
  const Weights read = read_safetensors(bytes);
  EXPECT_EQ(read.metadata, written.metadata);
  for (const auto& [name, tensor] : written.tensors) {
    std::vector<float> expected;
    for (const float value : tensor.values) expected.push_back(core::from_half(core::to_half(value)));
    EXPECT_EQ(floats(read.tensors.at(name).values), floats(expected));
  }
  EXPECT_EQ(write_safetensors(read, Storage::f16), bytes);
}

TEST(Safetensors, ReadsWhatTheFormatAllows) {
  // Tensors in any order in the header, spaces behind it, no metadata, both types.
  const Weights read = read_safetensors(file_of(
      R"({"b":{"dtype":"F16","shape":[1,2],"data_offsets":[4,8]},"a":{"shape":[1],"data_offsets":[0,4],"dtype":"F32"}}  )",
      {0, 0, 0x80, 0x3F, 0x00, 0x3C, 0x00, 0xC0}));
  EXPECT_EQ(read.tensors.at("a").values, std::vector<float>{1.0F});
  EXPECT_EQ(read.tensors.at("b").values, (std::vector<float>{1.0F, -2.0F}));
  EXPECT_EQ(read.tensors.at("b").dims, (Shape{1, 2}));
  EXPECT_TRUE(read_safetensors(file_of("{}", {})).tensors.empty());
}

TEST(Safetensors, EveryPrefixIsRefused) {
  for (const Storage storage : {Storage::f32, Storage::f16}) {
    const Bytes whole = write_safetensors(small_model(), storage);
    ASSERT_EQ(refusal(whole), "");
    for (std::size_t size = 0; size < whole.size(); ++size) {
      // A copy of its own, so that reading past the end is an error under a sanitizer.
      EXPECT_NE(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))), "") << size;
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_NE(refusal(longer).find("longer or shorter"), std::string::npos);
  }
}

TEST(Safetensors, HostileHeadersAreRefused) {
  const Bytes eight = floats({1.0F, 2.0F});
  const auto expect = [&](const std::string& header, const std::string& why) {
    const std::string message = refusal(file_of(header, eight));
    EXPECT_NE(message.find(why), std::string::npos) << header << " gives '" << message << "'";
  };
  const auto tensor = [](const std::string& name, const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}";
  };
  const auto one = [&](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return "{" + tensor("t", dtype, shape, offsets) + "}";
  };
  ASSERT_EQ(refusal(file_of(one("F32", "[2]", "[0,8]"), eight)), "");

  expect("{" + tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[2]", "[0,8]") + "}",
         "overlap or leave gaps");
  expect("{" + tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[1]", "[0,4]") + "}",
         "overlap or leave gaps");
  expect(one("F32", "[1]", "[4,8]"), "overlap or leave gaps");
  expect(one("F32", "[1]", "[0,4]"), "longer or shorter");
  expect("{}", "longer or shorter");
  expect("{" + tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("a", "F32", "[1]", "[4,8]") + "}",
         "a key twice");
  expect(R"({"t":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})", "a key twice");
  expect(R"({"__metadata__":{"a":"1","a":"2"},)" + tensor("t", "F32", "[2]", "[0,8]") + "}", "a key twice");
  expect(R"({"__metadata__":{"a":1},)" + tensor("t", "F32", "[2]", "[0,8]") + "}", "not text");
  expect(R"({"__metadata__":[],)" + tensor("t", "F32", "[2]", "[0,8]") + "}", "not an object");
  expect(one("BF16", "[4]", "[0,8]"), "of type BF16");
  expect(one("I64", "[1]", "[0,8]"), "of type I64");
  expect(one("F16", "[2]", "[0,8]"), "does not fit its bytes");
  expect(one("F32", "[3]", "[0,8]"), "does not fit its bytes");
  expect(one("F32", "[-2]", "[0,8]"), "not a whole number");
  expect(one("F32", "[2.0]", "[0,8]"), "not a whole number");
  expect(one("F32", "[\"2\"]", "[0,8]"), "not a whole number");
  expect(one("F32", "[2]", "[-1,7]"), "not a whole number");
  expect(one("F32", "[2]", "[0,1e9999]"), "not a JSON object");
  expect(one("F32", "[2]", "[8,0]"), "outside the file");
  expect(one("F32", "[2]", "[0,9]"), "outside the file");
  expect(one("F32", "[2]", "[18446744073709551608,18446744073709551615]"), "outside the file");
  expect(one("F32", "[2]", "[0]"), "lacks");
  expect(one("F32", "[]", "[0,8]"), "unusable shape");
  expect(one("F32", "[2,0]", "[0,8]"), "unusable shape");
  expect(one("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), "unusable shape");
  // Products that come out right only modulo 2^64.
  expect(one("F32", "[4294967296,4294967296,2]", "[0,8]"), "unusable shape");
  expect(one("F32", "[9223372036854775809,2]", "[0,8]"), "unusable shape");
  expect(R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}})", "lacks");
  expect(R"({"t":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})", "lacks");
  expect(R"({"t":3})", "lacks");
  expect("[]", "not a JSON object");
  expect("", "not a JSON object");
  expect(R"({"t":)", "not a JSON object");
  expect("{\"\xFF\":3}", "not a JSON object");
  expect("{} {}", "not a JSON object");
  expect(std::string(200000, '['), "not a JSON object");
  expect("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}", "lacks");
}

TEST(Safetensors, HugeHeaderLengthsAreRefusedBeforeAnythingIsAllocated) {
  for (const std::uint64_t length :
       {std::uint64_t{1} << 20U | 1U, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
    Bytes bytes = file_of("{}", {});
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(length >> (8 * i));
    EXPECT_NE(refusal(bytes).find("length is unlikely"), std::string::npos);
  }
}

TEST(Safetensors, ValuesThatAreNotFiniteAreRefused) {
  const std::string header = R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_NE(refusal(file_of(header, floats({1.0F, value}))).find("'t' has a value that is not finite"),
              std::string::npos);
  }
  const std::string halves = R"({"t":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}})";
  EXPECT_NE(refusal(file_of(halves, {0x00, 0xFC})).find("not finite"), std::string::npos);
  EXPECT_EQ(refusal(file_of(halves, {0xFF, 0xFB})), "");
}

// One changed bit may give other values, but never a crash or an error of another kind.
TEST(Safetensors, FlippedBitsAreReadOrRefused) {
  const Bytes whole = write_safetensors(small_model(), Storage::f16);
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    Bytes damaged = whole;
    damaged[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    refusal(damaged);
  }
}

}  // namespace
}  // namespace aedenoise::nn
