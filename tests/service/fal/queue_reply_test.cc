// What fal's queue says, form by form; the clients' tests have the same over sockets.
#include "service/fal/queue_reply.h"

#include <gtest/gtest.h>

namespace flux::fal {
namespace {

TEST(QueueReplyTest, IdsAreHarmless) {
  EXPECT_TRUE(IsRequestId("0199b4c2-7f6e-7c00-9d1f-aB_9"));
  EXPECT_TRUE(IsRequestId(std::string(128, 'a')));
  for (const std::string& id :
       {std::string(), std::string(129, 'a'), std::string("a/b"), std::string(".."), std::string("a b"),
        std::string("a\0b", 3), std::string("ä"), std::string("a?b")}) {
    EXPECT_FALSE(IsRequestId(id)) << id;
  }
}

TEST(QueueReplyTest, TicketsNeedAnIdAlone) {
  const auto bare = ReadTicket(R"({"request_id":"r","status_url":7,"cancel_url":null})");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->status_url + bare->response_url + bare->cancel_url, "");
  const auto long_url = ReadTicket(R"({"request_id":"r","status_url":")" + std::string(3000, 'x') + "\"}");
  ASSERT_TRUE(long_url);
  EXPECT_EQ(long_url->status_url, "");
  for (const char* body :
       {"", "[]", "{}", R"({"request_id":1})", R"({"request_id":""})", R"("r")", "{\"request_id\":"}) {
    EXPECT_FALSE(ReadTicket(body)) << body;
  }
}

TEST(QueueReplyTest, PositionsAreNumbers) {
  const auto position = [](const std::string& json) {
    return ReadStatusBody(R"({"status":"IN_QUEUE","queue_position":)" + json + "}").value().position;
  };
  EXPECT_EQ(position("3"), 3u);
  EXPECT_EQ(position("99999999999"), 4294967295u);
  EXPECT_EQ(position("-1"), 0u);
  EXPECT_EQ(position("\"3\""), 0u);
  EXPECT_EQ(position("null"), 0u);
}

TEST(QueueReplyTest, AStatusIsAWord) {
  for (const char* body : {"", "{}", R"({"status":1})", R"({"status":""})", R"(["COMPLETED"])"}) {
    EXPECT_FALSE(ReadStatusBody(body)) << body;
  }
  EXPECT_FALSE(ReadState({.status = 500, .body = R"({"status":"COMPLETED"})"}));
  EXPECT_FALSE(ReadState({.status = 404, .body = "<html>"}));
  EXPECT_EQ(ReadState({.status = 404, .request_id = "r"})->kind, QueueState::Kind::kGone);
}

TEST(QueueReplyTest, ResultsAreToldApart) {
  EXPECT_EQ(ReadResult({.status = 200, .body = " {\"images\":[]}\n"}), ResultKind::kModels);
  EXPECT_EQ(ReadResult({.status = 200, .body = "{\"images\":["}), ResultKind::kDoubtful);
  EXPECT_EQ(ReadResult({.status = 200, .body = ""}), ResultKind::kDoubtful);
  EXPECT_EQ(ReadResult({.status = 200, .body = R"({"type":"concurrent_requests_limit"})"}),
            ResultKind::kNotModels);
  EXPECT_EQ(ReadResult({.status = 202}), ResultKind::kInProgress);
  EXPECT_EQ(ReadResult({.status = 400, .body = R"({"detail":"Request is still in progress"})"}),
            ResultKind::kInProgress);
  EXPECT_EQ(ReadResult({.status = 400, .body = R"({"detail":[{"msg":"still in progress"}]})"}),
            ResultKind::kModels);
  EXPECT_EQ(ReadResult({.status = 404, .body = "{}"}), ResultKind::kGone);
  EXPECT_EQ(ReadResult({.status = 404, .body = "{}", .billable_units = "0"}), ResultKind::kModels);
  EXPECT_EQ(ReadResult({.status = 404}), ResultKind::kNotModels);
  EXPECT_EQ(ReadResult({.status = 422}), ResultKind::kModels);
  EXPECT_EQ(ReadResult({.status = 500, .body = "{}"}), ResultKind::kDoubtful);
  EXPECT_EQ(ReadResult({.status = 500, .error_type = "t"}), ResultKind::kDoubtful);
  EXPECT_EQ(ReadResult({.status = 500}), ResultKind::kNotModels);
  for (const int status : {0, 100, 302, 401, 403, 408, 429}) {
    EXPECT_EQ(ReadResult({.status = status, .body = "{}"}), ResultKind::kNotModels) << status;
  }
}

TEST(QueueReplyTest, CancelsAreToldApart) {
  EXPECT_EQ(ReadCancel({.status = 200, .body = R"({"status":"OK"})"}), CancelAnswer::kRequested);
  EXPECT_EQ(ReadCancel({.status = 200, .body = R"({"status":"ALREADY_COMPLETED"})"}),
            CancelAnswer::kAlreadyCompleted);
  EXPECT_EQ(ReadCancel({.status = 404, .body = "{}"}), CancelAnswer::kNotFound);
  EXPECT_FALSE(ReadCancel({.status = 404, .body = "<html>"}));
  EXPECT_FALSE(ReadCancel({.status = 400, .body = R"({"status":"CONFUSED"})"}));
}

TEST(QueueReplyTest, TimesMayLackTheirZone) {
  const auto sent = [](const std::string& time) {
    const auto page = ReadHistory(R"({"items":[{"request_id":"r","sent_at":")" + time + R"("}]})");
    return page && !page->items.empty() ? Iso8601(page->items[0].sent_at) : std::string();
  };
  EXPECT_EQ(sent("2026-11-25T10:00:01.5"), "2026-11-25T10:00:01.500Z");
  EXPECT_EQ(sent("2026-11-25T12:00:01+02:00"), "2026-11-25T10:00:01.000Z");
  for (const char* time :
       {"", "now", "infinite-future", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "1764064801"}) {
    EXPECT_EQ(sent(time), "") << time;
  }
}

}  // namespace
}  // namespace flux::fal
