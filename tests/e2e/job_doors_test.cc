// Jobs from outside: every way to wait for one, streams that outlive gateways and services, readers that do
// not read, and ids of others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/e2e/api_key.h"
#include "tests/e2e/stack.h"
#include "tests/gateway/http/raw_client.h"

namespace flux::e2e {
namespace {

using gateway::RawClient;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

std::string Prompt(const std::string& words) {
  return nlohmann::json{{"prompt", words}}.dump();
}

StackOptions Kept(const std::string& name, std::vector<std::string> gateway = {}) {
  const std::string file = testing::TempDir() + "flux_" + name + ".db";
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
  return {.service = {"--store=sqlite:" + file}, .gateway = std::move(gateway), .whole_fal = true};
}

// Begins a job; its id.
std::string Begin(Stack& stack, const std::string& words, httplib::Headers headers = {}) {
  headers.emplace("Prefer", "respond-async");
  const Answer begun = stack.Post(kDev, Prompt(words), headers);
  EXPECT_EQ(begun.status, 202) << begun.body;
  return begun.json["job"]["id"].get<std::string>();
}

std::string Ask(const std::string& id, const std::string& last = "") {
  return "GET /api/v1/jobs/" + id + " HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n" +
         (last.empty() ? "" : "Last-Event-ID: " + last + "\r\n") + "\r\n";
}

// A reader of one connection, as a thread: what it has read so far, and whether it has ended.
class Reader {
 public:
  Reader(const std::string& address, const std::string& request) : client_("http://" + address) {
    const auto line = request.substr(4, request.find(" HTTP") - 4);
    httplib::Headers headers{{"Accept", "text/event-stream"}};
    if (const auto at = request.find("Last-Event-ID: "); at != std::string::npos) {
      headers.emplace("Last-Event-ID", request.substr(at + 15, request.find('\r', at) - at - 15));
    }
    client_.set_read_timeout(60s);
    thread_ = std::thread([this, line, headers] {
      const httplib::Result result = client_.Get(line, headers, [this](const char* data, std::size_t size) {
        const std::lock_guard lock(mutex_);
        read_.append(data, size);
        return true;
      });
      status_ = result ? result->status : -1;
    });
  }
  ~Reader() { thread_.join(); }

  std::string read() {
    const std::lock_guard lock(mutex_);
    return read_;
  }
  // The HTTP status once it has ended; -1: the connection was lost.
  int End() {
    EXPECT_TRUE(Eventually([this] { return status_ != 0; })) << read();
    return status_;
  }
  // The id of the last event.
  std::string Last() {
    const std::string all = read();
    const auto at = all.rfind("\nid: ");
    return at == std::string::npos ? "" : all.substr(at + 5, all.find('\n', at + 1) - at - 5);
  }

 private:
  httplib::Client client_;
  std::mutex mutex_;
  std::string read_;
  std::atomic<int> status_{0};
  std::thread thread_;
};

TEST(JobDoorsTest, EveryWayToWait) {
  Stack stack(Kept("prefer"));
  const Answer plain = stack.Post(kDev, Prompt("x"));
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.Header("Preference-Applied"), "");

  const Answer waited = stack.Post(kDev, Prompt("x"), {{"Prefer", "wait=30"}});
  EXPECT_EQ(waited.status, 200) << waited.body;
  EXPECT_EQ(waited.Header("Preference-Applied"), "wait=30");
  EXPECT_NE(waited.Header("x-job-id"), "");
  for (const auto& [name, value] : plain.json["data"].items())
    EXPECT_TRUE(waited.json["data"].contains(name)) << name;

  const Answer ran_out = stack.Post(kDev, Prompt("sim:slow=3000"), {{"Prefer", "wait=1"}});
  EXPECT_EQ(ran_out.status, 202) << ran_out.body;
  const std::string place = ran_out.Header("Location");
  EXPECT_EQ(place, "/api/v1/jobs/" + ran_out.json["job"]["id"].get<std::string>());
  EXPECT_TRUE(Eventually(
      [&] { return stack.Get(stack.public_address(), place).json["job"]["state"] == "succeeded"; }));
  EXPECT_EQ(stack.Billed("sim:slow=3000"), 1u);

  const Answer failed = stack.Post(kDev, Prompt("sim:policy"), {{"Prefer", "wait=30"}});
  const Answer failed_plain = stack.Post(kDev, Prompt("sim:policy"));
  EXPECT_EQ(failed.status, failed_plain.status) << failed.body;
  EXPECT_EQ(failed.json["code"], failed_plain.json["code"]);
  EXPECT_EQ(failed.json["billed"], failed_plain.json["billed"]);

  const Answer refused = stack.Post(kDev, R"({"prompt":"x","num_images":99})", {{"Prefer", "respond-async"}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json["field"], "num_images");

  const Answer odd = stack.Post(kDev, Prompt("x"), {{"Prefer", "wait=soon; \"x"}});
  EXPECT_EQ(odd.status, 200);
  EXPECT_THAT(odd.json["warnings"].dump(), HasSubstr("Prefer"));

  const httplib::Headers key{{"Prefer", "respond-async"}, {"Idempotency-Key", "order-1"}};
  const Answer once = stack.Post(kDev, Prompt("keyed"), key);
  const Answer twice = stack.Post(kDev, Prompt("keyed"), key);
  EXPECT_EQ(twice.json["job"]["id"], once.json["job"]["id"]);
  EXPECT_EQ(twice.Header("Idempotent-Replayed"), "true");
  EXPECT_EQ(stack.Post(kDev, Prompt("another"), key).status, 422);
  EXPECT_EQ(stack.Post(kDev, Prompt("keyed"), {{"Prefer", "wait=30"}, {"Idempotency-Key", "order-1"}}).status,
            200);
  EXPECT_EQ(stack.Billed("keyed"), 1u);

  const std::string metrics = stack.Get(stack.admin_address(), "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("flux_gateway_job_waits_total{outcome=\"ran_out\"} 1"));
  EXPECT_THAT(stack.gateway->Output(), HasSubstr("\"job\":\"" + once.json["job"]["id"].get<std::string>()));
}

TEST(JobDoorsTest, AStreamGoesOnThroughAnotherGateway) {
  Stack stack(Kept("restart"));
  const std::string id = Begin(stack, "sim:slow=4000");
  std::string last;
  {
    Reader reader(stack.public_address(), Ask(id));
    EXPECT_TRUE(Eventually([&] { return reader.read().find("event: status") != std::string::npos; }));
    const auto before = std::chrono::steady_clock::now();
    stack.gateway->Signal(SIGTERM);
    EXPECT_EQ(reader.End(), 200) << "it ends in good order";
    EXPECT_LT(std::chrono::steady_clock::now() - before, 3s) << "and holds no rollout up";
    EXPECT_EQ(stack.gateway->Wait(), 0);
    EXPECT_THAT(reader.read(), Not(HasSubstr("event: result")));
    last = reader.Last();
    EXPECT_THAT(last, testing::StartsWith(id + "."));
  }
  stack.gateway = stack.AnotherGateway(stack.service->Address("grpc"));
  Reader reader(stack.gateway->Address("http"), Ask(id, last));
  EXPECT_EQ(reader.End(), 200);
  EXPECT_THAT(reader.read(), AllOf(HasSubstr("event: result"), Not(HasSubstr("event: error"))));
  EXPECT_THAT(reader.Last(), testing::EndsWith(".end"));
  Reader again(stack.gateway->Address("http"), Ask(id, reader.Last()));
  EXPECT_EQ(again.End(), 204);
  EXPECT_EQ(stack.Billed(), 1u);
}

TEST(JobDoorsTest, AStreamDoesNotNoticeThatItsServiceWasKilled) {
  Stack stack(Kept("kill"));
  const std::string id = Begin(stack, "sim:slow=4000");
  Reader reader(stack.public_address(), Ask(id));
  EXPECT_TRUE(Eventually([&] { return reader.read().find("\"accepted\"") != std::string::npos; }))
      << reader.read();
  stack.service->Signal(SIGKILL);
  EXPECT_EQ(stack.service->Wait(), 128 + SIGKILL);
  stack.RestartService();
  EXPECT_EQ(reader.End(), 200);
  EXPECT_THAT(reader.read(), AllOf(HasSubstr("event: result"), Not(HasSubstr("event: error"))));
  // Its line in the log tells of all of it.
  nlohmann::json line;
  EXPECT_TRUE(Eventually([&] {
    const std::string output = stack.gateway->Output();
    const auto path = output.find("\"path\":\"/api/v1/jobs/" + id);
    if (path == std::string::npos) return false;
    const auto begin = output.rfind('{', path);
    line = nlohmann::json::parse(output.substr(begin, output.find('\n', path) - begin));
    return true;
  }));
  EXPECT_GE(line["bytes_out"], reader.read().size());
  EXPECT_GE(line["duration_ms"], 3'000);
  EXPECT_EQ(line["job"], id);
  EXPECT_EQ(line["delivered"], true);
  EXPECT_EQ(stack.Billed(), 1u);
}

TEST(JobDoorsTest, ManyWatchOneJobAndMostDoNotRead) {
  constexpr std::size_t kMany = 1'000;
  // AddressSanitizer would keep 256 MiB of what was freed.
  const char* const options = std::getenv("ASAN_OPTIONS");
  setenv("ASAN_OPTIONS",
         ((options == nullptr ? "" : options + std::string(":")) + "quarantine_size_mb=8").c_str(), 1);
  Stack stack(
      Kept("many", {"--looks-per-minute=0", "--max-job-streams=1100", "--max-job-streams-per-caller=1050"}));
  // A result of a megabyte and more.
  const Answer begun =
      stack.Post(kDev, R"({"prompt":"sim:slow=5000","sync_mode":true,"output_format":"png"})",
                 {{"Prefer", "respond-async"}});
  ASSERT_EQ(begun.status, 202) << begun.body;
  const std::string id = begun.json["job"]["id"].get<std::string>();
  const std::size_t before = stack.gateway->Resident();
  std::vector<RawClient> silent;
  for (std::size_t i = 0; i < kMany; ++i) {
    silent.emplace_back(stack.public_address());
    ASSERT_TRUE(silent.back().Send(Ask(id)));
  }
  const auto open = [&] { return stack.Get(stack.admin_address(), "/metrics").body; };
  EXPECT_TRUE(
      Eventually([&] { return open().find("flux_gateway_job_streams_open 1000") != std::string::npos; }));
  EXPECT_THAT(open(), HasSubstr("flux_gateway_jobs_watched 1\n")) << "one call for all of them";
  Reader reader(stack.public_address(), Ask(id));
  EXPECT_EQ(reader.End(), 200);
  EXPECT_THAT(reader.read(), HasSubstr("event: result"));
  EXPECT_EQ(stack.Draw("x").status, 200);
  EXPECT_LT(stack.gateway->Resident(), before + 300) << "MiB: a piece of the result each, not all of it";
  // Those who do read are told all the same.
  for (std::size_t i = 0; i < kMany; i += 100) {
    const gateway::RawReply told = silent[i].Read();
    EXPECT_EQ(told.status, 200);
    EXPECT_THAT(told.body, HasSubstr("event: result"));
  }
  silent.clear();
  EXPECT_TRUE(
      Eventually([&] { return open().find("flux_gateway_job_streams_open 0") != std::string::npos; }));
}

TEST(JobDoorsTest, StreamsAreBoundedForEachAndForAll) {
  Stack stack(Kept("bounds", {"--max-job-streams=5", "--max-job-streams-per-caller=2"}));
  const std::string id = Begin(stack, "sim:slow=60000");
  RawClient one(stack.public_address());
  RawClient two(stack.public_address());
  for (RawClient* client : {&one, &two}) client->Send(Ask(id));
  EXPECT_TRUE(Eventually([&] {
    return stack.Get(stack.admin_address(), "/metrics").body.find("flux_gateway_job_streams_open 2") !=
           std::string::npos;
  }));
  const Answer refused =
      stack.Get(stack.public_address(), "/api/v1/jobs/" + id, {{"Accept", "text/event-stream"}});
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(refused.json["code"], "CONCURRENCY_LIMITED");
  EXPECT_NE(refused.Header("Retry-After"), "");
  EXPECT_EQ(stack.Get(stack.public_address(), "/api/v1/jobs/" + id).status, 200) << "a look is no stream";
}

TEST(JobDoorsTest, WhatIsSomebodyElsesIsNothing) {
  const Key ada = Keygen({"ada"});
  const Key bob = Keygen({"bob"});
  const std::string file = testing::TempDir() + "flux_job_keys";
  std::ofstream(file, std::ios::trunc) << ada.line << "\n" << bob.line << "\n";
  Stack stack(Kept("owners", {"--api-keys-file=" + file}));
  const httplib::Headers as_ada{{"Authorization", "Bearer " + ada.key}};
  const httplib::Headers as_bob{{"Authorization", "Bearer " + bob.key}};
  const std::string id = Begin(stack, "x", as_ada);
  const std::string path = "/api/v1/jobs/" + id;
  EXPECT_EQ(stack.Get(stack.public_address(), path, as_ada).status, 200);
  EXPECT_EQ(stack.Get(stack.public_address(), path).status, 401);
  httplib::Headers events = as_bob;
  events.emplace("Accept", "text/event-stream");
  httplib::Client client("http://" + stack.public_address());
  for (const int status :
       {stack.Get(stack.public_address(), path, as_bob).status,
        stack.Get(stack.public_address(), path, events).status, client.Delete(path, as_bob)->status,
        stack.Post(path + "/redeliver", "", as_bob).status}) {
    EXPECT_EQ(status, 404);
  }
  const Answer unknown = stack.Get(stack.public_address(), "/api/v1/jobs/" + std::string(32, '0'), as_bob);
  const Answer others = stack.Get(stack.public_address(), path, as_bob);
  nlohmann::json one = unknown.json;
  nlohmann::json two = others.json;
  one.erase("request_id");
  two.erase("request_id");
  EXPECT_EQ(one, two) << "the same as what is not there";
}

TEST(JobDoorsTest, CursorsThatWereTamperedWithAreRefused) {
  Stack stack(Kept("cursors"));
  for (const char* query :
       {"?cursor=x", "?cursor=%00", "?cursor=AAAA%22", "?limit=0", "?limit=101", "?state=all"}) {
    const Answer answer = stack.Get(stack.public_address(), std::string("/api/v1/jobs") + query);
    EXPECT_EQ(answer.status, 422) << query << answer.body;
  }
}

TEST(JobDoorsTest, LooksAreBounded) {
  Stack stack(Kept("looks", {"--looks-per-minute=5"}));
  int limited = 0;
  for (int i = 0; i < 20; ++i) {
    const Answer answer = stack.Get(stack.public_address(), "/api/v1/jobs/" + std::string(32, 'a'));
    if (answer.status != 429) continue;
    ++limited;
    EXPECT_EQ(answer.json["code"], "RATE_LIMITED");
    EXPECT_NE(answer.Header("Retry-After"), "");
  }
  EXPECT_GE(limited, 14);
  EXPECT_EQ(stack.Draw("x").status, 200) << "who looks too often may still buy";
}

TEST(JobDoorsTest, ABrowserFollowsAJobThroughARestartOfItsGateway) {
  Stack stack(Kept("browser"));
  Process browser("/usr/bin/env",
                  {"node", FLUX_SOURCE_DIR "/tests/e2e/event_source.mjs", std::string(FLUX_BIN_DIR),
                   stack.service->Address("grpc")},
                  {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", testing::TempDir()}});
  EXPECT_EQ(browser.Wait(), 0) << browser.Output();
  EXPECT_EQ(stack.Billed(), 1u);
}

// A proxy that drops a connection which is silent for twelve seconds; the job takes twenty-five.
TEST(JobDoorsTest, HeartbeatsKeepAnImpatientProxyPatient) {
  Stack stack(Kept("nginx"));
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "flux_nginx";
  std::filesystem::create_directories(folder);
  const std::string socket = (folder / "front").string();
  std::filesystem::remove(socket);
  std::ofstream(folder / "nginx.conf", std::ios::trunc)
      << "daemon off; worker_processes 1; pid " << (folder / "pid").string() << "; error_log stderr;\n"
      << "events {}\nhttp { access_log off;\n"
      << "  client_body_temp_path " << folder.string() << "/b; proxy_temp_path " << folder.string() << "/p;\n"
      << "  fastcgi_temp_path " << folder.string() << "/f; uwsgi_temp_path " << folder.string()
      << "/u; scgi_temp_path " << folder.string() << "/s;\n"
      << "  server { listen unix:" << socket << "; location / { proxy_pass http://" << stack.public_address()
      << "; proxy_http_version 1.1; proxy_read_timeout 12s; } } }\n";
  Process nginx("/usr/sbin/nginx", {"-p", folder.string(), "-c", (folder / "nginx.conf").string()});
  ASSERT_TRUE(Eventually([&] { return std::filesystem::exists(socket); })) << nginx.Output();
  const std::string id = Begin(stack, "sim:slow=25000");
  Process client("/usr/bin/curl", {"-sSN", "--max-time", "50", "--unix-socket", socket, "-H",
                                   "Accept: text/event-stream", "http://a/api/v1/jobs/" + id});
  EXPECT_EQ(client.Wait(), 0);
  EXPECT_THAT(client.Output(), AllOf(HasSubstr(": still there"), HasSubstr("event: result")));
  nginx.Signal(SIGTERM);
  nginx.Wait();
}

}  // namespace
}  // namespace flux::e2e
