// What the listener adds to a reply, and what it does not let through.
#include "gateway/http/reply_head.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::gateway {
namespace {

std::string Head(const Reply& reply, ReplyFraming framing = {}) {
  std::string out;
  AppendReplyHead(reply, framing, "DATE", out);
  return out;
}

TEST(ReplyHead, StatesLengthAndDate) {
  Reply reply;
  reply.headers = {{"Content-Type", "text/plain"}};
  reply.body = "hello";
  EXPECT_EQ(Head(reply),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: DATE\r\nContent-Length: 5\r\n\r\n");
}

TEST(ReplyHead, SaysWhatBecomesOfTheConnection) {
  EXPECT_NE(Head({}, {.close = true, .old_client = false}).find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(Head({}, {.close = true, .old_client = true}).find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(Head({}, {.close = false, .old_client = true}).find("Connection: keep-alive\r\n"),
            std::string::npos);
  EXPECT_EQ(Head({}).find("Connection"), std::string::npos);
}

TEST(ReplyHead, SomeStatusesHaveNoLength) {
  for (const int status : {204, 304}) {
    Reply reply;
    reply.status = status;
    EXPECT_EQ(Head(reply).find("Content-Length"), std::string::npos) << status;
  }
}

TEST(ReplyHead, AnUnknownStatusHasNoPhrase) {
  Reply reply;
  reply.status = 299;
  EXPECT_TRUE(Head(reply).starts_with("HTTP/1.1 299 \r\n"));
}

TEST(ReplyHead, DropsWhatIsTheListeners) {
  Reply reply;
  reply.headers = {
      {"content-LENGTH", "99"}, {"Connection", "upgrade"}, {"Transfer-Encoding", "chunked"}, {"date", "x"}};
  EXPECT_EQ(Head(reply), "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Length: 0\r\n\r\n");
}

TEST(ReplyHead, NoValueSplitsTheReply) {
  Reply reply;
  reply.headers = {{"A", std::string("1\r\nSet-Cookie: x\0", 17)}, {"B\r\nC", "2"}, {"", "3"}};
  EXPECT_EQ(Head(reply),
            "HTTP/1.1 200 OK\r\nA: 1  Set-Cookie: x \r\nDate: DATE\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace flux::gateway
