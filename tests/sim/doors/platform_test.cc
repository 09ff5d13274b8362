// api.fal.ai: the list of requests, of run and queue alike.
#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kList = "/v1/models/requests/by-endpoint";

TEST_F(QueueTest, TheHistoryShowsWhatWasSentAndWhatCameOfIt) {
  StartSim(Quick());
  const Given sent = {{"prompt", "ein Kätzchen"},
                      {"image_size", "square"},
                      {"seed", 18446744073709551615ULL},
                      {"extra", {1, 2.5, nullptr, {{"a", true}}}}};
  const auto run = Generate({{"prompt", "run"}, {"image_size", "square"}});
  const std::string id = Taken(sent);
  const auto result = Done(id);
  ASSERT_EQ(result->status, 200);
  const Given rows = Rows();
  ASSERT_EQ(rows.size(), 2U);
  const Given& row = rows[0];
  EXPECT_EQ(row["request_id"], id);
  EXPECT_EQ(row["endpoint_id"], "fal-ai/flux/dev");
  EXPECT_EQ(row["status_code"], 200);
  EXPECT_EQ(row["json_input"], sent);
  EXPECT_EQ(row["json_output"], Given::parse(result->body));
  EXPECT_GE(row["duration"].get<double>(), 0);
  for (const char* time : {"started_at", "sent_at", "ended_at"}) {
    EXPECT_THAT(row[time].get<std::string>(), testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
  }
  EXPECT_EQ(rows[1]["request_id"], run->get_header_value("x-fal-request-id"));
  EXPECT_EQ(rows[1]["json_output"], Given::parse(run->body));
  const Given bare = Rows("endpoint_id=fal-ai/flux/dev")[0];
  EXPECT_FALSE(bare.contains("json_input"));
  EXPECT_FALSE(bare.contains("json_output"));
}

TEST_F(QueueTest, TheHistoryLags) {
  SimConfig config = Quick();
  config.history_lag = std::chrono::milliseconds(1'500);
  StartSim(config);
  const auto before = std::chrono::steady_clock::now();
  ASSERT_EQ(Generate(Prompt("a"))->status, 200);
  EXPECT_TRUE(Rows().empty());
  EXPECT_TRUE(Eventually([this] { return Rows().size() == 1 && Rows()[0].contains("status_code"); }));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(1'500));
}

TEST_F(QueueTest, FailuresAndLostAnswersAreListedToo) {
  StartSim(Quick());
  EXPECT_FALSE(Generate(Prompt("sim:reset")));
  EXPECT_EQ(Generate(Prompt("sim:500"))->status, 500);
  EXPECT_EQ(Generate(Given::object())->status, 422);
  Post(kDev, "{}", "Key a:b");
  const Given rows = Rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2]["status_code"], 200);
  EXPECT_TRUE(rows[2]["json_output"].contains("images"));
  EXPECT_EQ(Rows("endpoint_id=fal-ai/flux/dev&status=error")[0]["status_code"], 500);
  EXPECT_EQ(Rows("endpoint_id=fal-ai/flux/dev&status=user_error")[0]["status_code"], 422);
  EXPECT_EQ(Rows("endpoint_id=fal-ai/flux/dev&status=success").size(), 1U);
}

TEST_F(QueueTest, PayloadsAreNotKeptWhereFalWouldNot) {
  StartSim(Quick());
  Given inlined = Prompt("b");
  inlined["sync_mode"] = true;
  ASSERT_EQ(Done(Taken(Prompt("a"), kDev, {{"X-Fal-Store-IO", "0"}}))->status, 200);
  ASSERT_EQ(Done(Taken(inlined))->status, 200);
  const httplib::Headers quiet{{"Authorization", "Key sim:sim"}, {"x-fal-store-io", "0"}};
  ASSERT_EQ(Client().Post(kDev, quiet, Prompt("c").dump(), "application/json")->status, 200);
  const Given rows = Rows();
  ASSERT_EQ(rows.size(), 3U);
  for (const std::size_t i : {0U, 2U}) {
    EXPECT_FALSE(rows[i].contains("json_input"));
    EXPECT_FALSE(rows[i].contains("json_output"));
  }
  EXPECT_EQ(rows[1]["json_input"], inlined);
  EXPECT_FALSE(rows[1].contains("json_output"));
}

TEST_F(QueueTest, TheHistoryIsReadPageByPage) {
  StartSim(Quick());
  for (int i = 0; i < 7; ++i) ASSERT_EQ(Generate(Prompt(std::to_string(i)))->status, 200);
  std::string seen, cursor;
  for (int page = 0; page < 3; ++page) {
    const auto reply = History("endpoint_id=fal-ai/flux/dev&limit=3&expand=payloads&cursor=" + cursor);
    const Given body = Given::parse(reply->body);
    for (const Given& row : body["items"]) seen += row["json_input"]["prompt"];
    EXPECT_EQ(body["has_more"], page < 2);
    EXPECT_EQ(body["next_cursor"].is_null(), page == 2);
    if (page < 2) cursor = body["next_cursor"];
  }
  EXPECT_EQ(seen, "6543210");
}

TEST_F(QueueTest, ParametersOfTheHistoryAreChecked) {
  StartSim(Quick());
  ASSERT_EQ(Generate(Prompt("a"))->status, 200);
  ASSERT_EQ(Generate(Prompt("b"), "/fal-ai/flux/schnell")->status, 200);
  EXPECT_EQ(Rows("endpoint_id=fal-ai/flux/dev&endpoint_id=fal-ai/flux/schnell").size(), 2U);
  EXPECT_EQ(Rows("endpoint_id=fal-ai/flux/dev,fal-ai/flux/schnell&sort_by=duration").size(), 2U);
  EXPECT_EQ(
      Rows("endpoint_id=fal-ai/flux/dev&start=2020-01-01T00:00:00Z&end=2100-01-01T00:00:00%2B01:00").size(),
      1U);
  EXPECT_EQ(Rows("endpoint_id=fal-ai/flux/dev&end=2020-01-01").size(), 0U);
  EXPECT_EQ(Rows("endpoint_id=fal-ai/flux/dev&request_id=none").size(), 0U);
  std::string many = "endpoint_id=fal-ai/flux/dev";
  for (int i = 0; i < 50; ++i) many += ",fal-ai/flux/dev";
  const std::pair<std::string, std::string> rows[] = {
      {"", "endpoint_id: wanted 1 to 50"},
      {"endpoint_id=", "endpoint_id: wanted 1 to 50"},
      {many, "endpoint_id: wanted 1 to 50"},
      {"endpoint_id=fal-ai/flux/dev&start=yesterday", "start: wanted"},
      {"endpoint_id=fal-ai/flux/dev&end=2026-13-01", "end: wanted"},
      {"endpoint_id=fal-ai/flux/dev&end=infinite-future", "end: wanted"},
      {"endpoint_id=fal-ai/flux/dev&status=ok", "status: wanted"},
      {"endpoint_id=fal-ai/flux/dev&sort_by=cost", "sort_by: wanted"},
      {"endpoint_id=fal-ai/flux/dev&expand=cost", "expand: wanted"},
      {"endpoint_id=fal-ai/flux/dev&limit=0", "limit: wanted"},
      {"endpoint_id=fal-ai/flux/dev&limit=101", "limit: wanted"},
      {"endpoint_id=fal-ai/flux/dev&limit=-1", "limit: wanted"},
      {"endpoint_id=fal-ai/flux/dev&limit=99999999999999999999", "limit: wanted"},
      {"endpoint_id=fal-ai/flux/dev&cursor=%00", "cursor: wanted"},
  };
  for (const auto& [query, why] : rows) {
    const auto reply = History(query);
    EXPECT_EQ(reply->status, 400) << query;
    const Given error = Given::parse(reply->body)["error"];
    EXPECT_EQ(error["type"], "validation_error") << query;
    EXPECT_THAT(error["message"].get<std::string>(), StartsWith(why)) << query;
  }
}

TEST_F(QueueTest, ThePlatformSpeaksInItsOwnShape) {
  StartSim(Quick());
  struct Row {
    httplib::Headers headers;
    std::string path;
    int status;
    const char* type;
  };
  const std::string good = std::string(kList) + "?endpoint_id=fal-ai/flux/dev";
  const Row rows[] = {{{}, good, 401, "authorization_error"},
                      {{{"Authorization", "Bearer sim:sim"}}, good, 401, "authorization_error"},
                      {{{"Authorization", "Key a:b"}}, good, 401, "authorization_error"},
                      {{{"Authorization", "Key locked:b"}}, good, 403, "authorization_error"},
                      {key_, std::string(kList) + "?endpoint_id=fal-ai/none", 404, "not_found"},
                      {key_, std::string(kList) + "?endpoint_id=none", 404, "not_found"},
                      {key_, "/v1/models/none", 404, "not_found"},
                      {key_, "/fal-ai/flux/dev", 404, "not_found"}};
  for (const Row& row : rows) {
    const auto reply = ClientOf(platform_port_).Get(row.path, row.headers);
    EXPECT_EQ(reply->status, row.status) << row.path;
    EXPECT_EQ(Given::parse(reply->body)["error"]["type"], row.type) << row.path;
    EXPECT_FALSE(reply->has_header("x-fal-billable-units"));
  }
  EXPECT_EQ(ClientOf(platform_port_).Post(kList, key_, "{}", "application/json")->status, 404);
  EXPECT_EQ(History("endpoint_id=fal-ai/flux/dev")->status, 200);
}

}  // namespace
}  // namespace flux::sim
