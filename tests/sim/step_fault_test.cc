// Every fault of a step, over a real socket: what the caller gets, and what is made and billed all the same.
#include <set>
#include <tuple>

#include "sim/faults/faults.h"
#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

class StepFaultTest : public QueueTest {
 protected:
  void SetUp() override { StartSim(Quick()); }
  void Strike(const std::string& word, int count = 1) {
    ASSERT_EQ(Arm(Given({{"fault", word}, {"count", count}, {"model", "fal-ai/flux/dev"}}).dump()), 200)
        << word;
  }
  // The one request that the ledger has billed, made without anybody asking for it.
  bool MadeOnce() {
    return Eventually([this] { return Purchases() == 1; });
  }
};

TEST_F(StepFaultTest, ARunIsResetBeforeItIsRead) {
  Strike("unread");
  EXPECT_FALSE(Generate(Prompt("a")));
  EXPECT_EQ(Ledger()["requests"], 0);
  EXPECT_TRUE(Rows().empty());
  EXPECT_EQ(Generate(Prompt("a"))->status, 200);
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(StepFaultTest, ASubmitIsLostBeforeItIsTaken) {
  Strike("submit-unread");
  EXPECT_FALSE(Submit(Prompt("a")));
  Strike("submit-500");
  EXPECT_EQ(Submit(Prompt("a"))->status, 500);
  Strike("submit-503");
  const auto busy = Submit(Prompt("a"));
  EXPECT_EQ(busy->status, 503);
  EXPECT_FALSE(busy->has_header("x-fal-request-id"));
  EXPECT_TRUE(Rows().empty());
  EXPECT_EQ(Done(Taken(Prompt("a")))->status, 200);
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(StepFaultTest, ASubmitIsTakenButItsAnswerIsLost) {
  std::size_t made = 0;
  for (const char* word : {"submit-lost", "submit-reset", "submit-cut"}) {
    Strike(word);
    EXPECT_FALSE(Submit(Prompt(word))) << word;
    ++made;
    EXPECT_TRUE(Eventually([&] { return Purchases() == made; })) << word;
  }
  Strike("submit-garbage");
  const auto garbage = Submit(Prompt("g"));
  EXPECT_EQ(garbage->status, 200);
  EXPECT_FALSE(Given::accept(garbage->body));
  EXPECT_TRUE(Eventually([&] { return Purchases() == made + 1; }));
  // The history knows them, and their results can be had by the ids that it tells.
  const Given rows = Rows();
  ASSERT_EQ(rows.size(), made + 1);
  for (const Given& row : rows) EXPECT_EQ(Get(Of(row["request_id"]))->status, 200);
}

TEST_F(StepFaultTest, ASubmitIsTakenAndAnsweredLate) {
  Strike("submit-hang");
  {
    const std::string body = Prompt("a").dump();
    const RawConnection connection(queue_port_);
    connection.Send(
        "POST /fal-ai/flux/dev HTTP/1.1\r\nHost: x\r\nAuthorization: Key sim:sim\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    EXPECT_TRUE(MadeOnce());
  }
  Strike("submit-hang=100");
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Submit(Prompt("b"))->status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(100));
}

TEST_F(StepFaultTest, AStatusIsNotTold) {
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  const std::string path = Of(id, "/status");
  Strike("status-500");
  EXPECT_EQ(Get(path)->status, 500);
  Strike("status-503");
  EXPECT_EQ(Get(path)->status, 503);
  Strike("status-404");
  EXPECT_EQ(Get(path)->status, 404);
  Strike("status-garbage");
  EXPECT_FALSE(Given::accept(Get(path)->body));
  Strike("status-reset");
  EXPECT_FALSE(Get(path));
  Strike("status-cut");
  EXPECT_FALSE(Get(path));
  Strike("status-hang=100");
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Get(path)->status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(100));
  EXPECT_EQ(Get(path)->status, 200);
}

TEST_F(StepFaultTest, AStatusThatHangsEndsWithItsCaller) {
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  Strike("status-hang");
  {
    const RawConnection connection(queue_port_);
    connection.Send("GET " + Of(id, "/status") +
                    " HTTP/1.1\r\nHost: x\r\nAuthorization: Key sim:sim\r\n\r\n");
  }
  Strike("result-hang");
  std::thread waiting([&] { Get(Of(id)); });
  sim_->Stop();
  waiting.join();
}

TEST_F(StepFaultTest, ARequestStaysInProgress) {
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  Strike("status-stall=400");
  const auto status = Get(Of(id, "/status"));
  EXPECT_EQ(status->status, 202);
  EXPECT_EQ(Given::parse(status->body)["status"], "IN_PROGRESS");
  EXPECT_EQ(Get(Of(id))->status, 400);
  EXPECT_EQ(Purchases(), 1U);
  const auto stream = Get(Of(id, "/status/stream"));
  EXPECT_THAT(stream->body, testing::HasSubstr("IN_PROGRESS"));
  EXPECT_THAT(stream->body, testing::HasSubstr("COMPLETED"));
  EXPECT_EQ(Get(Of(id))->status, 200);
  Strike("status-stall");
  EXPECT_EQ(State(id), "IN_PROGRESS");
}

TEST_F(StepFaultTest, AStreamBreaks) {
  const std::string id = Taken(Prompt("sim:hang"));
  ASSERT_TRUE(Eventually([&] { return State(id) == "IN_PROGRESS"; }));
  const std::string path = Of(id, "/status/stream");
  Strike("stream-500");
  EXPECT_EQ(Get(path)->status, 500);
  Strike("stream-reset");
  EXPECT_FALSE(Get(path));
  Strike("stream-cut");
  const RawConnection connection(queue_port_);
  connection.Send("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Key sim:sim\r\n\r\n");
  const std::string text = connection.ReadAll();
  EXPECT_THAT(text, testing::HasSubstr("IN_PROGRESS"));
  EXPECT_FALSE(text.ends_with("0\r\n\r\n"));
}

TEST_F(StepFaultTest, AResultIsNotHandedOutThisOnce) {
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  for (const auto& [word, status] :
       {std::pair("result-500", 500), {"result-503", 503}, {"result-404", 404}}) {
    Strike(word);
    EXPECT_EQ(Get(Of(id))->status, status);
    EXPECT_EQ(Get(Of(id))->status, 200);
  }
  Strike("result-garbage");
  EXPECT_FALSE(Given::accept(Get(Of(id))->body));
  for (const char* word : {"result-cut", "result-reset"}) {
    Strike(word);
    EXPECT_FALSE(Get(Of(id))) << word;
    EXPECT_EQ(Get(Of(id, "/response"))->status, 200);
  }
  Strike("result-hang=50");
  EXPECT_EQ(Get(Of(id))->status, 200);
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(StepFaultTest, AResultIsLostForGood) {
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  Strike("result-gone");
  EXPECT_EQ(Get(Of(id))->status, 404);
  EXPECT_EQ(Get(Of(id))->status, 404);
  EXPECT_EQ(State(id), "COMPLETED");
  EXPECT_EQ(Purchases(), 1U);
  EXPECT_TRUE(Rows()[0]["json_output"].contains("images"));
}

TEST_F(StepFaultTest, AFaultOfTheConnectionInAPromptStrikesTheFirstFetch) {
  for (const char* word : {"sim:cut", "sim:reset", "sim:close"}) {
    const std::string id = Taken(Prompt(word));
    EXPECT_FALSE(Done(id)) << word;
    EXPECT_EQ(Get(Of(id))->status, 200) << word;
  }
  EXPECT_EQ(Purchases(), 3U);
  const Given purchases = Ledger()["purchases"];
  for (const Given& purchase : purchases) EXPECT_EQ(purchase["status"], 200);
}

TEST_F(StepFaultTest, ACancelIsRefusedOrItsAnswerIsLost) {
  const std::string id = Taken(Prompt("sim:hang"));
  ASSERT_TRUE(Eventually([&] { return State(id) == "IN_PROGRESS"; }));
  Strike("cancel-500");
  EXPECT_EQ(Put(Of(id, "/cancel"))->status, 500);
  EXPECT_EQ(State(id), "IN_PROGRESS");
  Strike("cancel-lost");
  EXPECT_FALSE(Put(Of(id, "/cancel")));
  EXPECT_EQ(Done(id)->status, 499);
}

TEST_F(StepFaultTest, TheHistoryRefuses) {
  const std::string query = "endpoint_id=fal-ai/flux/dev";
  const std::tuple<const char*, int, const char*> rows[] = {{"history-401", 401, "authorization_error"},
                                                            {"history-403", 403, "authorization_error"},
                                                            {"history-404", 404, "not_found"},
                                                            {"history-429", 429, "rate_limited"},
                                                            {"history-500", 500, "server_error"}};
  for (const auto& [word, status, type] : rows) {
    Strike(word);
    const auto reply = History(query);
    EXPECT_EQ(reply->status, status) << word;
    EXPECT_EQ(Given::parse(reply->body)["error"]["type"], type) << word;
    EXPECT_EQ(reply->has_header("Retry-After"), status == 429) << word;
  }
  Strike("history-429=7");
  EXPECT_EQ(History(query)->get_header_value("Retry-After"), "7");
  Strike("history-garbage");
  EXPECT_FALSE(Given::accept(History(query)->body));
  for (const char* word : {"history-cut", "history-reset"}) {
    Strike(word);
    EXPECT_FALSE(History(query)) << word;
  }
  Strike("history-hang=50");
  EXPECT_EQ(History(query)->status, 200);
}

TEST_F(StepFaultTest, TheHistoryTellsLess) {
  ASSERT_EQ(Generate(Prompt("a"))->status, 200);
  ASSERT_EQ(Generate(Prompt("b"))->status, 200);
  Strike("history-late=600000");
  EXPECT_TRUE(Rows().empty());
  Strike("history-bare");
  EXPECT_FALSE(Rows()[0].contains("json_input"));
  Strike("history-pages", 2);
  const Given first = Given::parse(History("endpoint_id=fal-ai/flux/dev")->body);
  EXPECT_EQ(first["items"].size(), 1U);
  EXPECT_EQ(first["has_more"], true);
  const Given second = Given::parse(
      History("endpoint_id=fal-ai/flux/dev&cursor=" + first["next_cursor"].get<std::string>())->body);
  EXPECT_EQ(second["items"].size(), 1U);
  EXPECT_EQ(second["has_more"], false);
  EXPECT_EQ(Rows().size(), 2U);
}

TEST_F(StepFaultTest, WordsOfStepsInAPromptMeanNothing) {
  EXPECT_EQ(Generate(Prompt("sim:submit-500 sim:unread sim:history-500"))->status, 200);
  const std::string id = Taken(Prompt("sim:status-500 sim:result-gone"));
  EXPECT_EQ(Done(id)->status, 200);
}

TEST_F(StepFaultTest, TheIndexNamesTheStep) {
  const Given index = Given::parse(Client().Get("/_sim")->body);
  std::set<std::string> steps;
  for (const Given& fault : index["faults"]) {
    steps.insert(fault["step"]);
    EXPECT_FALSE(fault["meaning"].get<std::string>().empty());
    EXPECT_EQ(fault["word"].get<std::string>().starts_with("sim:"), fault["step"] == "generation");
  }
  EXPECT_EQ(steps, (std::set<std::string>{"generation", "run", "submit", "status", "stream", "result",
                                          "cancel", "history", "webhook", "pricing", "billing", "credits"}));
}

TEST_F(StepFaultTest, ChaosStrikesByItselfAndTellsHowOften) {
  const auto put = [this](const std::string& body) {
    return Client().Put("/_sim/chaos", body, "application/json");
  };
  const auto told = put(R"({"seed":18446744073709551615,"rate":0.5,"faults":["status-500","sim:empty"]})");
  EXPECT_EQ(told->body,
            R"({"seed":18446744073709551615,"rate":0.5,"faults":["status-500","sim:empty"],"drawn":{}})");
  const std::string id = Taken(Prompt("sim:slow=1"));
  int refused = 0;
  for (int i = 0; i < 100; ++i) refused += Get(Of(id, "/status"))->status == 500 ? 1 : 0;
  EXPECT_GT(refused, 20);
  EXPECT_LT(refused, 80);
  EXPECT_EQ(Given::parse(Client().Get("/_sim/chaos")->body)["drawn"]["status-500"], refused);
  EXPECT_EQ(Client().Delete("/_sim/chaos")->status, 200);
  for (int i = 0; i < 20; ++i) EXPECT_NE(Get(Of(id, "/status"))->status, 500);
  for (const auto& [body, why] : {std::pair("[]", "wanted a JSON object"),
                                  {R"({"rate":2,"faults":["cut"]})", "rate: wanted a number from 0 to 1"},
                                  {R"({"faults":["cut"]})", "rate: wanted"},
                                  {R"({"rate":1})", "faults: wanted a list"},
                                  {R"({"rate":1,"faults":[]})", "faults: wanted a list"},
                                  {R"({"rate":1,"faults":[1]})", "faults: wanted a list"},
                                  {R"({"rate":1,"faults":["none"]})", "faults: none: no such fault"},
                                  {R"({"rate":1,"seed":-1,"faults":["cut"]})", "seed: wanted a whole number"},
                                  {R"({"rate":1,"faults":["cut"],"more":1})", "more: no such member"}}) {
    const auto reply = put(body);
    EXPECT_EQ(reply->status, 422) << body;
    EXPECT_THAT(Given::parse(reply->body)["detail"].get<std::string>(), testing::StartsWith(why)) << body;
  }
}

}  // namespace
}  // namespace flux::sim
