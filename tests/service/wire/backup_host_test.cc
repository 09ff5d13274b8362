// fal's backup host is asked exactly where nothing can have been sent to the first one, and only once.
#include "service/wire/backup_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "service/wire/curl_transport.h"
#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"
#include "tests/fakes/series.h"
#include "tests/service/wire/queue_test.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using fakes::RawConnection;
using fakes::RawServer;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// An address at which nobody listens: a server's that has gone.
std::string Refusing() {
  return RawServer([](RawConnection&, int) {}).url();
}

class BackupHostTest : public testing::Test {
 protected:
  ~BackupHostTest() override { loop_.Stop(); }

  Result<FalReply> Send(const std::string& url, const std::string& backup,
                        std::chrono::milliseconds patience = 20s) {
    host_ = std::make_unique<BackupHost>(url, backup, registry_, "run");
    CurlTransportOptions options;
    options.url = url;
    options.key = "id:hush-hush-hush";
    options.backup = host_.get();
    options.connect_timeout = 5s;
    transport_ = std::make_unique<CurlTransport>(loop_.context(), std::move(options));
    FalCall call;
    call.endpoint = "fal-ai/flux/dev";
    call.body = std::make_shared<const std::string>(R"({"prompt":"x"})");
    call.deadline = std::chrono::steady_clock::now() + patience;
    return fakes::Spawned<Result<FalReply>>(loop_, fakes::SendKept(*transport_, std::move(call))).Get();
  }

  double Asked(const char* outcome) {
    return fakes::SeriesValue(registry_, "flux_service_fal_backup_total",
                              {{"host", "run"}, {"outcome", outcome}})
        .value_or(-1);
  }

  prometheus::Registry registry_;
  EventLoop loop_{"test"};
  std::unique_ptr<BackupHost> host_;
  std::unique_ptr<CurlTransport> transport_;
};

// A far end that keeps what it was sent and answers 200.
class Answering {
 public:
  const std::string& url() const { return url_; }
  int requests() const { return requests_; }
  const std::string& last() const { return last_; }

 private:
  std::atomic<int> requests_ = 0;
  std::string last_;
  RawServer server_{[this](RawConnection& connection, int) {
    for (std::string request = connection.ReadRequest(); !request.empty();
         request = connection.ReadRequest()) {
      last_ = request;
      ++requests_;
      connection.Write(HttpReply(200, R"({"images":[]})"));
    }
  }};
  const std::string url_ = server_.url();
};

TEST_F(BackupHostTest, AnAddressThatRefusesIsStoodInFor) {
  const Answering backup;
  const Result<FalReply> reply = Send(Refusing(), backup.url());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
  EXPECT_TRUE(reply->from_backup);
  EXPECT_EQ(backup.requests(), 1);
  EXPECT_THAT(backup.last(), StartsWith("POST /fal-ai/flux/dev HTTP/1.1\r\n"));
  EXPECT_THAT(backup.last(), HasSubstr("Authorization: Key id:hush-hush-hush\r\n"));
  EXPECT_THAT(backup.last(), testing::EndsWith("\r\n\r\n{\"prompt\":\"x\"}"));
  EXPECT_EQ(Asked("answered"), 1);
}

TEST_F(BackupHostTest, ANameThatDoesNotResolveIsStoodInFor) {
  const Answering backup;
  const Result<FalReply> reply = Send("http://fal.invalid:8090", backup.url());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(backup.requests(), 1);
  EXPECT_EQ(Asked("answered"), 1);
}

TEST_F(BackupHostTest, WhereBothAreAwayNothingWasSent) {
  const Result<FalReply> reply = Send(Refusing(), Refusing());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kUpstreamUnreachable);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
  EXPECT_EQ(Asked("failed"), 1);
}

TEST_F(BackupHostTest, ABackupThatLosesTheAnswerMayHaveBeenPaid) {
  RawServer backup([](RawConnection& connection, int) {
    static_cast<void>(connection.ReadRequest());
    connection.Reset();
  });
  const Result<FalReply> reply = Send(Refusing(), backup.url());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kUpstreamConnectionLost);
  EXPECT_EQ(reply.error().billed, Billed::kMaybe);
}

struct Reached {
  const char* name;
  RawServer::Script script;
};

class ReachedTest : public BackupHostTest, public testing::WithParamInterface<Reached> {};

// Once a connection stood, however it ended, fal may have the request.
TEST_P(ReachedTest, TheBackupIsNotAsked) {
  RawServer first(GetParam().script);
  const Answering backup;
  static_cast<void>(Send(first.url(), backup.url(), 700ms));
  EXPECT_EQ(backup.requests(), 0);
  EXPECT_EQ(Asked("answered") + Asked("failed"), 0);
}

INSTANTIATE_TEST_SUITE_P(Every, ReachedTest,
                         testing::Values(Reached{"Answers503",
                                                 [](RawConnection& c, int) {
                                                   static_cast<void>(c.ReadRequest());
                                                   c.Write(HttpReply(503, "{}"));
                                                 }},
                                         Reached{"ClosesAtOnce", [](RawConnection& c, int) { c.Close(); }},
                                         Reached{"ResetsAtOnce", [](RawConnection& c, int) { c.Reset(); }},
                                         Reached{"ResetsAfterTheRequest",
                                                 [](RawConnection& c, int) {
                                                   static_cast<void>(c.ReadRequest());
                                                   c.Reset();
                                                 }},
                                         Reached{"AnswersNoHttp",
                                                 [](RawConnection& c, int) {
                                                   static_cast<void>(c.ReadRequest());
                                                   c.Write("hello\r\n\r\n");
                                                 }},
                                         Reached{"SaysNothing",
                                                 [](RawConnection& c, int) { c.ReadToEnd(); }}),
                         [](const auto& row) { return row.param.name; });

TEST_F(BackupHostTest, TheHandshakeIsNoConnectFailure) {
  RawServer first([](RawConnection& connection, int) { connection.Write("no TLS\r\n"); });
  const Answering backup;
  std::string https = first.url();
  https.replace(0, 4, "https");
  ASSERT_FALSE(Send(https, "https://" + backup.url().substr(7), 3s));
  EXPECT_EQ(backup.requests(), 0);
  EXPECT_EQ(Asked("answered") + Asked("failed"), 0) << "TCP stood";
}

TEST_F(BackupHostTest, OtherAddressesStayAsTheyAre) {
  const BackupHost host("https://fal.run", "https://falrun.com", registry_, "run");
  EXPECT_EQ(host.Instead("https://fal.run/fal-ai/flux/dev?x=1"), "https://falrun.com/fal-ai/flux/dev?x=1");
  EXPECT_EQ(host.Instead("https://example.com/a"), "https://example.com/a");
}

// The queue: what is submitted at the backup is also looked for there while the first host is away, and its
// addresses stay those of the queue's own host.
TEST_F(QueueTest, TheQueuesBackupTakesAndTells) {
  const std::string away = Refusing();
  prometheus::Registry registry;
  BackupHost host(away, fal_.url(), registry, "queue");
  QueueOptions options;
  options.backup = &host;
  Make(options, away);
  fal_.Answer(kSubmit, {Taken(fal_.url())});
  fal_.Answer(kStatus, {Completed()});
  fal_.Answer(kResult, {Picture()});
  const Result<QueueTicket> ticket = Submit();
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_THAT(ticket->status_url, StartsWith(away));
  const auto reply = fakes::Spawned<Result<FalReply>>(loop_, queue_->Await(*ticket, In(20s))).Get();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
  int submits = 0;
  for (const std::string& request : fal_.Asked()) submits += request.starts_with("POST") ? 1 : 0;
  EXPECT_EQ(submits, 1);
  EXPECT_GE(fakes::SeriesValue(registry, "flux_service_fal_backup_total",
                               {{"host", "queue"}, {"outcome", "answered"}}),
            3);
}

TEST_F(QueueTest, ALowPriorityIsTold) {
  fal_.Answer(kSubmit, {Taken(fal_.url())});
  ASSERT_TRUE(Submit());
  EXPECT_THAT(fal_.Asked().back(), testing::Not(HasSubstr("Queue-Priority")));
  FalCall call;
  call.endpoint = "fal-ai/flux/dev";
  call.model = "m";
  call.body = std::make_shared<const std::string>("{}");
  call.deadline = In(20s);
  call.low_priority = true;
  const auto run = [this](FalCall kept) -> asio::awaitable<Result<QueueTicket>> {
    co_return co_await queue_->Submit(kept);
  };
  ASSERT_TRUE(fakes::Spawned<Result<QueueTicket>>(loop_, run(std::move(call))).Get());
  EXPECT_THAT(fal_.Asked().back(), HasSubstr("X-Fal-Queue-Priority: low\r\n"));
}

TEST_F(QueueTest, PayloadsAreSpokenOfWhereSomethingIsSent) {
  QueueOptions options;
  options.post_header = "X-Fal-Store-IO: 0";
  Make(options);
  fal_.Answer(kSubmit, {Taken(fal_.url())});
  fal_.Answer(kResult, {Picture()});
  const Result<QueueTicket> ticket = Submit();
  ASSERT_TRUE(ticket);
  EXPECT_THAT(fal_.Asked().back(), HasSubstr("X-Fal-Store-IO: 0\r\n"));
  EXPECT_THAT(fal_.Asked().back(), HasSubstr("Content-Type: application/json\r\n"));
  const auto fetched = fakes::Spawned<Result<FalReply>>(loop_, queue_->Fetch(*ticket, In(20s))).Get();
  ASSERT_TRUE(fetched);
  EXPECT_THAT(fal_.Asked().back(), testing::Not(HasSubstr("Store-IO")));
  EXPECT_THAT(fal_.Asked().back(), HasSubstr("Accept: application/json\r\n"));
  EXPECT_THAT(fal_.Asked().back(), HasSubstr("Authorization: Key id:hush-hush-hush\r\n"));
}

// Nobody knows whether the queue took it: fal's word that it passes changes nothing of that.
TEST_F(QueueTest, ASubmitThatMayBeTakenIsNotSentAgainWhateverTheHeaderSays) {
  fal_.Answer(kSubmit,
              {HttpReply(500, R"({"detail":"x"})", "X-Fal-Needs-Retry: 1\r\nX-Fal-Retryable: true\r\n"),
               Taken(fal_.url())});
  const Result<QueueTicket> ticket = Submit();
  ASSERT_FALSE(ticket);
  EXPECT_EQ(ticket.error().billed, Billed::kMaybe);
  EXPECT_THAT(fal_.Asked(), SizeIs(1));
}

}  // namespace
}  // namespace flux::fal
