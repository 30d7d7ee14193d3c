#include "opensupa/base/options.h"

#include <cstdlib>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace opensupa::options {
namespace {

TEST(Options, GivenTheRegistryThenNamesAreUniqueAndDescribed) {
  std::set<std::string> names;
  for (const Option* option : All()) {
    EXPECT_TRUE(names.insert(option->name).second) << option->name;
    EXPECT_GT(std::string(option->description).size(), 10u) << option->name;
    EXPECT_EQ(option->description[std::string(option->description).size() - 1], '.')
        << option->name;
  }
  EXPECT_GT(names.size(), 10u);
}

TEST(Options, GivenIntegersThenDefaultsAndBadValuesAreTold) {
  unsetenv(kEmulatorWorkers.name);
  EXPECT_EQ(*GetInteger(kEmulatorWorkers), 0);
  EXPECT_FALSE(IsSet(kEmulatorWorkers));
  setenv(kEmulatorWorkers.name, "12", 1);
  EXPECT_EQ(*GetInteger(kEmulatorWorkers), 12);
  EXPECT_TRUE(IsSet(kEmulatorWorkers));
  for (const char* bad : {"", "many", "3x", "1e3"}) {
    setenv(kEmulatorWorkers.name, bad, 1);
    const auto value = GetInteger(kEmulatorWorkers);
    ASSERT_FALSE(value.ok()) << bad;
    EXPECT_THAT(std::string(value.status().message()), ::testing::HasSubstr(kEmulatorWorkers.name));
  }
  unsetenv(kEmulatorWorkers.name);
}

TEST(Options, GivenBooleansThenOnlyYesWordsAreTrue) {
  for (const char* yes : {"1", "true", "TRUE", "yes", "On"}) {
    setenv(kLaunchBlocking.name, yes, 1);
    EXPECT_TRUE(GetBoolean(kLaunchBlocking)) << yes;
  }
  for (const char* no : {"", "0", "false", "no", "off", "2"}) {
    setenv(kLaunchBlocking.name, no, 1);
    EXPECT_FALSE(GetBoolean(kLaunchBlocking)) << no;
  }
  unsetenv(kLaunchBlocking.name);
  EXPECT_FALSE(GetBoolean(kLaunchBlocking));
}

}  // namespace
}  // namespace opensupa::options
