// Starts simulator, service and gateway in this order and waits until the gateway is ready.
#include "tests/e2e/stack.h"

#include <gtest/gtest.h>

#include <thread>

namespace flux::e2e {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> With(std::vector<std::string> base, const std::vector<std::string>& more) {
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

Stack::Stack(StackOptions options) {
  sim = std::make_unique<Process>("flux-sim", With({"--listen=127.0.0.1:0"}, options.sim),
                                  Process::Settings{{"FLUX_SIM_KEY", kKey}});
  fal_ = sim->Address("fal");
  const std::string fal_url = options.fal_url.empty() ? "http://" + fal_ : options.fal_url;
  if (options.queue) {
    options.service.push_back("--fal-queue-url=http://" + sim->Address("queue"));
    options.service.push_back("--fal-platform-url=http://" + sim->Address("platform"));
  }
  service = std::make_unique<Process>(
      "flux-service",
      With({"--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--fal-url=" + fal_url}, options.service),
      Process::Settings{{"FAL_KEY", kKey}});
  gateway = std::make_unique<Process>(
      "flux-gateway", With({"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--rate-limit-per-minute=0",
                            "--service=" + service->Address("grpc")},
                           options.gateway));
  public_ = gateway->Address("http");
  const std::string admin = admin_address();
  EXPECT_TRUE(Eventually([&] { return Get(admin, "/readyz").status == 200; })) << gateway->Output();
}

Answer Stack::Post(const std::string& path, const std::string& body, const httplib::Headers& headers) {
  httplib::Client client("http://" + public_);
  client.set_read_timeout(60s);
  client.set_tcp_nodelay(true);
  const httplib::Result result = client.Post(path, headers, body, "application/json");
  if (!result) return {};
  return {result->status, result->headers, result->body, nlohmann::json::parse(result->body, nullptr, false)};
}

Answer Stack::Draw(const std::string& prompt) {
  return Post("/api/v1/flux/text-to-image/dev", nlohmann::json{{"prompt", prompt}}.dump());
}

Answer Stack::Get(const std::string& address, const std::string& path) {
  const httplib::Result result = httplib::Client("http://" + address).Get(path);
  if (!result) return {};
  return {result->status, result->headers, result->body, nlohmann::json::parse(result->body, nullptr, false)};
}

nlohmann::json Stack::Ledger() {
  return Get(fal_, "/_sim/ledger").json;
}

std::size_t Stack::Billed() {
  return Ledger()["purchases"].size();
}

nlohmann::json Stack::LastRequest() {
  return Get(fal_, "/_sim/requests").json["requests"].back();
}

}  // namespace flux::e2e
