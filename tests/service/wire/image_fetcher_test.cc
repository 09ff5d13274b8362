// The fetcher against a far end that does what a script says.
#include "service/wire/image_fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <asio/detached.hpp>
#include <atomic>
#include <future>

#include "base/http_server.h"
#include "tests/fakes/certificate.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using fakes::RawConnection;
using fakes::RawServer;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class ImageFetcherTest : public testing::Test {
 protected:
  using Fetched = fakes::Spawned<Result<std::string>>;

  ~ImageFetcherTest() override { loop_.Stop(); }

  // Allows what is at `fal_url` only.
  void From(const std::string& fal_url, ImageFetcherOptions options = {}) {
    options.fal_url = fal_url;
    options.hosts = {};
    options.user_agent = "flux-test/1";
    fetcher_ = std::make_unique<CurlImageFetcher>(loop_.context(), std::move(options));
  }

  std::unique_ptr<Fetched> Start(const std::string& url, std::chrono::milliseconds patience = 30s) {
    return std::make_unique<Fetched>(loop_,
                                     fetcher_->Fetch(url, std::chrono::steady_clock::now() + patience));
  }

  Result<std::string> Fetch(const std::string& url, std::chrono::milliseconds patience = 30s) {
    return Start(url, patience)->Get();
  }

  EventLoop loop_{"test"};
  std::unique_ptr<CurlImageFetcher> fetcher_;
};

TEST_F(ImageFetcherTest, GetsTheBytesAndSendsNoCredentials) {
  std::string seen;
  const std::string picture("\x89PNG\0\r\n\xff", 8);
  RawServer host([&](RawConnection& connection, int) {
    seen = connection.ReadRequest();
    connection.Write(HttpReply(200, picture, "Content-Type: text/plain\r\nSet-Cookie: a=b\r\n"));
  });
  From(host.url());
  const Result<std::string> bytes = Fetch(host.url() + "/files/lion/1.png?sig=a%20b#f");
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, picture);
  EXPECT_EQ(seen, "GET /files/lion/1.png?sig=a%20b HTTP/1.1\r\nHost: 127.0.0.1:" +
                      std::to_string(host.port()) + "\r\nUser-Agent: flux-test/1\r\nAccept: */*\r\n\r\n");
}

TEST_F(ImageFetcherTest, ReusesItsConnectionAndKeepsNoCookies) {
  std::atomic<int> connections = 0;
  std::atomic<int> cookies = 0;
  RawServer host([&](RawConnection& connection, int) {
    ++connections;
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      if (request.find("Cookie") != std::string::npos) ++cookies;
      connection.Write(HttpReply(200, "x", "Set-Cookie: a=b\r\n"));
    }
  });
  From(host.url());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Fetch(host.url() + "/x"));
  EXPECT_EQ(connections, 1);
  EXPECT_EQ(cookies, 0);
}

TEST_F(ImageFetcherTest, RefusesAnAddressBeforeItConnects) {
  std::atomic<int> connections = 0;
  RawServer host([&](RawConnection&, int) { ++connections; });
  const std::string port = std::to_string(host.port());
  From("https://127.0.0.1:" + port);
  for (const auto& [url, problem] :
       {std::pair<std::string, const char*>{host.url() + "/x", "is http"},
        {"https://localhost:" + port + "/x", "does not allow"},
        {"https://id:secret@127.0.0.1:" + port + "/x", "user name or password"}}) {
    const Result<std::string> bytes = Fetch(url);
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().reason, Reason::kUpstreamProtocol);
    EXPECT_THAT(bytes.error().message, HasSubstr(problem));
  }
  EXPECT_EQ(connections, 0);
}

TEST_F(ImageFetcherTest, AllowsWhatItsOptionsList) {
  RawServer host([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write(HttpReply(200, "x"));
  });
  ImageFetcherOptions options;
  options.fal_url = host.url();
  EXPECT_THAT(options.hosts, testing::ElementsAre("fal.media", "*.fal.media"));
  options.hosts = {"no-such-host.invalid"};
  options.connect_timeout = 5s;
  fetcher_ = std::make_unique<CurlImageFetcher>(loop_.context(), options);
  const Result<std::string> bytes = Fetch("http://no-such-host.invalid/x?secret");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kUpstreamUnreachable) << "it got as far as looking for the host";
  EXPECT_THAT(bytes.error().message, Not(HasSubstr("secret")));
}

struct Answer {
  const char* name;
  const char* head;
  Reason reason;
  int requests;  // how often it is asked for
  const char* message;
};

class OtherAnswer : public ImageFetcherTest, public testing::WithParamInterface<Answer> {};

TEST_P(OtherAnswer, IsNoPicture) {
  std::atomic<int> elsewhere = 0;
  std::atomic<int> requests = 0;
  RawServer target([&](RawConnection&, int) { ++elsewhere; });
  RawServer host([&](RawConnection& connection, int) {
    while (!connection.ReadRequest().empty()) {
      ++requests;
      connection.Write("HTTP/1.1 " + std::string(GetParam().head) +
                       "\r\nContent-Length: 4\r\nLocation: " + target.url() + "/x\r\n\r\nbody");
    }
  });
  From(host.url());
  const Result<std::string> bytes = Fetch(host.url() + "/x?secret");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(RowOf(bytes.error().reason).name, RowOf(GetParam().reason).name);
  EXPECT_EQ(bytes.error().message, GetParam().message);
  EXPECT_EQ(requests, GetParam().requests);
  EXPECT_EQ(elsewhere, 0);
}

constexpr const char* kRedirects = "the picture's host redirects, which is not followed";

INSTANTIATE_TEST_SUITE_P(
    Answers, OtherAnswer,
    testing::Values(
        Answer{"Created", "201 X", Reason::kUpstreamProtocol, 1, "the picture's host answered 201"},
        Answer{"Partial", "206 X", Reason::kUpstreamProtocol, 1, "the picture's host answered 206"},
        Answer{"MovedPermanently", "301 X", Reason::kUpstreamProtocol, 1, kRedirects},
        Answer{"Found", "302 X", Reason::kUpstreamProtocol, 1, kRedirects},
        Answer{"TemporaryRedirect", "307 X", Reason::kUpstreamProtocol, 1, kRedirects},
        Answer{"Forbidden", "403 X", Reason::kUpstreamProtocol, 1, "the picture's host answered 403"},
        Answer{"NotFound", "404 X", Reason::kUpstreamProtocol, 1, "the picture's host answered 404"},
        Answer{"TooMany", "429 X", Reason::kUpstreamProtocol, 1, "the picture's host answered 429"},
        Answer{"ServerError", "500 X", Reason::kUpstreamError, 2, "the picture's host answered 500"},
        Answer{"Unavailable", "503 X", Reason::kUpstreamError, 2, "the picture's host answered 503"}),
    [](const auto& row) { return row.param.name; });

struct Fault {
  const char* name;
  void (*play)(RawConnection&);
  Reason reason;
  bool again;  // worth asking a second time
};

class Fetching : public ImageFetcherTest, public testing::WithParamInterface<Fault> {
 protected:
  static ImageFetcherOptions Small() {
    ImageFetcherOptions options;
    options.max_picture = Bytes{1000};
    return options;
  }
};

TEST_P(Fetching, FailsAfterOneOrTwoTries) {
  std::atomic<int> requests = 0;
  RawServer host([&](RawConnection& connection, int) {
    connection.ReadRequest();
    ++requests;
    GetParam().play(connection);
  });
  From(host.url(), Small());
  const Result<std::string> bytes = Fetch(host.url() + "/x?secret");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(RowOf(bytes.error().reason).name, RowOf(GetParam().reason).name) << bytes.error().message;
  EXPECT_THAT(bytes.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(requests, GetParam().again ? 2 : 1);
}

TEST_P(Fetching, TakesASecondAnswerWhereItAsksForOne) {
  RawServer host([&](RawConnection& connection, int number) {
    connection.ReadRequest();
    if (number == 0) return GetParam().play(connection);
    connection.Write(HttpReply(200, "picture"));
  });
  From(host.url(), Small());
  const Result<std::string> bytes = Fetch(host.url() + "/x");
  ASSERT_EQ(bytes.has_value(), GetParam().again);
  if (bytes) {
    EXPECT_EQ(*bytes, "picture");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, Fetching,
    testing::Values(
        Fault{"ClosedWithoutAnswer", [](RawConnection& c) { c.Close(); }, Reason::kUpstreamConnectionLost,
              true},
        Fault{"ResetWithoutAnswer", [](RawConnection& c) { c.Reset(); }, Reason::kUpstreamConnectionLost,
              true},
        Fault{"CutInTheHead", [](RawConnection& c) { c.Write("HTTP/1.1 200 OK\r\nContent-Le"); },
              Reason::kUpstreamConnectionLost, true},
        Fault{"CutInTheBody",
              [](RawConnection& c) { c.Write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc"); },
              Reason::kUpstreamConnectionLost, true},
        Fault{"CutInAChunk",
              [](RawConnection& c) {
                c.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nabc");
              },
              Reason::kUpstreamConnectionLost, true},
        Fault{"EmptyBody", [](RawConnection& c) { c.Write(HttpReply(200, "")); },
              Reason::kUpstreamConnectionLost, true},
        Fault{"ServerErrorCutInTheBody",
              [](RawConnection& c) { c.Write("HTTP/1.1 502 X\r\nContent-Length: 500\r\n\r\nabc"); },
              Reason::kUpstreamError, true},
        Fault{"NotHttp", [](RawConnection& c) { c.Write("220 mail.example.com ESMTP\r\n\r\n"); },
              Reason::kUpstreamProtocol, false},
        Fault{"TooLargeByLength",
              [](RawConnection& c) {
                c.Write("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\nx");
                c.ReadToEnd();
              },
              Reason::kUpstreamReplyTooLarge, false},
        Fault{"LengthThatNoMemoryHolds",
              [](RawConnection& c) {
                c.Write("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx");
                c.ReadToEnd();
              },
              Reason::kUpstreamReplyTooLarge, false},
        Fault{"EndlessUntilClose",
              [](RawConnection& c) {
                c.Write("HTTP/1.1 200 OK\r\n\r\n");
                for (int i = 0; i < 100'000; ++i) c.Write(std::string(1000, 'x'));  // 100 MB if it were read
              },
              Reason::kUpstreamReplyTooLarge, false},
        Fault{"EndlessChunks",
              [](RawConnection& c) {
                c.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (int i = 0; i < 1'000'000; ++i) c.Write("5\r\nabcde\r\n");
              },
              Reason::kUpstreamReplyTooLarge, false}),
    [](const auto& row) { return row.param.name; });

TEST_F(ImageFetcherTest, LargestPictureAllowedPasses) {
  RawServer host([](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\n\r\n" + std::string(1000, 'x'));
  });
  ImageFetcherOptions options;
  options.max_picture = Bytes{1000};
  From(host.url(), options);
  const Result<std::string> bytes = Fetch(host.url() + "/x");
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(bytes->size(), 1000u);
}

TEST_F(ImageFetcherTest, NobodyListens) {
  int port = 0;
  {
    port = RawServer([](RawConnection&, int) {}).port();
  }
  From("http://127.0.0.1:" + std::to_string(port));
  const Result<std::string> bytes = Fetch("http://127.0.0.1:" + std::to_string(port) + "/x?secret");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kUpstreamUnreachable);
  EXPECT_THAT(bytes.error().message, Not(HasSubstr("secret")));
}

TEST_F(ImageFetcherTest, HostThatNeverFinishesTheHandshakeIsGivenUp) {
  RawServer host([](RawConnection& connection, int) { connection.ReadToEnd(); });
  const std::string url = "https://127.0.0.1:" + std::to_string(host.port());
  ImageFetcherOptions options;
  options.connect_timeout = 100ms;
  From(url, options);
  const Result<std::string> bytes = Fetch(url + "/x");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kUpstreamUnreachable) << bytes.error().message;
}

TEST_F(ImageFetcherTest, SlowBodyEndsAtTheDeadline) {
  std::promise<void> closed;
  RawServer host([&](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow");
    connection.ReadToEnd();
    closed.set_value();
  });
  From(host.url());
  const Result<std::string> bytes = Fetch(host.url() + "/x", 200ms);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kUpstreamTimeout);
  EXPECT_EQ(closed.get_future().wait_for(30s), std::future_status::ready) << "the connection is closed";
}

TEST_F(ImageFetcherTest, PassedDeadlineAsksForNothing) {
  std::atomic<int> connections = 0;
  RawServer host([&](RawConnection&, int) { ++connections; });
  From(host.url());
  const Result<std::string> bytes = Fetch(host.url() + "/x", -1ms);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kUpstreamTimeout);
  EXPECT_EQ(connections, 0);
}

TEST_F(ImageFetcherTest, NoSecondTryThatTheDeadlineWouldNotSee) {
  std::atomic<int> connections = 0;
  RawServer host([&](RawConnection& connection, int) {
    ++connections;
    connection.ReadRequest();
    connection.Reset();
  });
  From(host.url());
  const Result<std::string> bytes = Fetch(host.url() + "/x", 90ms);  // the pause is longer
  ASSERT_FALSE(bytes);
  EXPECT_THAT(bytes.error().reason,
              testing::AnyOf(Reason::kUpstreamConnectionLost, Reason::kUpstreamTimeout));
  EXPECT_EQ(connections, 1);
}

TEST_F(ImageFetcherTest, LeavingCallerClosesTheConnection) {
  std::promise<void> halfway;
  std::promise<void> closed;
  RawServer host([&](RawConnection& connection, int) {
    connection.ReadRequest();
    connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    halfway.set_value();
    connection.ReadToEnd();
    closed.set_value();
  });
  From(host.url());
  const auto running = Start(host.url() + "/x");
  halfway.get_future().wait();
  running->Cancel();
  const Result<std::string> bytes = running->Get();
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kCancelled);
  EXPECT_EQ(closed.get_future().wait_for(30s), std::future_status::ready);
}

TEST_F(ImageFetcherTest, LeavingCallerEndsThePause) {
  std::promise<void> failed;
  RawServer host([&](RawConnection& connection, int number) {
    connection.ReadRequest();
    if (number == 0) {
      connection.Write(HttpReply(503, "later"));
      failed.set_value();
    }
    connection.ReadToEnd();
  });
  From(host.url());
  const auto running = Start(host.url() + "/x");
  failed.get_future().wait();
  running->Cancel();
  const Result<std::string> bytes = running->Get();
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kCancelled);
}

TEST_F(ImageFetcherTest, ManyAtOnceAllArrive) {
  RawServer host([](RawConnection& connection, int) {
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      const std::size_t slash = request.find("/");
      const std::string name = request.substr(slash, request.find(' ', slash) - slash);
      connection.Write(HttpReply(200, std::string(100'000, 'x') + name));
    }
  });
  From(host.url());
  std::vector<std::unique_ptr<Fetched>> running;
  for (int i = 0; i < 200; ++i) running.push_back(Start(host.url() + "/" + std::to_string(i)));
  for (int i = 0; i < 200; ++i) {
    const Result<std::string> bytes = running[static_cast<std::size_t>(i)]->Get();
    ASSERT_TRUE(bytes) << bytes.error().message;
    ASSERT_EQ(bytes->substr(100'000), "/" + std::to_string(i));
  }
}

TEST_F(ImageFetcherTest, DestroyedWhileItFetches) {
  std::promise<void> received;
  RawServer host([&](RawConnection& connection, int) {
    connection.ReadRequest();
    received.set_value();
    connection.ReadToEnd();
  });
  From(host.url());
  const std::string url = host.url() + "/x";
  const auto abandon = [&]() -> asio::awaitable<void> {
    static_cast<void>(co_await fetcher_->Fetch(url, std::chrono::steady_clock::now() + 30s));
  };
  asio::co_spawn(loop_.context(), abandon, asio::detached);
  received.get_future().wait();
  loop_.Stop();
  fetcher_.reset();  // the sanitizers judge
}

class ImageFetcherTlsTest : public ImageFetcherTest {
 protected:
  ImageFetcherTlsTest() {
    host_.Get("/x", [this](const httplib::Request&, httplib::Response& reply) {
      ++requests_;
      reply.set_content("picture", "image/png");
    });
    url_ = "https://" + runner_.Start({"127.0.0.1:0"}).value();
  }

  fakes::Certificate certificate_;
  httplib::SSLServer host_{certificate_.certificate().c_str(), certificate_.key().c_str()};
  HttpServer runner_{host_, 4};
  std::string url_;
  std::atomic<int> requests_ = 0;
};

TEST_F(ImageFetcherTlsTest, TrustsTheGivenAuthority) {
  ImageFetcherOptions options;
  options.ca_file = certificate_.certificate();
  From(url_, options);
  const Result<std::string> bytes = Fetch(url_ + "/x");
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, "picture");
}

TEST_F(ImageFetcherTlsTest, AsksNothingOfAnUntrustedHost) {
  From(url_);
  const Result<std::string> bytes = Fetch(url_ + "/x");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().reason, Reason::kUpstreamUntrusted);
  EXPECT_EQ(requests_, 0);
}

}  // namespace
}  // namespace flux::fal
