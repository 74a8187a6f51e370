#include "report/html.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "aedenoise/error.h"

namespace aedenoise::report {
namespace {

namespace fs = std::filesystem;

TEST(Html, TextCannotBecomeMarkup) {
  EXPECT_EQ(html_escaped("<b a=\"1\" c='2'>&</b>"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;&lt;/b&gt;");
  const Json json{{"name", "</script><img src=x>"}, {"bad", "\xFF"}};
  const std::string text = script_json(json);
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(Json::parse(text).at("name"), "</script><img src=x>");
}

// RFC 4648, section 10.
TEST(Html, Base64) {
  const auto encoded = [](const std::string& text) {
    return base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  };
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encoded("\xFF\xFE\xFD"), "//79");
  EXPECT_EQ(data_uri("image/jpeg", core::Bytes{102}), "data:image/jpeg;base64,Zg==");
}

TEST(Html, APageAppearsWholeOrNotAtAll) {
  const fs::path path = fs::path(testing::TempDir()) / ("page_" + std::to_string(getpid()) + ".html");
  {
    HtmlPage page(path.string(), "denoise", "a <title>");
    page.data("data", "{}");
  }
  EXPECT_FALSE(fs::exists(path));
  HtmlPage page(path.string(), "denoise", "a <title>");
  page.data("data", "{}");
  page.commit();
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_TRUE(text.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(text.ends_with("</html>\n"));
  EXPECT_NE(text.find("<title>a &lt;title&gt;</title>"), std::string::npos);
  EXPECT_NE(text.find("<script type=\"application/json\" id=\"data\">{}</script>"), std::string::npos);
  fs::remove(path);
  EXPECT_THROW(HtmlPage("/nowhere/page.html", "denoise", ""), Error);
}

}  // namespace
}  // namespace aedenoise::report
