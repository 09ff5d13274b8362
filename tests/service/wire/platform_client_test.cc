// Fal's request history as a script has it: paging, refusals, and answers that are none.
#include "service/wire/platform_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/fal/input_hash.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/scripted_fal.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kAskForRequests =
    "GET /v1/models/requests/by-endpoint?endpoint_id=fal-ai%2Fflux%2Fdev&start=2026-11-25T10%3A00%3A00.000Z"
    "&end=2026-11-25T10%3A30%3A00.500Z";
const std::string kFirstPage = kAskForRequests + "&limit=100&expand=payloads";

std::string Item(const std::string& id, const std::string& more = "") {
  return R"({"request_id":")" + id +
         R"(","endpoint_id":"fal-ai/flux/dev","sent_at":"2026-11-25T10:00:01.250Z")" + more + "}";
}

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() { Make(HistoryOptions{}); }
  ~HistoryTest() override { loop_.Stop(); }

  void Make(HistoryOptions options) {
    options.url = fal_.url();
    options.key = "id:hush-hush-hush";
    history_ = std::make_unique<CurlFalHistory>(loop_.context(), options);
  }

  Result<std::vector<HistoryItem>> Search(std::chrono::milliseconds patience = 30s,
                                          const std::string& input_sha256 = "",
                                          const std::string& request_id = "") {
    using std::chrono::sys_days;
    using std::chrono::year;
    const WallTime start = sys_days(year(2026) / 11 / 25) + 10h;
    const HistoryQuery query{"fal-ai/flux/dev", start, start + 30min + 500ms, input_sha256, request_id};
    return fakes::Spawned<Result<std::vector<HistoryItem>>>(
               loop_, history_->Search(query, std::chrono::steady_clock::now() + patience))
        .Get();
  }

  EventLoop loop_{"test"};
  fakes::ScriptedFal fal_;
  std::unique_ptr<CurlFalHistory> history_;
};

TEST_F(HistoryTest, ReadsWhatFalLists) {
  fal_.Answer(kFirstPage,
              {HttpReply(200, R"({"items":[)" +
                                  Item("r1", R"(,"ended_at":"2026-11-25T10:00:05Z","status_code":200,)"
                                             R"("json_input":{"prompt":"x","seed":1},)"
                                             R"("json_output":{"images":[]})") +
                                  "," + Item("r2") + R"(],"next_cursor":null,"has_more":false})")});
  const auto found = Search();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(*found, SizeIs(2));
  const HistoryItem& done = (*found)[0];
  EXPECT_EQ(done.request_id, "r1");
  EXPECT_EQ(Iso8601(done.sent_at), "2026-11-25T10:00:01.250Z");
  EXPECT_EQ(Iso8601(done.ended_at.value()), "2026-11-25T10:00:05.000Z");
  EXPECT_EQ(done.status_code, 200);
  EXPECT_EQ(done.input_sha256, InputSha256(R"({"seed":1,"prompt":"x"})"));
  EXPECT_EQ(done.output, R"({"images":[]})");
  const HistoryItem& running = (*found)[1];
  EXPECT_FALSE(running.ended_at || running.status_code);
  EXPECT_EQ(running.input_sha256 + running.output, "");
  EXPECT_THAT(fal_.Asked().front(), HasSubstr("Authorization: Key id:hush-hush-hush\r\n"));
}

TEST_F(HistoryTest, KeepsOnlyTheRowsThatAreAskedFor) {
  const std::string input = R"(,"json_input":{"prompt":"x"})";
  fal_.Answer(kFirstPage, {HttpReply(200, R"({"items":[)" + Item("r1") + "," + Item("r2", input) + "," +
                                              Item("r3", R"(,"json_input":{"prompt":"y"})") + R"(]})")});
  const std::string hash = InputSha256(R"({"prompt":"x"})");
  EXPECT_THAT(*Search(), SizeIs(3));
  EXPECT_THAT(*Search(30s, hash), testing::ElementsAre(testing::Field(&HistoryItem::request_id, "r2")));
  EXPECT_THAT(*Search(30s, "", "r3"), testing::ElementsAre(testing::Field(&HistoryItem::request_id, "r3")));
  EXPECT_THAT(*Search(30s, hash, "r1"), SizeIs(2));
  EXPECT_THAT(*Search(30s, "other", "r9"), SizeIs(0));
}

TEST_F(HistoryTest, AFewSearchAtATime) {
  HistoryOptions options;
  options.most_searches = 1;
  options.search_time = 300ms;
  Make(options);
  fal_.Answer(kFirstPage, {std::string(fakes::kSilent), HttpReply(200, R"({"items":[]})")});
  fakes::Spawned<bool> first(loop_, [](CurlFalHistory& history) -> asio::awaitable<bool> {
    const HistoryQuery query{"fal-ai/flux/dev", WallTime(1795600800s), WallTime(1795602600500ms)};
    static_cast<void>(co_await history.Search(query, std::chrono::steady_clock::now() + 30s));
    co_return true;
  }(*history_));
  first.Get();
  EXPECT_TRUE(Search()) << "its turn has come, and its time begins then";
}

TEST_F(HistoryTest, FollowsItsPagesAndListsEachRequestOnce) {
  fal_.Answer(kFirstPage,
              {HttpReply(200, R"({"items":[)" + Item("r1") + R"(],"next_cursor":"a&b=/","has_more":true})")});
  fal_.Answer(kFirstPage + "&cursor=a%26b%3D%2F",
              {HttpReply(200, R"({"items":[)" + Item("r1") + "," + Item("r2") + R"(],"next_cursor":"c"})")});
  fal_.Answer(kFirstPage + "&cursor=c",
              {HttpReply(200, R"({"items":[)" + Item("r3") + R"(],"next_cursor":"d","has_more":false})")});
  const auto found = Search();
  ASSERT_TRUE(found);
  ASSERT_THAT(*found, SizeIs(3));
  EXPECT_EQ((*found)[2].request_id, "r3");
  EXPECT_THAT(fal_.Asked(), SizeIs(3));
}

TEST_F(HistoryTest, PagesWithoutEndEnd) {
  fal_.Answer(kFirstPage, {HttpReply(200, R"({"items":[],"next_cursor":"a"})")});
  fal_.Answer(kFirstPage + "&cursor=a", {HttpReply(200, R"({"items":[],"next_cursor":"b"})")});
  fal_.Answer(kFirstPage + "&cursor=b", {HttpReply(200, R"({"items":[],"next_cursor":"a"})")});
  EXPECT_TRUE(Search());
  EXPECT_THAT(fal_.Asked(), SizeIs(20));
  fal_.Answer(kFirstPage + "&cursor=a", {HttpReply(200, R"({"items":[],"next_cursor":"a"})")});
  EXPECT_TRUE(Search());
  EXPECT_THAT(fal_.Asked(), SizeIs(22));
}

TEST_F(HistoryTest, APageThatIsTooLargeIsAskedForInSmallerOnes) {
  Make(HistoryOptions{.max_reply = Bytes{1000}});
  const std::string large = HttpReply(200, R"({"items":[]})" + std::string(1000, ' '));
  fal_.Answer(kFirstPage, {large});
  fal_.Answer(kAskForRequests + "&limit=10&expand=payloads", {large});
  fal_.Answer(kAskForRequests + "&limit=1&expand=payloads", {large});
  fal_.Answer(kAskForRequests + "&limit=1",
              {HttpReply(200, R"({"items":[)" + Item("r1") + R"(],"next_cursor":"c"})")});
  fal_.Answer(kAskForRequests + "&limit=1&expand=payloads&cursor=c",
              {HttpReply(200, R"({"items":[)" + Item("r2") + "]}")});
  const auto found = Search();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, SizeIs(2));
  fal_.Answer(kAskForRequests + "&limit=1", {large});
  EXPECT_EQ(Search().error().reason, Reason::kUpstreamReplyTooLarge);
}

TEST_F(HistoryTest, ItemsThatCannotBeReadAreLeftOut) {
  fal_.Answer(kFirstPage,
              {HttpReply(200, R"({"items":[1,null,[],{},{"request_id":"r"},{"request_id":7,"sent_at":"x"},)" +
                                  Item("../x") + "," +
                                  Item("r1", R"(,"ended_at":5,"status_code":"ok","json_input":[1],)"
                                             R"("json_output":"text")") +
                                  R"(,{"request_id":"r2","sent_at":"9999999-01-01T00:00:00Z"}],)"
                                  R"("next_cursor":{"a":1},"has_more":"yes"})")});
  const auto found = Search();
  ASSERT_TRUE(found);
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ((*found)[0].request_id, "r1");
  EXPECT_FALSE((*found)[0].ended_at || (*found)[0].status_code);
  EXPECT_EQ((*found)[0].input_sha256 + (*found)[0].output, "");
}

struct HistoryFault {
  const char* name;
  std::string reply;
  Reason reason;
};

class HistoryFaults : public HistoryTest, public testing::WithParamInterface<HistoryFault> {};

TEST_P(HistoryFaults, AreToldAndCostNothing) {
  fal_.Answer(kFirstPage, {GetParam().reply});
  const auto found = Search(500ms);
  ASSERT_FALSE(found);
  EXPECT_EQ(RowOf(found.error().reason).name, RowOf(GetParam().reason).name) << found.error().message;
  EXPECT_EQ(found.error().billed, Billed::kNo);
  EXPECT_THAT(found.error().message, testing::Not(HasSubstr("hush")));
}

const std::string kRefusal = R"({"error":{"type":"authorization_error","message":"hush-hush-hush"}})";

INSTANTIATE_TEST_SUITE_P(
    , HistoryFaults,
    testing::Values(
        HistoryFault{"BadKey", HttpReply(401, kRefusal), Reason::kUpstreamAccount},
        HistoryFault{"NoPermission", HttpReply(403, kRefusal), Reason::kUpstreamAccount},
        HistoryFault{"NoHistory", HttpReply(404, "<html>"), Reason::kUpstreamNotFound},
        HistoryFault{"BadQuestion", HttpReply(400, kRefusal), Reason::kUpstreamProtocol},
        HistoryFault{"ServerError", HttpReply(500, kRefusal), Reason::kUpstreamError},
        HistoryFault{"Busy", HttpReply(503, kRefusal), Reason::kUpstreamBusy},
        HistoryFault{"Redirect", HttpReply(302, "", "Location: /x\r\n"), Reason::kUpstreamProtocol},
        HistoryFault{"NotJson", HttpReply(200, "<html>"), Reason::kUpstreamProtocol},
        HistoryFault{"NoPage", HttpReply(200, R"({"items":{}})"), Reason::kUpstreamProtocol},
        HistoryFault{"Deep", HttpReply(200, std::string(100'000, '[')), Reason::kUpstreamProtocol},
        HistoryFault{"Lost", std::string(fakes::kCloses), Reason::kUpstreamConnectionLost},
        HistoryFault{"Silence", std::string(fakes::kSilent), Reason::kUpstreamTimeout}),
    [](const auto& row) { return row.param.name; });

TEST_F(HistoryTest, ALimitSaysWhenToAskAgain) {
  fal_.Answer(kFirstPage, {HttpReply(429, kRefusal, "Retry-After: 17\r\n")});
  const auto found = Search();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, Reason::kUpstreamThrottled);
  EXPECT_EQ(found.error().retry_after, 17s);
}

TEST_F(HistoryTest, ARefusalNamesThePermission) {
  fal_.Answer(kFirstPage, {HttpReply(403, kRefusal)});
  EXPECT_THAT(Search().error().message, HasSubstr("models:requests:read"));
}

}  // namespace
}  // namespace flux::fal
