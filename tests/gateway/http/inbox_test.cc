// Inbox: first in, first out, and nothing kept when empty.
#include "gateway/http/inbox.h"

#include <gtest/gtest.h>

namespace flux::gateway {
namespace {

TEST(Inbox, KeepsOrderOverPartialConsumption) {
  Inbox inbox;
  EXPECT_TRUE(inbox.Empty());
  inbox.Append("abc");
  inbox.Consume(1);
  inbox.Append("def");
  EXPECT_EQ(inbox.View(), "bcdef");
  inbox.Consume(5);
  EXPECT_TRUE(inbox.Empty());
  EXPECT_EQ(inbox.View(), "");
}

TEST(Inbox, ConsumingNothingChangesNothing) {
  Inbox inbox;
  inbox.Consume(0);
  inbox.Append("");
  EXPECT_TRUE(inbox.Empty());
}

}  // namespace
}  // namespace flux::gateway
