// The wire against a far end that does what a script says. The question behind most rows: may it have been
// billed?
#include "service/wire/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <asio/detached.hpp>

#include "base/http_server.h"
#include "tests/fakes/certificate.h"
#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using fakes::RawConnection;
using fakes::RawServer;
using namespace std::chrono_literals;
using testing::HasSubstr;

class CurlTransportTest : public testing::Test {
 protected:
  ~CurlTransportTest() override { loop_.Stop(); }

  CurlTransport& To(const std::string& url, CurlTransportOptions options = {}) {
    options.url = url;
    options.key = "id:secret";
    options.user_agent = "flux-test/1";
    transport_ = std::make_unique<CurlTransport>(loop_.context(), std::move(options));
    return *transport_;
  }

  static FalCall Call(std::chrono::milliseconds patience = 30s) {
    FalCall call;
    call.endpoint = "fal-ai/flux/dev";
    call.body = std::make_shared<const std::string>(R"({"prompt":"x"})");
    call.deadline = std::chrono::steady_clock::now() + patience;
    return call;
  }

  Result<FalReply> Send(FalCall call = Call()) {
    return fakes::Spawned<Result<FalReply>>(loop_, fakes::SendKept(*transport_, std::move(call))).Get();
  }

  EventLoop loop_{"test"};
  std::unique_ptr<CurlTransport> transport_;
};

TEST_F(CurlTransportTest, SendsKeyTypeAndBodyAndReturnsAnyStatus) {
  std::string seen;
  RawServer fal([&](RawConnection& connection, int) {
    seen = connection.ReadRequest();
    connection.Write(HttpReply(
        422, R"({"detail":"no"})",
        "Content-Type: application/json\r\nX-Fal-Request-Id:  abc \r\nx-fal-billable-units: 0\r\n"
        "X-Fal-Error-Type: t\r\nX-Fal-Retryable: false\r\nRetry-After: 3\r\nX-Fal-needs-retry: 1\r\n"
        "X-Fal-Request-Timeout-Type: user\r\nDate: Tue, 24 Nov 2026 07:00:00 GMT\r\n"));
  });
  To(fal.url());
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 422);
  EXPECT_EQ(reply->body, R"({"detail":"no"})");
  EXPECT_EQ(reply->content_type, "application/json");
  EXPECT_EQ(reply->request_id, "abc");
  EXPECT_EQ(reply->billable_units, "0");
  EXPECT_EQ(reply->error_type, "t");
  EXPECT_EQ(reply->retryable, "false");
  EXPECT_EQ(reply->needs_retry, "1");
  EXPECT_EQ(reply->retry_after, "3");
  EXPECT_EQ(reply->timeout_type, "user");
  EXPECT_EQ(reply->date, "Tue, 24 Nov 2026 07:00:00 GMT");
  EXPECT_THAT(seen, testing::StartsWith("POST /fal-ai/flux/dev HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Authorization: Key id:secret\r\n"));
  EXPECT_THAT(seen, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(seen, HasSubstr("User-Agent: flux-test/1\r\n"));
  EXPECT_THAT(seen, testing::Not(HasSubstr("Expect:")));
  EXPECT_THAT(seen, testing::Not(HasSubstr("traceparent")));
  EXPECT_THAT(seen, testing::EndsWith("\r\n\r\n{\"prompt\":\"x\"}"));
}

// Handles are used again: nothing of one exchange may show in the next.
TEST_F(CurlTransportTest, EachRequestHasItsOwnHeadersAndBody) {
  std::vector<std::string> seen;
  RawServer fal([&](RawConnection& connection, int) {
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      seen.push_back(request);
      connection.Write(
          HttpReply(seen.size() == 1 ? 503 : 200, "{}", seen.size() == 1 ? "Retry-After: 9\r\n" : ""));
    }
  });
  To(fal.url());
  FalCall traced = Call(61'500ms);
  traced.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  traced.body = std::make_shared<const std::string>(200'000, 'x');
  const Result<FalReply> first = Send(std::move(traced));
  FalCall plain = Call(500ms);
  plain.endpoint = "fal-ai/flux/schnell";
  const Result<FalReply> second = Send(std::move(plain));
  FalCall hostile = Call();
  hostile.traceparent = "00-0\r\nX-Fal-Store-IO: 1";
  ASSERT_TRUE(first && second && Send(std::move(hostile)));
  EXPECT_EQ(first->status, 503);
  EXPECT_EQ(first->retry_after, "9");
  EXPECT_EQ(second->status, 200);
  EXPECT_EQ(second->retry_after, "");
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_THAT(seen[0], HasSubstr("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"));
  EXPECT_THAT(seen[0], HasSubstr("X-Fal-Request-Start-Timeout: 60\r\n"));
  EXPECT_THAT(seen[0], HasSubstr("Content-Length: 200000\r\n"));
  EXPECT_THAT(seen[1], testing::StartsWith("POST /fal-ai/flux/schnell HTTP/1.1\r\n"));
  EXPECT_THAT(seen[1], testing::Not(HasSubstr("traceparent")));
  EXPECT_THAT(seen[1], HasSubstr("X-Fal-Request-Start-Timeout: 2\r\n"))
      << "the least that clients may ask for";
  EXPECT_THAT(seen[1], HasSubstr("Authorization: Key id:secret\r\n"));
  EXPECT_THAT(seen[1], testing::EndsWith("\r\n\r\n{\"prompt\":\"x\"}"));
  EXPECT_THAT(seen[2], testing::Not(testing::AnyOf(HasSubstr("traceparent"), HasSubstr("Store-IO"))));
}

TEST_F(CurlTransportTest, ReusesItsConnection) {
  std::atomic<int> connections = 0;
  RawServer fal([&](RawConnection& connection, int) {
    ++connections;
    while (!connection.ReadRequest().empty()) connection.Write(HttpReply(200, "{}"));
  });
  To(fal.url());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Send());
  EXPECT_EQ(connections, 1);
}

// More than share one pool of libcurl's.
TEST_F(CurlTransportTest, ACrowdKeepsItsConnections) {
  constexpr int kCrowd = 200;
  std::atomic<int> connections = 0;
  std::atomic<int> requests = 0;
  RawServer fal([&](RawConnection& connection, int) {
    ++connections;
    for (int round = 1; !connection.ReadRequest().empty(); ++round) {
      ++requests;
      while (requests < round * kCrowd) std::this_thread::yield();  // all are here
      connection.Write(HttpReply(200, "{}"));
    }
  });
  To(fal.url());
  for (int round = 0; round < 2; ++round) {
    std::vector<std::unique_ptr<fakes::Spawned<Result<FalReply>>>> crowd;
    for (int i = 0; i < kCrowd; ++i) {
      crowd.push_back(
          std::make_unique<fakes::Spawned<Result<FalReply>>>(loop_, fakes::SendKept(*transport_, Call())));
    }
    for (const auto& one : crowd) EXPECT_TRUE(one->Get());
  }
  EXPECT_EQ(connections, kCrowd);
}

// libcurl repeats a request by itself when a pooled connection dies without an answer. That would pay twice.
TEST_F(CurlTransportTest, NeverWritesARequestTwiceOnADeadConnection) {
  std::atomic<int> requests = 0;
  RawServer fal([&](RawConnection& connection, int) {
    if (connection.ReadRequest().empty()) return;
    ++requests;
    connection.Write(HttpReply(200, "{}"));
    if (!connection.ReadRequest().empty()) ++requests;
  });
  To(fal.url());
  ASSERT_TRUE(Send());
  const Result<FalReply> second = Send();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, Reason::kUpstreamConnectionLost);
  EXPECT_EQ(second.error().billed, Billed::kMaybe);
  EXPECT_EQ(requests, 2);
  EXPECT_TRUE(Send()) << "the next request gets a connection of its own";
}

TEST_F(CurlTransportTest, NobodyListensIsNotBilled) {
  int port = 0;
  {
    port = RawServer([](RawConnection&, int) {}).port();
  }
  To("http://127.0.0.1:" + std::to_string(port));
  const Result<FalReply> reply = Send();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kUpstreamUnreachable);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
}

TEST_F(CurlTransportTest, UnknownNameIsNotBilled) {
  To("http://no-such-host.invalid");
  const Result<FalReply> reply = Send();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kUpstreamUnreachable);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
}

TEST_F(CurlTransportTest, SilenceUntilTheDeadlineMayBeBilled) {
  RawServer fal([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.ReadToEnd();
  });
  To(fal.url());
  const Result<FalReply> reply = Send(Call(100ms));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kUpstreamTimeout);
  EXPECT_EQ(reply.error().billed, Billed::kMaybe);
}

TEST_F(CurlTransportTest, DeadlineDuringTheHandshakeIsNotBilled) {
  RawServer fal(
      [](RawConnection& connection, int) { connection.ReadToEnd(); });  // never answers the TLS hello
  To("https://127.0.0.1:" + std::to_string(fal.port()));
  const Result<FalReply> reply = Send(Call(200ms));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kDeadlineExceeded);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
}

TEST_F(CurlTransportTest, LeavingCallerClosesTheConnectionAndMayBeBilled) {
  std::promise<void> received;
  std::promise<void> closed;
  RawServer fal([&](RawConnection& connection, int) {
    connection.ReadRequest();
    received.set_value();
    connection.ReadToEnd();
    closed.set_value();
  });
  To(fal.url());
  fakes::Spawned<Result<FalReply>> running(loop_, fakes::SendKept(*transport_, Call()));
  received.get_future().wait();
  running.Cancel();
  const Result<FalReply> reply = running.Get();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kCancelled);
  EXPECT_EQ(reply.error().billed, Billed::kMaybe);
  EXPECT_EQ(closed.get_future().wait_for(30s), std::future_status::ready);
}

TEST_F(CurlTransportTest, LeavingCallerDuringTheHandshakeIsNotBilled) {
  std::promise<void> accepted;
  RawServer fal([&](RawConnection& connection, int) {
    accepted.set_value();
    connection.ReadToEnd();
  });
  To("https://127.0.0.1:" + std::to_string(fal.port()));
  fakes::Spawned<Result<FalReply>> running(loop_, fakes::SendKept(*transport_, Call()));
  accepted.get_future().wait();
  running.Cancel();
  const Result<FalReply> reply = running.Get();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kCancelled);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
}

struct Fault {
  const char* name;
  void (*play)(RawConnection&);
  Reason reason;
};

class BrokenReply : public CurlTransportTest, public testing::WithParamInterface<Fault> {};

TEST_P(BrokenReply, MayBeBilled) {
  RawServer fal([](RawConnection& connection, int) {
    connection.ReadRequest();
    GetParam().play(connection);
  });
  CurlTransportOptions options;
  options.max_reply = Bytes{1000};
  To(fal.url(), options);
  const Result<FalReply> reply = Send();
  ASSERT_FALSE(reply);
  EXPECT_EQ(RowOf(reply.error().reason).name, RowOf(GetParam().reason).name) << reply.error().message;
  EXPECT_EQ(reply.error().billed, Billed::kMaybe);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BrokenReply,
    testing::Values(
        Fault{"ClosedWithoutAnswer", [](RawConnection& c) { c.Close(); }, Reason::kUpstreamConnectionLost},
        Fault{"ResetWithoutAnswer", [](RawConnection& c) { c.Reset(); }, Reason::kUpstreamConnectionLost},
        Fault{"CutInTheHead", [](RawConnection& c) { c.Write("HTTP/1.1 200 OK\r\nContent-Le"); },
              Reason::kUpstreamConnectionLost},
        Fault{
            "CutInTheBody",
            [](RawConnection& c) { c.Write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"images\":["); },
            Reason::kUpstreamConnectionLost},
        Fault{"CutInAChunk",
              [](RawConnection& c) {
                c.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"images\"");
              },
              Reason::kUpstreamConnectionLost},
        Fault{"NotHttp", [](RawConnection& c) { c.Write("220 mail.example.com ESMTP\r\n\r\n"); },
              Reason::kUpstreamProtocol},
        Fault{"TooLargeByLength", [](RawConnection& c) { c.Write(HttpReply(200, std::string(1001, 'x'))); },
              Reason::kUpstreamReplyTooLarge},
        Fault{"TooLargeUntilClose",
              [](RawConnection& c) { c.Write("HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x')); },
              Reason::kUpstreamReplyTooLarge}),
    [](const auto& row) { return row.param.name; });

TEST_F(CurlTransportTest, LargestReplyAllowedPasses) {
  RawServer fal([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write(HttpReply(200, std::string(1000, 'x')));
  });
  CurlTransportOptions options;
  options.max_reply = Bytes{1000};
  To(fal.url(), options);
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body.size(), 1000u);
}

TEST_F(CurlTransportTest, RedirectsAreNotFollowed) {
  RawServer fal([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write(HttpReply(302, "", "Location: http://127.0.0.1:1/\r\n"));
  });
  To(fal.url());
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 302);
}

TEST_F(CurlTransportTest, ThousandAtOnceAllArrive) {
  RawServer fal([](RawConnection& connection, int) {
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      connection.Write(HttpReply(200, std::string_view(request).substr(request.find("\r\n\r\n") + 4)));
    }
  });
  To(fal.url());
  std::vector<std::unique_ptr<fakes::Spawned<Result<FalReply>>>> running;
  for (int i = 0; i < 1000; ++i) {
    FalCall call = Call();
    call.body = std::make_shared<const std::string>(std::to_string(i));
    running.push_back(std::make_unique<fakes::Spawned<Result<FalReply>>>(
        loop_, fakes::SendKept(*transport_, std::move(call))));
  }
  for (int i = 0; i < 1000; ++i) {
    const Result<FalReply> reply = running[static_cast<std::size_t>(i)]->Get();
    ASSERT_TRUE(reply) << reply.error().message;
    ASSERT_EQ(reply->body, std::to_string(i));
  }
}

class CurlTransportTlsTest : public CurlTransportTest {
 protected:
  CurlTransportTlsTest() {
    fal_.Post("/fal-ai/flux/dev", [this](const httplib::Request&, httplib::Response& reply) {
      ++requests_;
      reply.set_content("{}", "application/json");
    });
    address_ = runner_.Start({"127.0.0.1:0"}).value();
  }

  fakes::Certificate certificate_;
  httplib::SSLServer fal_{certificate_.certificate().c_str(), certificate_.key().c_str()};
  HttpServer runner_{fal_, 4};
  std::string address_;
  std::atomic<int> requests_ = 0;
};

TEST_F(CurlTransportTlsTest, TrustsTheGivenAuthority) {
  CurlTransportOptions options;
  options.ca_file = certificate_.certificate();
  To("https://" + address_, options);
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
}

TEST_F(CurlTransportTlsTest, UntrustedCertificateGetsNothingSent) {
  To("https://" + address_);
  const Result<FalReply> reply = Send();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kUpstreamUntrusted);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
  EXPECT_EQ(requests_, 0);
}

TEST_F(CurlTransportTest, AnAnswerThatRepeatsTheKeyDoesNotCarryItOn) {
  RawServer fal([&](RawConnection& connection, int) {
    for (const int status : {200, 401, 500}) {
      connection.ReadRequest();
      connection.Write(HttpReply(status, R"({"detail":"id:hush-hush-hush and hush-hush-hush"})",
                                 "X-Fal-Request-Id: hush-hush-hush\r\n"));
    }
    connection.ReadToEnd();
  });
  CurlTransportOptions options;
  options.url = fal.url();
  options.key = "id:hush-hush-hush";
  transport_ = std::make_unique<CurlTransport>(loop_.context(), options);
  for (const int status : {200, 401, 500}) {
    const Result<FalReply> reply = Send();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->body, R"({"detail":"id:*** and ***"})");
    EXPECT_EQ(reply->request_id, "***");
  }
}

TEST_F(CurlTransportTest, DestroyedWithExchangesRunning) {
  std::promise<void> received;
  RawServer fal([&](RawConnection& connection, int) {
    connection.ReadRequest();
    received.set_value();
    connection.ReadToEnd();
  });
  To(fal.url());
  const auto abandon = [this]() -> asio::awaitable<void> {
    static_cast<void>(co_await fakes::SendKept(*transport_, Call()));
  };
  asio::co_spawn(loop_.context(), abandon, asio::detached);
  received.get_future().wait();
  loop_.Stop();
  transport_.reset();  // the sanitizers judge
}

}  // namespace
}  // namespace flux::fal
