// fal's status stream, however it is cut.
#include "service/wire/status_stream.h"

#include <gtest/gtest.h>

namespace flux::fal {
namespace {

const std::string kType = "text/event-stream";

TEST(StatusStreamTest, ReadsEventsHoweverTheyAreCut) {
  const std::string_view events =
      "event: status\r\ndata: {\"status\":\r\ndata: \"IN_QUEUE\",\"queue_position\":3}\r\n\r\n"
      ": comment\n\ndata:{\"status\":\"IN_PROGRESS\"}\r\rdata: {\"status\":\"COMPLETED\"}\n\nrest";
  for (std::size_t size = 1; size <= events.size(); ++size) {
    StatusStream stream;
    bool goes_on = true;
    for (std::size_t at = 0; at < events.size() && goes_on; at += size) {
      goes_on = stream.Read(events.substr(at, size), kType);
    }
    EXPECT_FALSE(goes_on) << size;
    EXPECT_TRUE(stream.completed()) << size;
  }
}

TEST(StatusStreamTest, KeepsTheLastThatItUnderstood) {
  StatusStream stream;
  EXPECT_TRUE(stream.Read(
      "data: {\"status\":\"IN_QUEUE\",\"queue_position\":3}\n\ndata: [1]\n\ndata: {\"status\":", kType));
  ASSERT_TRUE(stream.state());
  EXPECT_EQ(stream.state()->kind, QueueState::Kind::kQueued);
  EXPECT_EQ(stream.state()->position, 3u);
  EXPECT_FALSE(stream.completed());
}

TEST(StatusStreamTest, StopsAtWhatIsNone) {
  EXPECT_FALSE(StatusStream().Read("data: {\"status\":\"COMPLETED\"}\n\n", "application/json"));
  StatusStream endless;
  EXPECT_FALSE(endless.Read("data: " + std::string(300'000, 'x'), kType));
  EXPECT_FALSE(endless.state());
}

TEST(StatusStreamTest, KnowsItsAddress) {
  EXPECT_EQ(StatusStreamUrl("https://q/a/b/requests/i/status"), "https://q/a/b/requests/i/status/stream");
  EXPECT_FALSE(StatusStreamUrl("https://q/a/b/requests/i/status?logs=1"));
  EXPECT_FALSE(StatusStreamUrl("https://q/a/b/requests/i"));
}

}  // namespace
}  // namespace flux::fal
