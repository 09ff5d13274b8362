// One POST to receivers of all kinds, over real sockets.
#include "service/jobs/webhook_poster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"

namespace flux::service {
namespace {

using namespace std::chrono_literals;
using fakes::HttpReply;
using fakes::RawConnection;
using fakes::RawServer;
using Kind = WebhookAnswer::Kind;

class WebhookPosterTest : public testing::Test {
 protected:
  ~WebhookPosterTest() override { loop_.Stop(); }

  WebhookAnswer Post(const std::string& url, const WebhookTargets& targets,
                     std::chrono::milliseconds time = 10s) {
    posters_.push_back(std::make_unique<CurlWebhookPoster>(
        loop_.context(), targets, WebhookPosterOptions{.time = time, .user_agent = "flux-test/1"}));
    const Result<WebhookTarget> target = WebhookTargets({"127.0.0.0/8", "localhost", "::1"}).Check(url);
    EXPECT_TRUE(target) << url;
    WebhookPost post{*target, {"Content-Type: application/json", "webhook-id: msg_1"}, R"({"a":1})"};
    return fakes::Spawned<WebhookAnswer>(loop_, posters_.back()->Post(std::move(post))).Get();
  }
  WebhookAnswer PostTo(const RawServer& server, std::chrono::milliseconds time = 10s) {
    return Post(server.url() + "/hook?x=1", open_, time);
  }

  EventLoop loop_{"test"};
  const WebhookTargets open_{{"127.0.0.1"}};
  std::vector<std::unique_ptr<CurlWebhookPoster>> posters_;  // end when the loop has stopped
};

TEST_F(WebhookPosterTest, SendsWhatItIsGiven) {
  std::string request;
  RawServer server([&](RawConnection& connection, int) {
    request = connection.ReadRequest();
    connection.Write(HttpReply(200, "ok"));
  });
  const WebhookAnswer answer = PostTo(server);
  EXPECT_EQ(answer.kind, Kind::kAnswered);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(request, testing::StartsWith("POST /hook?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request, testing::HasSubstr("webhook-id: msg_1\r\n"));
  EXPECT_THAT(request, testing::HasSubstr("User-Agent: flux-test/1\r\n"));
  EXPECT_THAT(request, testing::EndsWith("\r\n\r\n{\"a\":1}"));
  EXPECT_THAT(request, testing::Not(testing::HasSubstr("Authorization")));
  EXPECT_THAT(request, testing::Not(testing::HasSubstr("Expect")));
}

TEST_F(WebhookPosterTest, RedirectsAreNotFollowed) {
  int connections = 0;
  RawServer server([&](RawConnection& connection, int) {
    ++connections;
    connection.ReadRequest();
    connection.Write(HttpReply(302, "", "Location: http://127.0.0.1:1/\r\n"));
  });
  EXPECT_EQ(PostTo(server).status, 302);
  EXPECT_EQ(connections, 1);
}

TEST_F(WebhookPosterTest, AGigabyteIsNotRead) {
  RawServer server([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + std::string(20'000, 'x'));
    connection.ReadToEnd();
  });
  const WebhookAnswer answer = PostTo(server);
  EXPECT_EQ(answer.kind, Kind::kAnswered);
  EXPECT_EQ(answer.status, 200);
}

TEST_F(WebhookPosterTest, EndlessHeadsAreNotRead) {
  RawServer server([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 2'000; ++i)
      connection.Write("x-" + std::to_string(i) + ": " + std::string(100, 'x') + "\r\n");
    connection.ReadToEnd();
  });
  EXPECT_EQ(PostTo(server).kind, Kind::kUnreachable);
}

TEST_F(WebhookPosterTest, WhoSaysNothingIsGivenUp) {
  RawServer silent([](RawConnection& connection, int) { connection.ReadToEnd(); });
  EXPECT_EQ(PostTo(silent, 100ms).kind, Kind::kTimeout);
  RawServer dripping([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 204 No Content\r\nx: ");
    connection.ReadToEnd();
  });
  EXPECT_EQ(PostTo(dripping, 100ms).kind, Kind::kTimeout);
}

TEST_F(WebhookPosterTest, WhoClosesHasNotAnswered) {
  RawServer closing([](RawConnection& connection, int) { connection.ReadRequest(); });
  EXPECT_EQ(PostTo(closing).kind, Kind::kUnreachable);
  RawServer resetting([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Reset();
  });
  EXPECT_EQ(PostTo(resetting).kind, Kind::kUnreachable);
  RawServer odd([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write("SSH-2.0-x\r\n");
  });
  EXPECT_EQ(PostTo(odd).kind, Kind::kUnreachable);
}

TEST_F(WebhookPosterTest, NobodyListening) {
  const WebhookAnswer answer = Post("http://127.0.0.1:1/", open_);
  EXPECT_EQ(answer.kind, Kind::kUnreachable);
  EXPECT_EQ(answer.error, "it takes no connection");
  EXPECT_EQ(Post("http://localhost:1/", WebhookTargets({"localhost"})).kind, Kind::kUnreachable);
}

// What a name means is judged when the connection is made: nothing arrives.
TEST_F(WebhookPosterTest, InwardAddressesAreNotConnectedTo) {
  int connections = 0;
  RawServer server([&](RawConnection&, int) { ++connections; });
  const WebhookTargets closed({});
  const WebhookAnswer literal = Post(server.url() + "/", closed);
  EXPECT_EQ(literal.kind, Kind::kNotAllowed);
  EXPECT_EQ(literal.error, "its address is not one of the internet");
  EXPECT_EQ(Post("http://localhost:" + std::to_string(server.port()) + "/", closed).kind, Kind::kNotAllowed);
  EXPECT_EQ(connections, 0);
}

TEST_F(WebhookPosterTest, AProxyOfTheEnvironmentIsNotUsed) {
  int proxied = 0;
  RawServer proxy([&](RawConnection&, int) { ++proxied; });
  RawServer server([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write(HttpReply(200, "ok"));
  });
  setenv("http_proxy", proxy.url().c_str(),
         1);  // NOLINT(concurrency-mt-unsafe): there is no other thread yet
  EXPECT_EQ(PostTo(server).status, 200);
  unsetenv("http_proxy");  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(proxied, 0);
}

}  // namespace
}  // namespace flux::service
