#include "report/json.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "aedenoise/error.h"

namespace aedenoise::report {
namespace {

TEST(ReportJson, WhatIsNoNumberBecomesNull) {
  EXPECT_TRUE(number(INFINITY).is_null());
  EXPECT_TRUE(number(NAN).is_null());
  EXPECT_EQ(number(1.5), 1.5);
}

TEST(ReportJson, FilesHoldTheValuesInOrder) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / ("report_json_test_" + std::to_string(getpid()) + ".json");
  write_json({{"z", 1}, {"a", "bad\xff name"}}, path.string());
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_LT(text.find("\"z\""), text.find("\"a\""));
  EXPECT_EQ(Json::parse(text)["z"], 1);
  std::filesystem::remove(path);
}

TEST(ReportJson, AFolderThatIsMissingIsNamed) {
  try {
    write_json({{"a", 1}}, "/no/such/folder/out.json");
    FAIL() << "written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_TRUE(std::string(error.what()).starts_with("/no/such/folder/out.json: ")) << error.what();
  }
}

}  // namespace
}  // namespace aedenoise::report
