// The seam stays small: at most six object classes and forty operations.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace {

std::string HeaderText() {
  std::ifstream file(OPENSUPA_HAL_HEADER);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

long Count(const std::string& text, const std::regex& pattern) {
  return std::distance(std::sregex_iterator(text.begin(), text.end(), pattern),
                       std::sregex_iterator());
}

TEST(HalSurface, HasAtMostSixObjectClasses) {
  const long classes = Count(HeaderText(), std::regex(R"(\n(class|struct) \w+ (: .*)?\{)"));
  EXPECT_GE(classes, 6) << "the pattern no longer finds the classes";
  EXPECT_LE(classes, 6);
}

TEST(HalSurface, HasAtMostFortyOperations) {
  const long operations = Count(HeaderText(), std::regex(R"(=\s*0;)"));
  EXPECT_GE(operations, 20) << "the pattern no longer finds the operations";
  EXPECT_LE(operations, 40);
}

}  // namespace
