// Holds docs/errors.md against the compiled error table. scripts/docs reads the table's source as text; this
// test sees what it may have misread.
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "base/reason.h"

namespace flux {
namespace {

std::string Document() {
  std::ifstream file("docs/errors.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string YesNo(bool value) {
  return value ? "yes" : "no";
}

TEST(ErrorsDocument, HasEveryRowAsItIs) {
  const std::string document = Document();
  for (const ReasonRow& row : ReasonTable()) {
    const std::string begin = absl::StrCat("| `", std::string(row.name), "` | ", row.http_status, " | `");
    const std::string end = absl::StrCat("` | ", std::string(Name(row.billed)), " | ", YesNo(row.retryable),
                                         " | ", YesNo(row.resend), " | ", std::string(row.meaning), " |\n");
    const auto at = document.find(begin);
    ASSERT_NE(at, std::string::npos) << begin;
    EXPECT_THAT(document.substr(at, document.find('\n', at) - at + 1), testing::EndsWith(end));
  }
}

TEST(ErrorsDocument, HasNoOtherRow) {
  const std::string document = Document();
  const std::string table = document.substr(document.find("<!-- generated"));
  std::size_t rows = 0;
  for (auto at = table.find("\n| `"); at != std::string::npos; at = table.find("\n| `", at + 1)) ++rows;
  EXPECT_EQ(rows, ReasonTable().size() + 1);  // and the head, which begins with `code`
}

}  // namespace
}  // namespace flux
