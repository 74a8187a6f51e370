#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <array>

#include "aedenoise/error.h"

namespace aedenoise::cli {
namespace {

constexpr std::array kOptions{
    Option{"First", "sigma", 's', "VALUE", "how loud"}, Option{"Second", "force", 'f', nullptr, "replace"},
    Option{"First", "data", 'd', "FOLDER...", "one or more"}, Option{"Second", "count", 0, "N", "how many"},
    Option{"Second", "views", 0, "[=2|8]", "mean of how many"}};

std::string refusal(const std::vector<std::string>& words) {
  try {
    Arguments::parse(kOptions, words);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  return {};
}

TEST(Arguments, ShortAndLongFormsAndWhatStandsBetween) {
  const Arguments arguments =
      Arguments::parse(kOptions, {"a.png", "-s", "2.5", "--force", "b.png", "--count=7"});
  EXPECT_EQ(arguments.number("sigma", 0.0, 0.0, 10.0), 2.5);
  EXPECT_TRUE(arguments.has("force"));
  EXPECT_EQ(arguments.integer("count", 0, 0, 10), 7);
  EXPECT_EQ(arguments.positional(), (std::vector<std::string>{"a.png", "b.png"}));
}

TEST(Arguments, AValueThatMayBeLeftOutIsTheLastOfItsChoices) {
  const Arguments without = Arguments::parse(kOptions, {"--views", "2"});
  EXPECT_EQ(without.text("views"), "8");
  EXPECT_EQ(without.positional(), (std::vector<std::string>{"2"})) << "what follows is no value of it";
  EXPECT_EQ(Arguments::parse(kOptions, {"--views=2"}).text("views"), "2");
  EXPECT_NE(help_text(kOptions).find("--views[=2|8]"), std::string::npos) << help_text(kOptions);
}

TEST(Arguments, AbsentOptionsGiveTheFallback) {
  const Arguments arguments = Arguments::parse(kOptions, {});
  EXPECT_FALSE(arguments.has("force"));
  EXPECT_EQ(arguments.number("sigma", 4.0, 0.0, 10.0), 4.0);
  EXPECT_TRUE(arguments.list("sigma").empty());
}

TEST(Arguments, SeveralValuesAfterOneOptionOrByRepeatingIt) {
  const Arguments arguments = Arguments::parse(kOptions, {"--data", "x", "y", "-f", "--data", "z"});
  EXPECT_EQ(arguments.values("data"), (std::vector<std::string>{"x", "y", "z"}));
}

TEST(Arguments, ListsAreSeparatedByCommas) {
  const Arguments arguments = Arguments::parse(kOptions, {"--sigma", "15,25.5,50"});
  EXPECT_EQ(arguments.numbers("sigma", 0.0, 100.0), (std::vector<double>{15.0, 25.5, 50.0}));
  EXPECT_THROW(Arguments::parse(kOptions, {"--sigma", "15,,50"}).numbers("sigma", 0.0, 100.0), Error);
  EXPECT_THROW(Arguments::parse(kOptions, {"--sigma", "15,x"}).numbers("sigma", 0.0, 100.0), Error);
}

TEST(Arguments, MistakesAreNamed) {
  EXPECT_NE(refusal({"--sgima", "3"}).find("did you mean '--sigma'?"), std::string::npos);
  EXPECT_NE(refusal({"-x"}).find("'-x'"), std::string::npos);
  EXPECT_FALSE(refusal({"--sigma"}).empty());
  EXPECT_FALSE(refusal({"--sig", "3"}).empty())
      << "abbreviations would change meaning when options are added";
}

TEST(Arguments, NumbersAreReadWhole) {
  for (const char* text : {"1.5x", "nan", "11", "0x3", "1e400", " 1", "1,2"}) {
    const Arguments arguments = Arguments::parse(kOptions, {"--sigma", text});
    EXPECT_THROW(arguments.number("sigma", 0.0, 0.0, 10.0), Error) << text;
  }
  EXPECT_THROW(Arguments::parse(kOptions, {"--count", "3.0"}).integer("count", 0, 0, 10), Error);
  EXPECT_THROW(Arguments::parse(kOptions, {"--count", "99999999999999999999"}).integer("count", 0, 0, 10),
               Error);
}

TEST(Arguments, HelpGroupsOptions) {
  const std::string text = help_text(kOptions);
  EXPECT_LT(text.find("First:"), text.find("Second:"));
  EXPECT_LT(text.find("--data"), text.find("Second:"));
  EXPECT_NE(text.find("  -s, --sigma VALUE"), std::string::npos);
}

}  // namespace
}  // namespace aedenoise::cli
