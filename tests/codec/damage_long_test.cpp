// The long form of Damage.CraftedFilesNeverReachOutside.
#include "codec/damage.h"

namespace aedenoise::codec::tests {
namespace {

TEST(DamageLong, CraftedFilesNeverReachOutside) {
  for (const Encoded& coded : small_files(40)) expect_no_harm(coded, 1000, 1U << 18U);
}

}  // namespace
}  // namespace aedenoise::codec::tests
