// HTTP/2 streams that fal refuses, and those of which nobody can tell. What was certainly not processed is
// sent again at once; whatever else ends early is written once and may have been billed.
#include <gtest/gtest.h>

#include <vector>

#include "base/event_loop.h"
#include "service/wire/curl_handles.h"
#include "service/wire/curl_transport.h"
#include "tests/fakes/h2_server.h"
#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"

namespace flux::fal {
namespace {

using fakes::H2Fate;
using fakes::H2Server;
using namespace std::chrono_literals;

class RefusedStreams : public testing::Test {
 protected:
  ~RefusedStreams() override { loop_.Stop(); }

  // A fal that ends its first requests in this way, and answers all further ones.
  H2Server& Fal(std::vector<H2Fate> fates) {
    fal_ = std::make_unique<H2Server>([fates = std::move(fates)](int request) {
      const auto at = static_cast<std::size_t>(request);
      return at < fates.size() ? fates[at] : H2Fate::kAnswer;
    });
    CurlTransportOptions options;
    options.url = fal_->url();
    options.key = "id:secret";
    options.ca_file = fal_->certificate().certificate();
    options.user_agent = "flux-test/1";
    transport_ = std::make_unique<CurlTransport>(loop_.context(), std::move(options));
    return *fal_;
  }

  Result<FalReply> Send() {
    FalCall call;
    call.endpoint = "fal-ai/flux/dev";
    call.body = std::make_shared<const std::string>(R"({"prompt":"x"})");
    call.deadline = std::chrono::steady_clock::now() + 20s;
    return fakes::Spawned<Result<FalReply>>(loop_, fakes::SendKept(*transport_, std::move(call))).Get();
  }

  EventLoop loop_{"test"};
  std::unique_ptr<H2Server> fal_;
  std::unique_ptr<CurlTransport> transport_;
};

TEST_F(RefusedStreams, ThisLibcurlTellsThemApart) {
  EXPECT_TRUE(ResendsRefusedStreamsOnly());
}

TEST_F(RefusedStreams, AreSentAgain) {
  H2Server& fal = Fal({H2Fate::kRefuse, H2Fate::kGoAwayBefore, H2Fate::kRefuse});
  const Result<FalReply> reply = Send();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(fal.requests(), 4);
}

TEST_F(RefusedStreams, AreSentAgainOnAConnectionThatWasUsedBefore) {
  H2Server& fal = Fal({H2Fate::kAnswer, H2Fate::kGoAwayBefore, H2Fate::kAnswer, H2Fate::kRefuse});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Send()) << i;
  EXPECT_EQ(fal.requests(), 5);
}

TEST_F(RefusedStreams, AreNotBilledWhereFalRefusesForEver) {
  H2Server& fal = Fal(std::vector(50, H2Fate::kRefuse));
  for (int i = 1; i <= 3; ++i) {  // one exchange's refusals are not held against the next
    const Result<FalReply> reply = Send();
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().reason, Reason::kUpstreamUnreachable) << reply.error().message;
    EXPECT_EQ(reply.error().billed, Billed::kNo);
    EXPECT_EQ(fal.requests(), 5 * i);
  }
}

struct Ending {
  const char* name;
  H2Fate fate;
};

class OtherEndings : public RefusedStreams, public testing::WithParamInterface<Ending> {};

TEST_P(OtherEndings, AreWrittenOnceAndMayBeBilled) {
  H2Server& fal = Fal({GetParam().fate});
  const Result<FalReply> fresh = Send();
  ASSERT_FALSE(fresh);
  EXPECT_EQ(fresh.error().billed, Billed::kMaybe) << fresh.error().message;
  EXPECT_EQ(fal.requests(), 1);
  ASSERT_TRUE(Send());  // it leaves no trace behind
}

TEST_P(OtherEndings, OfAReusedConnectionToo) {
  H2Server& fal = Fal({H2Fate::kAnswer, GetParam().fate});
  ASSERT_TRUE(Send());
  const Result<FalReply> reused = Send();
  ASSERT_FALSE(reused);
  EXPECT_EQ(reused.error().billed, Billed::kMaybe) << reused.error().message;
  EXPECT_EQ(fal.requests(), 2);
  ASSERT_TRUE(Send());
}

// A refusal that was not acted on must not be remembered by a handle of the pool: the next exchange, which
// ends without a word, would be taken for refused and sent twice.
TEST_F(RefusedStreams, AreNotRememberedForTheNextExchange) {
  H2Server& fal = Fal({H2Fate::kHeadThenRefuse, H2Fate::kClose});
  EXPECT_FALSE(Send());
  const Result<FalReply> next = Send();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().billed, Billed::kMaybe);
  EXPECT_EQ(fal.requests(), 2);
}

INSTANTIATE_TEST_SUITE_P(, OtherEndings,
                         testing::Values(Ending{"GoAwayThatLeavesItOpen", H2Fate::kGoAwayAt},
                                         Ending{"ResetWithAnotherCode", H2Fate::kReset},
                                         Ending{"RefusedAfterItsHead", H2Fate::kHeadThenRefuse},
                                         Ending{"ClosedWithoutAWord", H2Fate::kClose}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace flux::fal
