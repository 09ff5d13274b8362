// queue.fal.run: routes, status codes, both forms of URLs, cancel, stream, positions, retention.
#include <filesystem>
#include <set>

#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(QueueTest, ASubmitIsAnsweredWithWhereToLook) {
  StartSim(Quick());
  const auto reply = ClientOf(queue_port_)
                         .Post(kDev, {{"Authorization", "Key sim:sim"}, {"Host", "queue.example:99"}},
                               Prompt("a").dump(), "application/json");
  ASSERT_EQ(reply->status, 200);
  const Given body = Given::parse(reply->body);
  const std::string id = body["request_id"];
  EXPECT_EQ(body, Given({{"status", "IN_QUEUE"},
                         {"request_id", id},
                         {"response_url", "http://queue.example:99/fal-ai/flux/requests/" + id},
                         {"status_url", "http://queue.example:99/fal-ai/flux/requests/" + id + "/status"},
                         {"cancel_url", "http://queue.example:99/fal-ai/flux/requests/" + id + "/cancel"},
                         {"queue_position", 0},
                         {"logs", nullptr},
                         {"metrics", Given::object()}}));
  EXPECT_EQ(reply->get_header_value("x-fal-request-id"), id);
}

TEST_F(QueueTest, AHostThatIsNoneIsNotRepeated) {
  StartSim(Quick());
  const RawConnection connection(queue_port_);
  connection.Send(
      "POST /fal-ai/flux/dev HTTP/1.1\r\nHost: a\"b<c>/d\r\nConnection: close\r\nAuthorization: Key "
      "sim:sim\r\n"
      "Content-Length: 2\r\n\r\n{}");
  EXPECT_THAT(connection.ReadAll(), HasSubstr(R"("response_url":"http://127.0.0.1:)" +
                                              std::to_string(queue_port_) + "/fal-ai/flux/"));
}

TEST_F(QueueTest, TheResultIsTheModelsOwnAnswer) {
  StartSim(Quick());
  const std::string id =
      Taken({{"prompt", "a boat"}, {"image_size", "square_hd"}, {"num_images", 2}, {"seed", 5}});
  const auto result = Done(id);
  ASSERT_EQ(result->status, 200);
  EXPECT_EQ(result->get_header_value("x-fal-request-id"), id);
  EXPECT_EQ(result->get_header_value("x-fal-billable-units"), "2");
  EXPECT_TRUE(result->has_header("x-fal-served-from"));
  const Given body = Given::parse(result->body);
  EXPECT_EQ(body["seed"], 5);
  EXPECT_EQ(body["prompt"], "a boat");
  ASSERT_EQ(body["images"].size(), 2U);
  EXPECT_THAT(body["images"][0]["url"].get<std::string>(),
              HasSubstr(":" + std::to_string(port_) + "/files/"));
  EXPECT_FALSE(Fetch(body["images"][1]["url"]).empty());
}

TEST_F(QueueTest, EveryFormOfAUrlAnswers) {
  StartSim(Quick());
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  for (const char* app : {"fal-ai/flux", "fal-ai/flux/dev"}) {
    for (const char* slash : {"", "/"}) {
      EXPECT_EQ(Get(Of(id, "/status", app) + slash)->status, 200) << app << slash;
      EXPECT_EQ(Get(Of(id, "", app) + slash)->status, 200) << app << slash;
      EXPECT_EQ(Get(Of(id, "/response", app) + slash)->status, 200) << app << slash;
      EXPECT_EQ(Put(Of(id, "/cancel", app) + slash)->status, 400) << app << slash;
    }
  }
  EXPECT_EQ(Get(Of(id, "/status", "fal-ai/flux/schnell"))->status, 404);
  EXPECT_EQ(Get(Of(id, "/status", "fal-ai/flux-pro"))->status, 404);
}

TEST_F(QueueTest, StatusGoesFromQueuedToCompleted) {
  SimConfig config = Quick();
  config.max_concurrency = 1;
  StartSim(config);
  const std::string first = Taken(Prompt("sim:hang")), second = Taken(Prompt("b"));
  ASSERT_TRUE(Eventually([&] { return State(first) == "IN_PROGRESS"; }));
  const auto queued = Get(Of(second, "/status"));
  EXPECT_EQ(queued->status, 202);
  EXPECT_EQ(Given::parse(queued->body)["queue_position"], 0);
  const auto running = Get(Of(first, "/status?logs=1"));
  EXPECT_EQ(running->status, 202);
  const Given logs = Given::parse(running->body)["logs"];
  ASSERT_EQ(logs.size(), 1U);
  for (const char* name : {"message", "level", "source", "timestamp"}) EXPECT_TRUE(logs[0].contains(name));
  EXPECT_TRUE(Given::parse(Get(Of(first, "/status"))->body)["logs"].is_null());
  const auto early = Get(Of(first));
  EXPECT_EQ(early->status, 400);
  EXPECT_EQ(early->body, R"({"detail":"Request is still in progress"})");
  EXPECT_EQ(Put(Of(first, "/cancel"))->status, 202);
  EXPECT_EQ(Done(second)->status, 200);
  const auto done = Get(Of(second, "/status?logs=1"));
  EXPECT_EQ(done->status, 200);
  const Given body = Given::parse(done->body);
  EXPECT_EQ(body["logs"].size(), 2U);
  EXPECT_GE(body["metrics"]["inference_time"].get<double>(), 0);
  EXPECT_FALSE(body.contains("queue_position"));
  EXPECT_FALSE(body.contains("error"));
}

TEST_F(QueueTest, OthersWaitInOrderAndAreNeverRefused) {
  SimConfig config = Quick();
  config.max_concurrency = 2;
  StartSim(config);
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(Taken(Prompt("sim:hang")));
  ASSERT_TRUE(Eventually([&] { return Ledger()["in_flight"] == 2; }));
  const auto position = [&](std::size_t i) {
    return Given::parse(Get(Of(ids[i], "/status"))->body).value("queue_position", -1);
  };
  for (int i = 0; i < 4; ++i) EXPECT_EQ(position(static_cast<std::size_t>(i) + 2), i);
  EXPECT_EQ(Put(Of(ids[3], "/cancel"))->status, 202);
  EXPECT_EQ(position(4), 1);
  EXPECT_EQ(Put(Of(ids[0], "/cancel"))->status, 202);
  EXPECT_TRUE(Eventually([&] { return State(ids[2]) == "IN_PROGRESS"; }));
  EXPECT_EQ(position(5), 1);
  EXPECT_EQ(Ledger()["refused"], 0);
  Client().Put("/_sim/limits", R"({"max_concurrency":0})", "application/json");
  EXPECT_TRUE(Eventually([&] { return State(ids[5]) == "IN_PROGRESS"; }));
}

TEST_F(QueueTest, RunAndQueueShareTheLimit) {
  SimConfig config = Quick();
  config.max_concurrency = 1;
  StartSim(config);
  const std::string id = Taken(Prompt("sim:hang"));
  ASSERT_TRUE(Eventually([&] { return State(id) == "IN_PROGRESS"; }));
  EXPECT_EQ(Generate(Prompt("x"))->status, 429);
  Put(Of(id, "/cancel"));
  EXPECT_TRUE(Eventually([&] { return State(id) == "COMPLETED"; }));
  std::thread run([this] { Generate(Prompt("sim:slow=300")); });
  ASSERT_TRUE(Eventually([&] { return Ledger()["in_flight"] == 1; }));
  const std::string next = Taken(Prompt("y"));
  EXPECT_EQ(Done(next)->status, 200);  // it is woken when the run ends
  run.join();
}

TEST_F(QueueTest, WhatIsCancelledInTheQueueCostsNothing) {
  SimConfig config = Quick();
  config.max_concurrency = 1;
  StartSim(config);
  const std::string first = Taken(Prompt("sim:hang")), second = Taken(Prompt("b"));
  ASSERT_TRUE(Eventually([&] { return State(first) == "IN_PROGRESS"; }));
  const auto cancel = Put(Of(second, "/cancel"));
  EXPECT_EQ(cancel->status, 202);
  EXPECT_EQ(cancel->body, R"({"status":"CANCELLATION_REQUESTED"})");
  EXPECT_EQ(Done(second)->status, 499);
  EXPECT_EQ(Get(Of(second))->get_header_value("x-fal-billable-units"), "0");
  const auto late = Put(Of(second, "/cancel"));
  EXPECT_EQ(late->status, 400);
  EXPECT_EQ(late->body, R"({"status":"ALREADY_COMPLETED"})");
  const auto unknown = Put(Of("none", "/cancel"));
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(unknown->body, R"({"status":"NOT_FOUND"})");
  EXPECT_EQ(Purchases(), 0U);
}

TEST_F(QueueTest, WhatRunsMayFinishAndIsBilled) {
  StartSim(Quick());
  const std::string id = Taken(Prompt("sim:slow=200"));
  ASSERT_TRUE(Eventually([&] { return State(id) == "IN_PROGRESS"; }));
  EXPECT_EQ(Put(Of(id, "/cancel"))->status, 202);
  EXPECT_EQ(Done(id)->status, 200);
  EXPECT_EQ(Purchases(), 1U);
  const std::string hanging = Taken(Prompt("sim:hang"));
  ASSERT_TRUE(Eventually([&] { return State(hanging) == "IN_PROGRESS"; }));
  EXPECT_EQ(Put(Of(hanging, "/cancel"))->status, 202);
  EXPECT_EQ(Done(hanging)->status, 499);
  EXPECT_EQ(Purchases(), 2U);
}

TEST_F(QueueTest, ABillIsWrittenWithoutAnybodyFetching) {
  StartSim(Quick());
  const std::string id = Taken({{"prompt", "a cat"}, {"image_size", "square_hd"}, {"num_images", 3}});
  ASSERT_TRUE(Eventually([&] { return Purchases() == 1; }));
  const Given bill = Ledger()["purchases"][0];
  EXPECT_EQ(bill["request_id"], id);
  EXPECT_EQ(bill["door"], "queue");
  EXPECT_EQ(bill["endpoint"], "fal-ai/flux/dev");
  EXPECT_EQ(bill["billable_units"], 3);
  EXPECT_EQ(bill["prompt"], "a cat");
  EXPECT_EQ(Done(id)->status, 200);
  EXPECT_EQ(Get(Of(id))->status, 200);
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(QueueTest, WhatIsWrongShowsInTheResultOnly) {
  StartSim(Quick());
  const std::pair<std::string, int> rows[] = {{Taken(Given::object()), 422},
                                              {Taken({{"prompt", "x"}, {"num_images", 9}}), 422},
                                              {Taken(Prompt("sim:policy")), 422},
                                              {Taken(Prompt("sim:500")), 500}};
  for (const auto& [id, status] : rows) {
    EXPECT_EQ(Done(id)->status, status);
    EXPECT_FALSE(Given::parse(Get(Of(id, "/status"))->body).contains("error"));
    EXPECT_EQ(Get(Of(id))->get_header_value("x-fal-billable-units"), "0");
  }
  const std::string broken = Taken(Prompt("sim:type=runner_disconnected"));
  EXPECT_EQ(Done(broken)->status, 503);
  EXPECT_EQ(Given::parse(Get(Of(broken, "/status"))->body)["error_type"], "runner_disconnected");
  const std::string none = Taken(Prompt("x"), "/fal-ai/flux/dev/inpainting");
  EXPECT_EQ(Done(none)->status, 404);
  EXPECT_EQ(Get(Of(none))->body, R"({"detail":"Path /dev/inpainting not found"})");
  EXPECT_EQ(Purchases(), 0U);
}

TEST_F(QueueTest, APostToAResultIsANewRequest) {
  StartSim(Quick());
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  const std::string other = Taken(Prompt("a"), Of(id));
  ASSERT_FALSE(other.empty());
  EXPECT_NE(other, id);
  EXPECT_EQ(Done(other)->status, 404);
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(QueueTest, KeysAppsIdsAndMethodsAreChecked) {
  StartSim(Quick());
  const std::string id = Taken(Prompt("a"));
  ASSERT_EQ(Done(id)->status, 200);
  for (const char* tail : {"", "/status", "/status/stream", "/response"}) {
    EXPECT_EQ(Get(Of("none", tail))->status, 404) << tail;
    EXPECT_EQ(Get(Of("none", tail))->body, R"({"status":"NOT_FOUND"})") << tail;
    EXPECT_EQ(ClientOf(queue_port_).Get(Of(id, tail), {{"Authorization", "Key a:b"}})->status, 401) << tail;
    EXPECT_EQ(ClientOf(queue_port_).Get(Of("none", tail), {{"Authorization", "Key a:b"}})->status, 401)
        << tail;
    EXPECT_EQ(ClientOf(queue_port_).Get(Of(id, tail))->status, 401) << tail;
    EXPECT_EQ(ClientOf(queue_port_).Get(Of(id, tail), {{"Authorization", "Key locked:b"}})->status, 403)
        << tail;
    EXPECT_EQ(Put(Of(id, tail))->status, 405) << tail;
  }
  EXPECT_EQ(Get(Of(id, "/cancel"))->status, 405);
  EXPECT_EQ(Get(kDev)->status, 405);
  EXPECT_EQ(Get(Of(id, "/none"))->status, 404);
  EXPECT_EQ(Get(Of(id, "/status/stream/x"))->status, 404);
  EXPECT_EQ(Submit(Prompt("a"), "/fal-ai/none")->status, 404);
  EXPECT_EQ(Submit(Prompt("a"), "/none")->status, 404);
  EXPECT_EQ(ClientOf(queue_port_).Post(kDev, "{}", "application/json")->status, 401);
  EXPECT_EQ(Get("/_sim")->status, 404);
  EXPECT_EQ(ClientOf(queue_port_).Options(kDev)->status, 204);
}

TEST_F(QueueTest, AStreamTellsEveryStateAndEnds) {
  SimConfig config = Quick();
  config.max_concurrency = 1;
  StartSim(config);
  const std::string first = Taken(Prompt("sim:hang")), second = Taken(Prompt("sim:slow=300"));
  ASSERT_TRUE(Eventually([&] { return State(first) == "IN_PROGRESS"; }));
  const RawConnection connection(queue_port_);
  connection.Send("GET " + Of(second, "/status/stream?logs=1") +
                  " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Key sim:sim\r\n\r\n");
  std::string text = connection.ReadUntil("IN_QUEUE");
  EXPECT_THAT(text, HasSubstr("Content-Type: text/event-stream"));
  Put(Of(first, "/cancel"));
  text += connection.ReadAll();
  const auto progress = text.find(R"(data: {"status":"IN_PROGRESS")");
  const auto completed = text.find(R"(data: {"status":"COMPLETED")");
  EXPECT_NE(progress, std::string::npos) << text;
  EXPECT_NE(completed, std::string::npos) << text;
  EXPECT_LT(progress, completed);
  EXPECT_TRUE(text.ends_with("\r\n0\r\n\r\n"));
  const auto after = Get(Of(second, "/status/stream"));
  EXPECT_EQ(after->status, 200);
  EXPECT_THAT(after->body, StartsWith(R"(data: {"status":"COMPLETED")"));
  EXPECT_TRUE(after->body.ends_with("\n\n"));
}

TEST_F(QueueTest, ResultsExpireLargeOnesSooner) {
  SimConfig config = Quick();
  config.retention_scale = "0.0005";  // 1.8 s, and 0.18 s
  StartSim(config);
  const std::string small = Taken(Prompt("a"));
  ASSERT_EQ(Done(small)->status, 200);
  Given large = Prompt("a boat");
  large["sync_mode"] = true;
  const std::string other = Taken(large);
  EXPECT_TRUE(Eventually([&] { return Get(Of(other))->status == 404; }));
  EXPECT_EQ(Get(Of(small))->status, 200);
  EXPECT_TRUE(Eventually([&] { return Get(Of(small))->status == 404; }));
  EXPECT_EQ(Get(Of(small, "/status"))->status, 404);
  EXPECT_EQ(Put(Of(small, "/cancel"))->status, 404);
}

TEST_F(QueueTest, AThousandWaitWithoutAThreadEach) {
  SimConfig config = Quick();
  config.max_concurrency = 1'000;
  StartSim(config);
  auto client = ClientOf(queue_port_);
  client.set_keep_alive(true);
  std::string last;
  for (int i = 0; i < 2'000; ++i) {
    const auto reply = client.Post(kDev, key_, Prompt("sim:hang").dump(), "application/json");
    ASSERT_EQ(reply->status, 200);
    last = Given::parse(reply->body)["request_id"];
  }
  EXPECT_TRUE(Eventually([&] { return Ledger()["in_flight"] == 1'000; }));
  EXPECT_EQ(Given::parse(Get(Of(last, "/status"))->body)["queue_position"], 999);
  std::size_t threads = 0;
  for ([[maybe_unused]] const auto& thread : std::filesystem::directory_iterator("/proc/self/task"))
    ++threads;
  EXPECT_LT(threads, 100U);
}

TEST_F(QueueTest, AThousandAreMadeAndBilledOnceEach) {
  StartSim(Quick());
  Client().Put("/_sim/limits", R"({"latency_ms":100})", "application/json");
  auto client = ClientOf(queue_port_);
  client.set_keep_alive(true);
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) {
    Given body = Prompt("a boat");
    body["seed"] = 1;
    ids.insert(Given::parse(client.Post(kDev, key_, body.dump(), "application/json")->body)["request_id"]);
  }
  ASSERT_EQ(ids.size(), 1'000U);
  EXPECT_TRUE(Eventually([&] { return Purchases() == 1'000; }));
  const Given purchases = Ledger()["purchases"];
  for (const Given& purchase : purchases) ids.erase(purchase["request_id"]);
  EXPECT_TRUE(ids.empty());
}

TEST_F(QueueTest, StopEndsWhatWaitsAndWhoFollows) {
  SimConfig config = Quick();
  config.max_concurrency = 1;
  StartSim(config);
  const std::string first = Taken(Prompt("sim:hang")), second = Taken(Prompt("b"));
  const RawConnection connection(queue_port_);
  connection.Send("GET " + Of(second, "/status/stream") +
                  " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Key sim:sim\r\n\r\n");
  connection.ReadUntil("IN_QUEUE");
  const auto before = std::chrono::steady_clock::now();
  sim_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  connection.ReadAll();
}

}  // namespace
}  // namespace flux::sim
