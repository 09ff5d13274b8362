// Fal's bill as a script has it: paging, refusals, and answers that are none.
#include "service/wire/billing_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/on_loop.h"
#include "tests/fakes/scripted_fal.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string kAskForEvents =
    "GET /v1/models/billing-events?start=2026-11-25T10%3A00%3A00.000Z&end=2026-11-25T10%3A30%3A00.500Z"
    "&limit=500";
const std::string kCredits = "GET /v1/account/billing?expand=credits";

class BillingClientTest : public testing::Test {
 protected:
  BillingClientTest() {
    BillingOptions options;
    options.url = fal_.url();
    options.key = "id:hush-hush-hush";
    billing_ = std::make_unique<CurlFalBilling>(loop_.context(), options);
  }
  ~BillingClientTest() override { loop_.Stop(); }

  Result<BillingPage> Events(const std::string& cursor = "", std::chrono::milliseconds patience = 30s) {
    using std::chrono::sys_days;
    using std::chrono::year;
    const WallTime start = sys_days(year(2026) / 11 / 25) + 10h;
    return fakes::Spawned<Result<BillingPage>>(loop_,
                                               billing_->Events({start, start + 30min + 500ms, cursor},
                                                                std::chrono::steady_clock::now() + patience))
        .Get();
  }
  Result<std::int64_t> Credits() {
    return fakes::Spawned<Result<std::int64_t>>(loop_,
                                                billing_->Credits(std::chrono::steady_clock::now() + 30s))
        .Get();
  }

  EventLoop loop_{"test"};
  fakes::ScriptedFal fal_;
  std::unique_ptr<CurlFalBilling> billing_;
};

TEST_F(BillingClientTest, ReadsPageAfterPageWithItsKey) {
  const std::string event =
      R"({"request_id":"r1","endpoint_id":"a/b","timestamp":"2026-11-25T10:00:01Z","cost_total":0.01})";
  fal_.Answer(kAskForEvents,
              {HttpReply(200, R"({"billing_events":[)" + event + R"(],"next_cursor":"a=b"})")});
  fal_.Answer(kAskForEvents + "&cursor=a%3Db", {HttpReply(200, R"({"billing_events":[]})")});
  const auto page = Events();
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->events.at(0).total_nano_usd, 10'000'000);
  const auto next = Events(page->next_cursor);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->next_cursor, "");
  EXPECT_THAT(fal_.Asked().front(), HasSubstr("Authorization: Key id:hush-hush-hush\r\n"));
}

TEST_F(BillingClientTest, RefusalsSayWhatIsMissing) {
  for (const int status : {401, 403}) {
    fal_.Answer(kAskForEvents,
                {HttpReply(status, R"({"error":{"type":"authorization_error","message":"no"}})")});
    const auto page = Events();
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().reason, Reason::kUpstreamAccount);
    EXPECT_THAT(page.error().message, HasSubstr("FAL_BILLING_KEY"));
    EXPECT_THAT(page.error().message, HasSubstr("billing:usage:read"));
    EXPECT_EQ(page.error().billed, Billed::kNo);
  }
}

TEST_F(BillingClientTest, OtherAnswersAreNoneToo) {
  const std::pair<std::string, Reason> rows[] = {
      {HttpReply(404, R"({"error":{"type":"not_found","message":"no"}})"), Reason::kUpstreamNotFound},
      {HttpReply(429, R"({"error":{"type":"rate_limited","message":"no"}})"), Reason::kUpstreamThrottled},
      {HttpReply(500, R"({"error":{"type":"server_error","message":"no"}})"), Reason::kUpstreamError},
      {HttpReply(200, "Here is your bill."), Reason::kUpstreamProtocol},
      {HttpReply(200, "{}"), Reason::kUpstreamProtocol},
      {std::string(fakes::kCloses), Reason::kUpstreamConnectionLost}};
  for (const auto& [reply, reason] : rows) {
    fal_.Answer(kAskForEvents, {reply});
    const auto page = Events();
    ASSERT_FALSE(page) << reply;
    EXPECT_EQ(page.error().reason, reason) << reply << page.error().message;
    EXPECT_EQ(page.error().billed, Billed::kNo) << reply;
  }
  fal_.Answer(kAskForEvents, {std::string(fakes::kSilent)});
  const auto late = Events("", 200ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, Reason::kUpstreamTimeout);
}

TEST_F(BillingClientTest, CreditsAreReadOrNot) {
  fal_.Answer(kCredits, {HttpReply(200, R"({"credits":{"current_balance":1.5,"currency":"USD"}})"),
                         HttpReply(200, R"({"username":"a"})"), HttpReply(403, "{}")});
  EXPECT_EQ(Credits().value(), 1'500'000'000);
  EXPECT_EQ(Credits().error().reason, Reason::kUpstreamProtocol);
  EXPECT_EQ(Credits().error().reason, Reason::kUpstreamAccount);
}

}  // namespace
}  // namespace flux::fal
