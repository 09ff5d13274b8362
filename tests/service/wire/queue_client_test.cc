// Fal's queue as a script has it: what is sent once, what is asked again, and where our key goes.
#include "service/wire/ledger_transport.h"
#include "tests/fakes/series.h"
#include "tests/service/wire/queue_test.h"

namespace flux::fal {
namespace {

using fakes::HttpReply;
using fakes::ScriptedFal;
using testing::HasSubstr;
using testing::SizeIs;

class FakeLedger final : public SendLedger {
 public:
  explicit FakeLedger(ScriptedFal& fal) : fal_(fal) {}
  asio::awaitable<std::optional<Status>> AboutToSend(const FalCall&) override {
    sent_before.push_back(fal_.Asked().size());
    co_return verdict;
  }
  std::optional<Status> verdict;
  std::vector<std::size_t> sent_before;

 private:
  ScriptedFal& fal_;
};

TEST_F(QueueTest, ASubmitIsToldOfAndThenSentOnce) {
  fal_.Answer(kSubmit, {Taken(fal_.url())});
  FakeLedger ledger(fal_);
  const Result<QueueTicket> ticket = Submit(30s, &ledger);
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_EQ(ticket->request_id, kId);
  EXPECT_EQ(ticket->status_url, fal_.url() + "/fal-ai/flux/requests/" + kId + "/status");
  EXPECT_EQ(ticket->response_url, fal_.url() + "/fal-ai/flux/requests/" + kId);
  EXPECT_EQ(ticket->cancel_url, fal_.url() + "/fal-ai/flux/requests/" + kId + "/cancel");
  EXPECT_EQ(ledger.sent_before, std::vector<std::size_t>{0});
  ASSERT_THAT(fal_.Asked(), SizeIs(1));
  const std::string request = fal_.Asked().front();
  EXPECT_THAT(request, HasSubstr("Authorization: Key id:hush-hush-hush\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(request, testing::EndsWith("\r\n\r\n{\"prompt\":\"x\"}"));
  EXPECT_THAT(request, testing::Not(HasSubstr("Timeout")));
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_fal_requests_total", {{"model", "m"}, {"outcome", "2xx"}}),
            1);
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_fal_submit_duration_seconds", {{"model", "m"}}), 1);
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_fal_request_duration_seconds", {{"model", "m"}}),
            std::nullopt);
}

TEST_F(QueueTest, WithoutTheLedgersConsentNothingIsSent) {
  FakeLedger ledger(fal_);
  ledger.verdict = Status(Reason::kStoreUnavailable);
  const Result<QueueTicket> ticket = Submit(30s, &ledger);
  ASSERT_FALSE(ticket);
  EXPECT_EQ(ticket.error().reason, Reason::kStoreUnavailable);
  EXPECT_EQ(ticket.error().billed, Billed::kNo);
  EXPECT_THAT(fal_.Asked(), SizeIs(0));
}

struct SubmitFault {
  const char* name;
  std::vector<std::string> replies;
  Reason reason;
  Billed billed;
  std::size_t sent;
};

class SubmitFaults : public QueueTest, public testing::WithParamInterface<SubmitFault> {};

TEST_P(SubmitFaults, AreToldWithWhatTheyMayCost) {
  const SubmitFault& fault = GetParam();
  fal_.Answer(kSubmit, fault.replies);
  const Result<QueueTicket> ticket = Submit(1500ms);
  ASSERT_FALSE(ticket);
  EXPECT_EQ(RowOf(ticket.error().reason).name, RowOf(fault.reason).name) << ticket.error().message;
  EXPECT_EQ(ticket.error().billed, fault.billed);
  EXPECT_THAT(fal_.Asked(), SizeIs(fault.sent));
}

INSTANTIATE_TEST_SUITE_P(
    , SubmitFaults,
    testing::Values(
        SubmitFault{
            "AnswerLost", {std::string(fakes::kCloses)}, Reason::kUpstreamConnectionLost, Billed::kMaybe, 1},
        SubmitFault{"AnswerCut",
                    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"request_id\":"},
                    Reason::kUpstreamConnectionLost,
                    Billed::kMaybe,
                    1},
        SubmitFault{"Silence", {std::string(fakes::kSilent)}, Reason::kUpstreamTimeout, Billed::kMaybe, 1},
        SubmitFault{
            "BadKey", {Json(401, R"({"detail":"No user found"})")}, Reason::kUpstreamAccount, Billed::kNo, 1},
        SubmitFault{
            "Refused",
            {Json(422, R"({"detail":[{"loc":["body","prompt"],"msg":"field required","type":"missing"}]})")},
            Reason::kUpstreamRejectedInput,
            Billed::kNo,
            1},
        SubmitFault{"Throttled",
                    {HttpReply(429, R"({"detail":"too many"})", "Retry-After: 60\r\n")},
                    Reason::kUpstreamThrottled,
                    Billed::kNo,
                    1},
        SubmitFault{"NoRoom",
                    {HttpReply(503, R"({"detail":"busy"})", "Retry-After: 60\r\n")},
                    Reason::kUpstreamBusy,
                    Billed::kNo,
                    1},
        SubmitFault{
            "AnIngressesNoRoom", {HttpReply(503, "<html>")}, Reason::kUpstreamError, Billed::kMaybe, 1},
        SubmitFault{"ServerError",
                    {Json(500, R"({"detail":"Internal Server Error"})")},
                    Reason::kUpstreamError,
                    Billed::kMaybe,
                    1},
        SubmitFault{"BadGateway", {HttpReply(502, "<html>nginx")}, Reason::kUpstreamError, Billed::kMaybe, 1},
        SubmitFault{"Garbage", {HttpReply(200, "<html>hello")}, Reason::kUpstreamProtocol, Billed::kMaybe, 1},
        SubmitFault{
            "NoId", {Json(200, R"({"status":"IN_QUEUE"})")}, Reason::kUpstreamProtocol, Billed::kMaybe, 1},
        SubmitFault{"HarmfulId",
                    {Json(200, R"({"request_id":"../../x?a=b"})")},
                    Reason::kUpstreamProtocol,
                    Billed::kMaybe,
                    1},
        SubmitFault{"Redirect",
                    {HttpReply(307, "", "Location: http://127.0.0.1:1/\r\n")},
                    Reason::kUpstreamProtocol,
                    Billed::kMaybe,
                    1},
        SubmitFault{"Huge",
                    {HttpReply(200, std::string((1U << 20) + 1, ' '))},
                    Reason::kUpstreamReplyTooLarge,
                    Billed::kMaybe,
                    1}),
    [](const auto& row) { return row.param.name; });

TEST_F(QueueTest, WhatWasCertainlyNotTakenIsSentAgain) {
  fal_.Answer(kSubmit, {HttpReply(429, "{}"), HttpReply(503, R"({"detail":"busy"})"), Taken(fal_.url())});
  EXPECT_TRUE(Submit());
  EXPECT_THAT(fal_.Asked(), SizeIs(3));
}

TEST_F(QueueTest, NobodyListensIsNotBilled) {
  const std::string nowhere = [] { return fakes::RawServer([](fakes::RawConnection&, int) {}).url(); }();
  Make(QueueOptions{.resends = 0}, nowhere);
  const Result<QueueTicket> ticket = Submit();
  ASSERT_FALSE(ticket);
  EXPECT_EQ(ticket.error().reason, Reason::kUpstreamUnreachable);
  EXPECT_EQ(ticket.error().billed, Billed::kNo);
}

// Our key must not go to whoever a status_url names.
TEST_F(QueueTest, AddressesOfOthersAreReplacedByOurOwn) {
  ScriptedFal thief;
  const std::string port = std::to_string(fal_.port());
  for (const std::string& base :
       {thief.url(), "http://localhost:" + port, "https://127.0.0.1:" + port, "http://u:p@127.0.0.1:" + port,
        std::string("ftp://127.0.0.1"), std::string("//127.0.0.1"), std::string("nonsense\\u0000")}) {
    fal_.Answer(kSubmit, {Taken(base)});
    const Result<QueueTicket> ticket = Submit();
    ASSERT_TRUE(ticket) << base;
    EXPECT_EQ(ticket->status_url, Ticket().status_url) << base;
    EXPECT_EQ(ticket->response_url, Ticket().response_url);
    EXPECT_EQ(ticket->cancel_url, Ticket().cancel_url);
  }
  QueueTicket stored = Ticket();
  stored.status_url = thief.url() + "/status";
  stored.response_url = thief.url() + "/result";
  stored.cancel_url = thief.url() + "/cancel";
  EXPECT_EQ(Begin(&FalQueue::Look, stored, 30s).Get().error().reason, Reason::kUpstreamProtocol);
  EXPECT_EQ(Begin(&FalQueue::Fetch, stored, 30s).Get().error().reason, Reason::kUpstreamProtocol);
  EXPECT_EQ(Begin(&FalQueue::Cancel, stored, 30s).Get().error().reason, Reason::kUpstreamProtocol);
  EXPECT_EQ(BeginAwait(stored, 30s).Get().error().reason, Reason::kUpstreamProtocol);
  EXPECT_EQ(thief.connections(), 0);
}

TEST_F(QueueTest, AddressesAreFollowedInWhateverFormFalHasThem) {
  const std::string request = fal_.url() + "/fal-ai/flux/dev/requests/" + kId;
  fal_.Answer(kSubmit, {Json(200, R"({"request_id":")" + kId + R"(","status_url":")" + request +
                                      R"(/status/?logs=0","response_url":")" + request + R"(/response"})")});
  fal_.Answer("GET /fal-ai/flux/dev/requests/" + kId + "/status/?logs=0", {Completed()});
  fal_.Answer("GET /fal-ai/flux/dev/requests/" + kId + "/response", {Picture()});
  const Result<QueueTicket> ticket = Submit();
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->cancel_url, Ticket().cancel_url);
  const Result<FalReply> reply = BeginAwait(*ticket, 30s).Get();
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->billable_units, "1");
}

TEST_F(QueueTest, TicketsAreMadeFromAnIdAlone) {
  const auto path = [this](std::string_view endpoint) {
    return queue_->TicketFor(endpoint, "i")->response_url.substr(fal_.url().size());
  };
  EXPECT_EQ(path("fal-ai/flux-pro/v1.1-ultra"), "/fal-ai/flux-pro/requests/i");
  EXPECT_EQ(path("fal-ai/flux"), "/fal-ai/flux/requests/i");
  EXPECT_EQ(path("workflows/me/mine/now"), "/workflows/me/mine/requests/i");
  EXPECT_EQ(path("comfy/me/mine"), "/comfy/me/mine/requests/i");
  EXPECT_FALSE(queue_->TicketFor("fal-ai/flux", ""));
  EXPECT_FALSE(queue_->TicketFor("fal-ai/flux", "a/b"));
}

TEST_F(QueueTest, LooksTellHowFarItIs) {
  fal_.Answer(kStatus, {Json(202, R"({"status":"IN_QUEUE","queue_position":7})"), Running(),
                        Json(200, R"({"status":"THINKING_HARD"})"), Completed(),
                        Json(404, R"({"detail":"not found"})")});
  const Result<QueueState> queued = Look();
  ASSERT_TRUE(queued);
  EXPECT_EQ(queued->kind, QueueState::Kind::kQueued);
  EXPECT_EQ(queued->position, 7u);
  EXPECT_EQ(Look()->kind, QueueState::Kind::kRunning);
  EXPECT_EQ(Look()->kind, QueueState::Kind::kRunning);
  EXPECT_EQ(Look()->kind, QueueState::Kind::kCompleted);
  EXPECT_EQ(Look()->kind, QueueState::Kind::kGone);
  const std::string asked = fal_.Asked(kStatus).front();
  EXPECT_THAT(asked, HasSubstr("Authorization: Key id:hush-hush-hush\r\n"));
  EXPECT_THAT(asked, testing::Not(HasSubstr("Content-Type")));
}

TEST_F(QueueTest, LooksThatFailSayNothingAboutTheRequest) {
  struct Row {
    std::string reply;
    Reason reason;
  };
  for (const Row& row : {Row{HttpReply(404, "<html>"), Reason::kUpstreamNotFound},
                         Row{Json(403, R"({"detail":"User is locked."})"), Reason::kUpstreamAccount},
                         Row{HttpReply(429, "{}", "Retry-After: 7\r\n"), Reason::kUpstreamThrottled},
                         Row{HttpReply(302, "", "Location: /x\r\n"), Reason::kUpstreamProtocol},
                         Row{HttpReply(200, "{}"), Reason::kUpstreamProtocol},
                         Row{HttpReply(500, "{}"), Reason::kUpstreamError},
                         Row{std::string(fakes::kCloses), Reason::kUpstreamConnectionLost}}) {
    fal_.Answer(kStatus, {row.reply});
    const Result<QueueState> state = Look();
    ASSERT_FALSE(state) << row.reply;
    EXPECT_EQ(RowOf(state.error().reason).name, RowOf(row.reason).name);
    EXPECT_EQ(state.error().billed, Billed::kMaybe) << row.reply;
    EXPECT_EQ(state.error().retry_after.has_value(), row.reason == Reason::kUpstreamThrottled);
  }
}

TEST_F(QueueTest, FetchReturnsTheModelsOwnAnswer) {
  fal_.Answer(kResult, {Picture(), HttpReply(422, R"({"detail":"no"})", "x-fal-request-id: r2\r\n"),
                        HttpReply(404, R"({"detail":"Path /x not found"})", "x-fal-billable-units: 0\r\n")});
  const Result<FalReply> picture = Fetch();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->body, R"({"images":[]})");
  EXPECT_EQ(picture->request_id, kId);
  const Result<FalReply> refused = Fetch();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 422);
  EXPECT_EQ(refused->request_id, "r2");
  EXPECT_EQ(Fetch()->status, 404);
}

TEST_F(QueueTest, FetchTellsWhatIsNotTheModels) {
  struct Row {
    std::string reply;
    Reason reason;
  };
  for (const Row& row :
       {Row{Json(400, R"({"detail":"Request is still in progress"})"), Reason::kUpstreamBusy},
        Row{Running(), Reason::kUpstreamBusy},
        Row{Json(404, R"({"detail":"not found"})"), Reason::kOutcomeUnknown},
        Row{Json(401, R"({"detail":"who"})"), Reason::kUpstreamAccount},
        Row{HttpReply(404, "<html>"), Reason::kUpstreamNotFound},
        Row{HttpReply(502, "<html>"), Reason::kUpstreamBusy},
        Row{HttpReply(302, "", "Location: /x\r\n"), Reason::kUpstreamProtocol},
        Row{std::string(fakes::kCloses), Reason::kUpstreamConnectionLost}}) {
    fal_.Answer(kResult, {row.reply});
    const Result<FalReply> reply = Fetch();
    ASSERT_FALSE(reply) << row.reply;
    EXPECT_EQ(RowOf(reply.error().reason).name, RowOf(row.reason).name);
    EXPECT_EQ(reply.error().billed, Billed::kMaybe) << row.reply;
  }
}

TEST_F(QueueTest, CancelSaysWhatFalSays) {
  fal_.Answer(
      kCancel,
      {Json(202, R"({"status":"CANCELLATION_REQUESTED"})"), Json(400, R"({"status":"ALREADY_COMPLETED"})"),
       Json(404, R"({"status":"NOT_FOUND"})"), Json(200, R"({"success":true})"), HttpReply(500, "{}")});
  EXPECT_EQ(*Cancel(), CancelAnswer::kRequested);
  EXPECT_EQ(*Cancel(), CancelAnswer::kAlreadyCompleted);
  EXPECT_EQ(*Cancel(), CancelAnswer::kNotFound);
  EXPECT_EQ(*Cancel(), CancelAnswer::kRequested);
  const Result<CancelAnswer> failed = Cancel();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().billed, Billed::kMaybe);
  EXPECT_THAT(fal_.Asked("PUT").front(), HasSubstr("Content-Length: 0\r\n"));
}

}  // namespace
}  // namespace flux::fal
