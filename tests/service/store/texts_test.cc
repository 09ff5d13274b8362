// Texts that a database takes: UTF-8 without NUL; others are named or mended.
#include "service/store/texts.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

TEST(Texts, AreUtf8WithoutNul) {
  for (const char* text :
       {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xa8", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsText(text)) << text;
  }
  for (const std::string& text :
       {std::string(1, '\0'), std::string("\x80"), std::string("\xc3"), std::string("\xc0\x80"),
        std::string("\xe0\x80\x80"), std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"),
        std::string("\xf5\x80\x80\x80"), std::string("\xe2\x82"), std::string("a\xff")}) {
    EXPECT_FALSE(IsText(text)) << text;
  }
}

TEST(Texts, AreMendedByteByByte) {
  EXPECT_EQ(AsText("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(AsText(std::string("a\0\xff\xe2\x82z", 6)), "a????z");
}

TEST(Texts, OfAJobAreNamedWhereTheyAreRefused) {
  NewJob job;
  job.purchases.resize(1);
  EXPECT_FALSE(RefusedJob(job));
  job.caller = "\xff";
  job.key = std::string(2000, 'k');
  const auto refused = RefusedJob(job);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, Reason::kInvalidField);
  ASSERT_EQ(refused->violations.size(), 2u);
  EXPECT_EQ(refused->violations[0].field, "caller");
  EXPECT_EQ(refused->violations[1].field, "idempotency_key");
}

}  // namespace
}  // namespace flux::service
