#include "core/module.h"

#include <gtest/gtest.h>

#include "aedenoise/error.h"

namespace aedenoise::core {
namespace {

TEST(Module, AMissingOneIsAClearError) {
  try {
    load_module_address("nonexistent");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_STREQ(error.what(),
                 "the module 'nonexistent' (aedenoise_nonexistent.so) is missing from this installation");
  }
}

}  // namespace
}  // namespace aedenoise::core
