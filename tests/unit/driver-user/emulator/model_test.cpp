// The card models: complete, and as documented.

#include "model.h"

#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::emu {
namespace {

template <typename T>
std::string ValueText(const char* what, T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "yes" : "no";
  } else {
    const bool hex = std::string_view(what).substr(0, 4) == "pci_";
    char text[32];
    std::snprintf(text, sizeof(text), hex ? "0x%04llx" : "%llu",
                  static_cast<unsigned long long>(value));
    return text;
  }
}

/// The table of docs/models.md: a row for each number, a column for each model.
std::string ModelTable() {
  std::string head = "| number |", rule = "|---|";
  std::vector<std::string> rows;
  for (const Model& model : AllModels()) {
    head += " " + std::string(model.name) + " |";
    rule += "---|";
    size_t row = 0;
    ForEachFact(model, [&](const char* what, const auto& fact) {
      if (row == rows.size()) rows.push_back("| `" + std::string(what) + "` |");
      rows[row++] +=
          " " + ValueText(what, fact.value) + " " + ProvenanceName(fact.provenance)[0] + " |";
    });
  }
  std::string table = head + "\n" + rule + "\n";
  for (const std::string& row : rows) table += row + "\n";
  return table;
}

template <typename T>
void ExpectFilled(const Model& model, const char* what, const Fact<T>& fact) {
  EXPECT_NE(fact.value, T{}) << model.name << " " << what;
  const std::string provenance = ProvenanceName(fact.provenance);
  EXPECT_TRUE(provenance == "official" || provenance == "reported" || provenance == "assumed");
}

TEST(Models, GivenEachModelThenEveryNumberIsFilledAndMarked) {
  ASSERT_EQ(AllModels().size(), 6u);
  for (const Model& m : AllModels()) {
    EXPECT_FALSE(m.name.empty());
    EXPECT_FALSE(m.product.empty());
    EXPECT_FALSE(m.architecture.empty());
    ForEachFact(m, [&](const char* what, const auto& fact) {
      // A minor version may be 0.
      if (std::string_view(what) != "compute_minor") ExpectFilled(m, what, fact);
    });
    EXPECT_LE(m.shared_bytes_per_block.value, m.shared_bytes_per_block_optin.value);
    EXPECT_LE(m.shared_bytes_per_block_optin.value, m.shared_bytes_per_multiprocessor.value);
    EXPECT_EQ(m.warp_threads.value, binary::abi::kWarpSize);
    EXPECT_EQ(FindModel(m.name), &m);
  }
  EXPECT_EQ(FindModel("BR106M")->memory_bytes.value, 34'091'302'912u);
  EXPECT_EQ(FindModel("br106m"), nullptr);
}

TEST(Models, GivenTheDocumentThenItIsTheTableOfTheModels) {
  const std::string expected = ModelTable();
  std::FILE* file = std::fopen(OPENSUPA_MODELS_DOCUMENT, "r");
  ASSERT_NE(file, nullptr) << OPENSUPA_MODELS_DOCUMENT;
  std::string text;
  char part[4096];
  for (size_t n; (n = std::fread(part, 1, sizeof(part), file)) > 0;) text.append(part, n);
  std::fclose(file);
  EXPECT_THAT(text, ::testing::HasSubstr(expected)) << "docs/models.md should hold this table:\n"
                                                    << expected;
}

TEST(Models, GivenCardsThenTheirIdentitiesDiffer) {
  const Model& model = *FindModel("BR166");
  const supa_uapi_device_info a = DescribeCard(model, 0, "t"), b = DescribeCard(model, 1, "t");
  EXPECT_NE(std::memcmp(a.uuid, b.uuid, 16), 0);
  EXPECT_NE(a.pci_device, b.pci_device);
  EXPECT_STREQ(a.model, "BR166");
  EXPECT_STREQ(a.code_target, "t");
  EXPECT_NE(a.features & SUPA_UAPI_FEATURE_FP64, 0u);
}

}  // namespace
}  // namespace opensupa::emu
