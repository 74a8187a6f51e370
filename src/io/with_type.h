// From a datatype known at run time to code compiled for it.
#pragma once

#include <cstdint>

#include "aedenoise/error.h"
#include "aedenoise/image.h"

namespace aedenoise::io {

// Calls use(T{}) with the C++ type of samples, and returns what it does.
template <typename Use>
auto with_type(DataType type, Use use) {
  switch (type) {
    case DataType::uint8:
      return use(std::uint8_t{});
    case DataType::int8:
      return use(std::int8_t{});
    case DataType::uint16:
      return use(std::uint16_t{});
    case DataType::int16:
      return use(std::int16_t{});
    case DataType::uint32:
      return use(std::uint32_t{});
    case DataType::int32:
      return use(std::int32_t{});
    case DataType::uint64:
      return use(std::uint64_t{});
    case DataType::int64:
      return use(std::int64_t{});
    case DataType::float32:
      return use(float{});
    case DataType::float64:
      return use(double{});
  }
  throw Error(ErrorCode::internal, "an unknown type of samples");
}

}  // namespace aedenoise::io
