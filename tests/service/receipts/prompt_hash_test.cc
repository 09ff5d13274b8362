// The hash that stands for a prompt in receipts.
#include "service/receipts/prompt_hash.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

TEST(PromptHashTest, IsHmacSha256) {
  // RFC 4231, test case 2.
  const PromptHash hash("Jefe");
  EXPECT_EQ(hash.Of("what do ya want for nothing?"), "5bdcc146bf60754e");
  EXPECT_NE(hash.Of("what do ya want"), "5bdcc146bf60754e");
  EXPECT_EQ(hash.Of("what do ya want for nothing?"),
            "5bdcc146bf60754e");  // nothing is left of what came before
}

TEST(PromptHashTest, DependsOnTheKey) {
  EXPECT_NE(PromptHash("a").Of("x"), PromptHash("b").Of("x"));
  const PromptHash random("");
  EXPECT_EQ(random.Of("x"), random.Of("x"));
  EXPECT_NE(random.Of("x"), PromptHash("").Of("x"));
  EXPECT_EQ(random.Of(""), "");
}

}  // namespace
}  // namespace flux::service
