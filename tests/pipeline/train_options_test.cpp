#include <functional>

#include "pipeline/pictures.h"
#include "pipeline/quick.h"

namespace aedenoise::test {
namespace {

using pipeline::TrainOptions;

TEST(TrainOptions, ValidateSaysWhatIsWrong) {
  const auto why = [](const std::function<void(TrainOptions&)>& change) {
    TrainOptions options = quick(1);
    EXPECT_NO_THROW(validate(options));
    change(options);
    return refusal(ErrorCode::usage, [&] { validate(options); });
  };
  const auto contains = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(contains(why([](auto& o) { o.noise_model = "gausian"; }), "'gaussian'"));
  EXPECT_TRUE(contains(why([](auto& o) { o.architecture.kind = "denoisin"; }), "'denoising'"));
  EXPECT_TRUE(contains(why([](auto& o) { o.loss = {"l1", "l3"}; }), "unknown loss 'l3'"));
  EXPECT_TRUE(contains(why([](auto& o) { o.loss = {}; }), "patch and loss"));
  EXPECT_TRUE(contains(why([](auto& o) { o.optimizer.kind = "adma"; }), "'adam'"));
  EXPECT_TRUE(contains(why([](auto& o) { o.schedule.kind = "stp"; }), "'step'"));
  EXPECT_TRUE(contains(why([](auto& o) {
                         o.patch = {16, 17};
                       }),
                       "17 do not fit the network: use a multiple of 2"));
  EXPECT_TRUE(contains(why([](auto& o) { o.patch = {0}; }), "0 do not fit"));
  EXPECT_TRUE(contains(why([](auto& o) { o.noise_low = 60.0; }), "low <= high"));
  EXPECT_TRUE(contains(why([](auto& o) { o.noise_low = -1.0; }), "low <= high"));
  EXPECT_TRUE(contains(why([](auto& o) { o.noise_low = NAN; }), "low <= high"));
  EXPECT_TRUE(contains(why([](auto& o) { o.batch = 0; }), "at least one patch"));
  EXPECT_TRUE(contains(why([](auto& o) { o.steps = 0; }), "steps or minutes"));
  EXPECT_TRUE(contains(why([](auto& o) { o.validate_every = 0; }), "validation"));
  EXPECT_TRUE(contains(why([](auto& o) { o.schedule.learning_rate = 0.0; }), "must be positive"));
  EXPECT_TRUE(contains(why([](auto& o) { o.schedule.learning_rate = NAN; }), "must be positive"));
  EXPECT_TRUE(contains(why([](auto& o) { o.schedule.warmup_share = 1.0; }), "warm-up"));
  EXPECT_TRUE(contains(why([](auto& o) { o.average_decay = 1.0; }), "decay"));
  EXPECT_TRUE(contains(why([](auto& o) { o.architecture.widths = {}; }), "1 to 6 levels"));
}

}  // namespace
}  // namespace aedenoise::test
