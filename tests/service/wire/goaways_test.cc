// Which HTTP/2 streams a GOAWAY has spared.
#include "service/wire/goaways.h"

#include <gtest/gtest.h>

namespace flux::fal {
namespace {

TEST(ReadStreamId, KnowsBothForms) {
  EXPECT_EQ(ReadStreamId("Using Stream ID: 1 (easy handle 0x55d)\n"), 1u);
  EXPECT_EQ(ReadStreamId("[HTTP/2] [17] OPENED stream for https://fal.run/fal-ai/flux/dev\n"), 17u);
}

TEST(ReadStreamId, TakesNothingElseForOne) {
  for (const char* line :
       {"", "Using Stream ID: ", "Using Stream ID: x", "Using Stream ID: 1f (easy handle",
        "[HTTP/2] [1] [:method: POST]", " Using Stream ID: 1", "Using Stream ID: 99999999999"}) {
    EXPECT_EQ(ReadStreamId(line), std::nullopt) << line;
  }
}

TEST(ReadLastStream, KnowsBothForms) {
  EXPECT_EQ(ReadLastStream("recveived GOAWAY, error=0, last_stream=19\n"), 19u);
  EXPECT_EQ(ReadLastStream("received GOAWAY, error=2, last_stream=0"), 0u);
}

TEST(ReadLastStream, TakesNothingElseForOne) {
  for (const char* line : {"", "received GOAWAY", "received GOAWAY, error=0, last_stream=", "last_stream=3",
                           "received GOAWAY, error=0, last_stream=-1", "x GOAWAY, error=0, last_stream=3"}) {
    EXPECT_EQ(ReadLastStream(line), std::nullopt) << line;
  }
}

TEST(GoAways, SpareWhatWasOpenedAfterTheLast) {
  GoAways goaways;
  EXPECT_FALSE(goaways.Spared({7, 1}));
  goaways.Closed(7, 3);
  EXPECT_FALSE(goaways.Spared({7, 3}));
  EXPECT_TRUE(goaways.Spared({7, 5}));
  EXPECT_FALSE(goaways.Spared({8, 5})) << "another connection";
  EXPECT_FALSE(goaways.Spared({7, 0})) << "not written";
}

TEST(GoAways, ANewConnectionFromTheSamePortIsNotHeldAgainstTheOld) {
  GoAways goaways;
  goaways.Closed(7, 0);
  goaways.Opened({7, 1});
  EXPECT_FALSE(goaways.Spared({7, 1}));
}

// A server may first announce that it will close and then say where it stopped.
TEST(GoAways, TheLatestCounts) {
  GoAways goaways;
  goaways.Closed(7, 0x7fffffff);
  EXPECT_FALSE(goaways.Spared({7, 9}));
  goaways.Closed(7, 5);
  EXPECT_TRUE(goaways.Spared({7, 9}));
}

}  // namespace
}  // namespace flux::fal
