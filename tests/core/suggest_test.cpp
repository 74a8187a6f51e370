#include "core/suggest.h"

#include <gtest/gtest.h>

#include <array>

namespace aedenoise::core {
namespace {

TEST(Suggest, FindsTheNearestName) {
  const std::array<std::string, 3> names{"gaussian", "rician", "poisson"};
  EXPECT_EQ(nearest("gausian", names), "gaussian");
  EXPECT_EQ(nearest("poison", names), "poisson");
  EXPECT_EQ(nearest("ricain", names), "rician");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Suggest, SentenceNamesTheChoices) {
  const std::array<std::string, 2> names{"adam", "sgd"};
  EXPECT_EQ(unknown_name("optimizer", "adm", names),
            "unknown optimizer 'adm'; did you mean 'adam'? (known: adam, sgd)");
  EXPECT_EQ(unknown_name("model", "a", {}), "unknown model 'a'");
}

}  // namespace
}  // namespace aedenoise::core
