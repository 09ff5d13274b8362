// Whatever comes in at the queue and the platform, it is answered or the connection ends, and both go on
// serving.
#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

using testing::AnyOf;
using testing::StartsWith;

class HostileQueueTest : public QueueTest {
 protected:
  void SetUp() override { StartSim(Quick()); }
  void TearDown() override {
    EXPECT_EQ(Done(Taken(Prompt("x")))->status, 200);
    EXPECT_EQ(History("endpoint_id=fal-ai/flux/dev")->status, 200);
    EXPECT_EQ(Purchases(), 1U);
  }
  // All that comes back until the simulator closes.
  std::string Raw(int port, const std::string& bytes) const {
    const RawConnection connection(port);
    connection.Send(bytes);
    return connection.ReadAll();
  }
  // The same, but the caller closes its side at once.
  std::string RawAndLeave(int port, const std::string& bytes) const {
    const RawConnection connection(port);
    connection.Send(bytes);
    connection.EndSending();
    return connection.ReadAll();
  }
};

TEST_F(HostileQueueTest, BodiesAreTakenAndFoundWrongLater) {
  using namespace std::string_literals;
  for (const std::string& body : {""s, "{"s, "\0"s, "\xff\xfe"s, std::string(100'000, '['), "[]"s, "null"s,
                                  R"({"prompt":"\ud800"})"s, std::string(10'000'000, ' ')}) {
    const auto taken = ClientOf(queue_port_).Post(kDev, key_, body, "application/json");
    ASSERT_EQ(taken->status, 200) << body.substr(0, 20);
    const auto result = Done(Given::parse(taken->body)["request_id"]);
    EXPECT_EQ(result->status, 422) << body.substr(0, 20);
  }
  const auto form = ClientOf(queue_port_).Post(kDev, key_, "prompt=x", "application/x-www-form-urlencoded");
  ASSERT_EQ(form->status, 200);
  EXPECT_EQ(Done(Given::parse(form->body)["request_id"])->status, 422);
}

TEST_F(HostileQueueTest, ABodyBeyondTheLimitIsRefused) {
  const auto reply =
      ClientOf(queue_port_).Post(kDev, key_, std::string((100 << 20) + 1, ' '), "application/json");
  // A client that still writes when the connection ends may not see the answer.
  EXPECT_EQ(reply ? reply->status : 413, 413);
}

TEST_F(HostileQueueTest, OddIdsAndPaths) {
  const std::string end = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Key sim:sim\r\n\r\n";
  for (const std::string& path :
       {std::string("/fal-ai/flux/requests//status"), std::string("/fal-ai/flux/requests/"),
        std::string("/fal-ai/flux/requests/%00/status"),
        std::string("/fal-ai/flux/requests/../../etc/passwd"),
        std::string("/fal-ai/flux/requests/a/requests/b/status"),
        "/fal-ai/flux/requests/" + std::string(400, 'a'), "/fal-ai/flux/requests/" + std::string(4'000, 'a'),
        std::string("/requests/a/status"), std::string("//requests/a"),
        std::string("/fal-ai/flux/requests/%ff%fe%0d%0aX:1/status"), std::string("/"),
        std::string("/fal-ai/flux/requests/a/status?logs=%ff&logs=&&=&%"),
        std::string("/fal-ai/flux/requests/a?") + std::string(5'000, '&')}) {
    for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "HEAD"}) {
      EXPECT_THAT(Raw(queue_port_, std::string(method) + " " + path + end), StartsWith("HTTP/1.1 4"))
          << method << " " << path;
    }
  }
  EXPECT_THAT(Raw(queue_port_, "GET *" + end), StartsWith("HTTP/1.1 40"));
}

TEST_F(HostileQueueTest, BrokenRequestsToBothListeners) {
  for (const int port : {queue_port_, platform_port_}) {
    for (const char* bytes :
         {"", "\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n", "POST /a HTTP/9.9\r\n\r\n",
          "POST /fal-ai/flux/dev HTTP/1.1\r\nContent-Length: 100\r\n\r\n{\"p",
          "POST /fal-ai/flux/dev HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"p"}) {
      EXPECT_THAT(RawAndLeave(port, bytes), AnyOf(testing::IsEmpty(), StartsWith("HTTP/1.1 40"))) << bytes;
    }
  }
}

TEST_F(HostileQueueTest, OddQueriesOfTheHistory) {
  const std::string end = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Key sim:sim\r\n\r\n";
  for (const std::string& query :
       {std::string("&&&"), std::string("=&="), std::string("endpoint_id=%ff%00"), std::string("%zz=%"),
        "endpoint_id=" + std::string(5'000, ','), "endpoint_id=" + std::string(5'000, '/'),
        std::string("endpoint_id=fal-ai/flux/dev&cursor=") + std::string(3'000, 'f'),
        std::string("endpoint_id=fal-ai/flux/dev&limit=%00")}) {
    EXPECT_THAT(Raw(platform_port_, "GET /v1/models/requests/by-endpoint?" + query + end),
                StartsWith("HTTP/1.1 4"))
        << query.substr(0, 60);
  }
  // As early and late as a time can be written.
  EXPECT_EQ(History("endpoint_id=fal-ai/flux/dev&start=0001-01-01&end=9999-12-31T23:59:59Z")->status, 200);
  EXPECT_EQ(History("endpoint_id=fal-ai/flux/dev&start=-99999999999-01-01T00:00:00Z")->status, 200);
}

TEST_F(HostileQueueTest, WhoLeavesAStreamIsNotWrittenTo) {
  const std::string id = Taken(Prompt("sim:hang"));
  for (int i = 0; i < 20; ++i) {
    const RawConnection connection(queue_port_);
    connection.Send("GET " + Of(id, "/status/stream") +
                    " HTTP/1.1\r\nHost: x\r\nAuthorization: Key sim:sim\r\n\r\n");
    connection.ReadUntil("data: ");
  }
  EXPECT_EQ(Put(Of(id, "/cancel"))->status, 202);
  EXPECT_EQ(Done(id)->status, 499);
  Client().Delete("/_sim/ledger");
}

}  // namespace
}  // namespace flux::sim
