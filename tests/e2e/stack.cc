// Starts simulator, service and gateway in this order and waits until the gateway is ready.
#include "tests/e2e/stack.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>
#include <utility>

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> WithArguments(std::vector<std::string> base, const std::vector<std::string>& more) {
  base.insert(base.end(), more.begin(), more.end());
  return base;
}

}  // namespace

bool Eventually(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string Answer::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Stack::Stack(StackOptions options) : options_(std::move(options)) {
  sim = std::make_unique<Process>("flux-sim", WithArguments({"--listen=127.0.0.1:0"}, options_.sim),
                                  Process::Settings{{"FLUX_SIM_KEY", kKey}});
  fal_ = sim->Address("fal");
  service = StartService(options_.service_program, options_.before, "127.0.0.1:0");
  grpc_ = service->Address("grpc");
  gateway = AnotherGateway(grpc_);
  public_ = gateway->Address("http");
}

std::unique_ptr<Process> Stack::StartService(const std::string& program, std::vector<std::string> arguments,
                                             const std::string& listen) const {
  arguments =
      WithArguments(std::move(arguments),
                    {"--listen=" + listen, "--metrics-listen=127.0.0.1:0",
                     "--fal-url=" + (options_.fal_url.empty() ? "http://" + fal_ : options_.fal_url)});
  if (options_.whole_fal) {
    arguments.push_back("--fal-queue-url=http://" + sim->Address("queue"));
    arguments.push_back("--fal-platform-url=http://" + sim->Address("platform"));
    arguments.push_back("--fal-keys-url=http://" + fal_ + "/.well-known/jwks.json");
  }
  Process::Settings environment = options_.environment;
  environment["FAL_KEY"] = kKey;
  return std::make_unique<Process>(program, WithArguments(std::move(arguments), options_.service),
                                   environment);
}

std::unique_ptr<Process> Stack::AnotherService() {
  return StartService("flux-service", {}, "127.0.0.1:0");
}

std::unique_ptr<Process> Stack::AnotherGateway(const std::string& services) {
  auto made = std::make_unique<Process>("flux-gateway",
                                        WithArguments({"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
                                                       "--rate-limit-per-minute=0", "--service=" + services},
                                                      options_.gateway));
  const std::string admin = made->Address("admin");
  EXPECT_TRUE(Eventually([&] { return Get(admin, "/readyz").status == 200; })) << made->Output();
  return made;
}

void Stack::RestartService() {
  // Its address is free then, unless a connection of another test's was given the port meanwhile.
  service.reset();
  EXPECT_TRUE(Eventually([this] {
    service = StartService("flux-service", {}, grpc_);
    return !service->MaybeAddress("grpc").empty();
  })) << service->Output();
}

Answer Stack::Post(const std::string& path, const std::string& body, const httplib::Headers& headers) {
  return PostTo(public_, path, body, headers);
}

Answer Stack::PostTo(const std::string& address, const std::string& path, const std::string& body,
                     const httplib::Headers& headers) {
  httplib::Client client("http://" + address);
  client.set_read_timeout(60s);
  client.set_tcp_nodelay(true);
  const httplib::Result result = client.Post(path, headers, body, "application/json");
  if (!result) return {};
  return {result->status, result->headers, result->body, nlohmann::json::parse(result->body, nullptr, false)};
}

Answer Stack::Insist(const std::string& path, const std::string& body, const httplib::Headers& headers) {
  Answer last;
  Eventually([&] {
    last = Post(path, body, headers);
    return last.status == 200;
  });
  return last;
}

Answer Stack::Draw(const std::string& prompt) {
  return Post("/api/v1/flux/text-to-image/dev", nlohmann::json{{"prompt", prompt}}.dump());
}

Answer Stack::Get(const std::string& address, const std::string& path, const httplib::Headers& headers) {
  const httplib::Result result = httplib::Client("http://" + address).Get(path, headers);
  if (!result) return {};
  return {result->status, result->headers, result->body, nlohmann::json::parse(result->body, nullptr, false)};
}

nlohmann::json Stack::Ledger() {
  return Get(fal_, "/_sim/ledger").json;
}

std::size_t Stack::Billed() {
  return Ledger()["purchases"].size();
}

std::size_t Stack::Billed(const std::string& prompt) {
  const auto query = httplib::append_query_params("/_sim/ledger", {{"prompt", prompt}});
  return Get(fal_, query).json["purchases"].size();
}

void Stack::Arm(const std::string& fault, int count) {
  const nlohmann::json arming{{"fault", fault}, {"count", count}};
  EXPECT_EQ(PostTo(fal_, "/_sim/faults", arming.dump()).status, 200) << fault;
}

nlohmann::json Stack::LastRequest() {
  return Get(fal_, "/_sim/requests").json["requests"].back();
}

std::vector<Answer> AtOnce(std::size_t count, const std::function<Answer(std::size_t)>& ask) {
  std::vector<Answer> answers(count);
  std::latch all(static_cast<std::ptrdiff_t>(count));
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < count; ++i) {
    callers.emplace_back([&, i] {
      all.arrive_and_wait();
      answers[i] = ask(i);
    });
  }
  for (std::thread& caller : callers) caller.join();
  return answers;
}

}  // namespace flux::e2e
