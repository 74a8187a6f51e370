// Linked into test programs of many tiny operations, which would spend their time waiting for each other's
// threads: they run on one thread except where a test asks for more.
#include <gtest/gtest.h>

#include "core/threads.h"

namespace {

class OneThread : public testing::Environment {
 public:
  void SetUp() override { aedenoise::core::set_threads(1); }
};

// GoogleTest owns and deletes it.
[[maybe_unused]] const auto* const environment = testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace
