// Who may call flux-service's gRPC port, and over which kinds of connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/stack.h"
#include "tests/fakes/certificate.h"

namespace flux::e2e {
namespace {

using testing::HasSubstr;

constexpr char kToken[] = "abc";
constexpr char kTokenHash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class DoorTest : public testing::Test {
 protected:
  std::vector<std::string> ServiceTls() const {
    return {"--tls-cert=" + certificate_.certificate().string(), "--tls-key=" + certificate_.key().string()};
  }
  std::vector<std::string> GatewayTls() const {
    return {"--service-ca-file=" + certificate_.certificate().string()};
  }
  // The certificate is its own authority.
  std::vector<std::string> Mutual(std::vector<std::string> base, const std::string& flag) const {
    for (const char* end : {"cert=", "key="}) {
      const auto file = end[0] == 'c' ? certificate_.certificate() : certificate_.key();
      base.push_back(flag + end + file.string());
    }
    return base;
  }

  static std::pair<int, std::string> RunProgram(const std::string& program,
                                                std::vector<std::string> arguments) {
    Process process(program, std::move(arguments), {{"PATH", "/usr/local/bin:/usr/bin:/bin"}});
    const int code = process.Wait();
    return {code, process.Output()};
  }

  fakes::Certificate certificate_;
};

TEST_F(DoorTest, GatewayReachesAServiceOverTls) {
  Stack stack({.service = ServiceTls(), .gateway = GatewayTls()});
  EXPECT_EQ(stack.Draw("x").status, 200);
}

TEST_F(DoorTest, GatewayDoesNotTrustAnotherAuthority) {
  const fakes::Certificate other;
  Stack stack({.service = ServiceTls(), .gateway = GatewayTls()});
  Process stranger(
      "flux-gateway",
      {"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--service=" + stack.service->Address("grpc"),
       "--service-ca-file=" + other.certificate().string(), "--request-timeout=2s"});
  const httplib::Result answer =
      httplib::Client("http://" + stranger.Address("http"))
          .Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x"})", "application/json");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(stack.Billed(), 0u);
}

TEST_F(DoorTest, MutualTlsTakesOnlyClientsWithACertificate) {
  std::vector<std::string> service = ServiceTls();
  service.push_back("--tls-client-ca=" + certificate_.certificate().string());
  Stack stack({.service = service, .gateway = Mutual(GatewayTls(), "--service-tls-")});
  EXPECT_EQ(stack.Draw("x").status, 200);
  Process stranger("flux-gateway",
                   {"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
                    "--service=" + stack.service->Address("grpc"), GatewayTls()[0], "--request-timeout=2s"});
  const httplib::Result answer =
      httplib::Client("http://" + stranger.Address("http"))
          .Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x"})", "application/json");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(stack.Billed(), 1u);
}

TEST_F(DoorTest, ANewCertificateIsTakenUpWithoutARestart) {
  const auto serving = [](const std::string& address, const fakes::Certificate& trusted) {
    return RunProgram("/usr/bin/python3", {FLUX_SOURCE_DIR "/tests/clients/grpc_client.py",
                                           FLUX_SOURCE_DIR "/proto", address, trusted.certificate().string()})
               .first == 0;
  };
  const fakes::Certificate next;
  Stack stack({.service = ServiceTls(), .gateway = GatewayTls()});
  const std::string address = stack.service->Address("grpc");
  EXPECT_TRUE(serving(address, certificate_));
  EXPECT_FALSE(serving(address, next));
  constexpr auto kOver = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::copy_file(next.key(), certificate_.key(), kOver);
  std::filesystem::copy_file(next.certificate(), certificate_.certificate(), kOver);
  EXPECT_TRUE(Eventually([&] { return serving(address, next); }));
}

TEST_F(DoorTest, ATokenIsAskedForAndAnUnknownOneSpendsNothing) {
  Process sim("flux-sim", {"--listen=127.0.0.1:0"}, {{"FLUX_SIM_KEY", kKey}});
  Process service("flux-service",
                  {"--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0",
                   "--fal-url=http://" + sim.Address("fal"), std::string("--token-sha256=") + kTokenHash},
                  {{"FAL_KEY", kKey}});
  const auto draw = [&](const std::string& token) {
    Process gateway(
        "flux-gateway",
        {"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--service=" + service.Address("grpc")},
        {{"FLUX_SERVICE_TOKEN", token}});
    httplib::Client client("http://" + gateway.Address("http"));
    const httplib::Result answer =
        client.Post("/api/v1/flux/text-to-image/dev", R"({"prompt":"x"})", "application/json");
    EXPECT_EQ(gateway.Output().find(token.empty() ? "Bearer" : token + "\""), std::string::npos);
    return answer ? std::to_string(answer->status) + answer->body : "no answer";
  };
  EXPECT_THAT(draw(kToken), HasSubstr("200{\"success\":true"));
  EXPECT_THAT(draw("wrong-token-canary"), HasSubstr("503"));
  EXPECT_THAT(draw(""), HasSubstr("refuses this gateway's credentials"));
  const httplib::Result ledger = httplib::Client("http://" + sim.Address("fal")).Get("/_sim/ledger");
  EXPECT_EQ(nlohmann::json::parse(ledger->body)["purchases"].size(), 1u);
}

TEST_F(DoorTest, ATokenIsNotSentInClearTextToAnotherMachine) {
  Process gateway("flux-gateway", {"--service=flux.example:50051", "--check-config"},
                  {{"FLUX_SERVICE_TOKEN", "token-canary"}});
  EXPECT_EQ(gateway.Wait(), 2);
  EXPECT_THAT(gateway.Output(), HasSubstr("clear text"));
  EXPECT_THAT(gateway.Output(), testing::Not(HasSubstr("token-canary")));
}

TEST_F(DoorTest, WrongFilesAreToldAtStart) {
  const fakes::Certificate other;
  Process service("flux-service",
                  {"--check-config", "--tls-cert=" + certificate_.certificate().string(),
                   "--tls-key=" + other.key().string(), "--tls-client-ca=/nowhere", "--token-sha256=abc"},
                  {{"FAL_KEY", kKey}});
  EXPECT_EQ(service.Wait(), 2);
  EXPECT_THAT(service.Output(), HasSubstr("does not belong"));
  EXPECT_THAT(service.Output(), HasSubstr("/nowhere"));
  EXPECT_THAT(service.Output(), HasSubstr("64 hex digits"));
}

TEST_F(DoorTest, ReflectionCanBeSwitchedOff) {
  Stack stack({.service = {"--reflection=false"}});
  const auto [code, output] =
      RunProgram("/usr/bin/python3", {FLUX_SOURCE_DIR "/tests/clients/grpc_client.py",
                                      FLUX_SOURCE_DIR "/proto", stack.service->Address("grpc")});
  EXPECT_NE(code, 0);
  EXPECT_THAT(output, HasSubstr("UNIMPLEMENTED"));
}

TEST_F(DoorTest, JavaScriptClientOverTlsWithReflectionAndToken) {
  std::vector<std::string> service = ServiceTls();
  service.push_back(std::string("--token-sha256=") + kTokenHash);
  Process sim("flux-sim", {"--listen=127.0.0.1:0"}, {{"FLUX_SIM_KEY", kKey}});
  service.insert(service.end(), {"--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0",
                                 "--fal-url=http://" + sim.Address("fal")});
  Process served("flux-service", service, {{"FAL_KEY", kKey}});
  const auto [code, output] =
      RunProgram("/usr/bin/env", {"node", FLUX_SOURCE_DIR "/tests/clients/grpc_client.js",
                                  served.Address("grpc"), certificate_.certificate().string(), kToken});
  EXPECT_EQ(code, 0) << output;
}

}  // namespace
}  // namespace flux::e2e
