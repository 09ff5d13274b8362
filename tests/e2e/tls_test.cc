// fal over HTTPS: which certificates are trusted, and HTTP/2 through a proxy that is not part of this
// project.
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <thread>

#include "tests/e2e/stack.h"
#include "tests/fakes/certificate.h"
#include "tests/fakes/raw_server.h"

namespace flux::e2e {
namespace {

class TlsTest : public testing::Test {
 protected:
  fakes::Certificate certificate_;
};

TEST_F(TlsTest, TrustedAuthorityMakesPictures) {
  Process sim("flux-sim",
              {"--listen=127.0.0.1:0", "--tls-cert=" + certificate_.certificate().string(),
               "--tls-key=" + certificate_.key().string()},
              {{"FLUX_SIM_KEY", kKey}});
  Stack stack({.service = {"--fal-ca-file=" + certificate_.certificate().string()},
               .fal_url = "https://" + sim.Address("fal")});
  EXPECT_EQ(stack.Draw("x").status, 200);
}

TEST_F(TlsTest, UntrustedCertificateSpendsNothing) {
  Process sim("flux-sim",
              {"--listen=127.0.0.1:0", "--tls-cert=" + certificate_.certificate().string(),
               "--tls-key=" + certificate_.key().string()},
              {{"FLUX_SIM_KEY", kKey}});
  Stack stack({.fal_url = "https://" + sim.Address("fal")});
  const Answer answer = stack.Draw("x");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.json["code"], "UPSTREAM_UNTRUSTED");
  EXPECT_EQ(answer.json["billed"], "no");
  EXPECT_EQ(answer.json["retryable"], false);
}

TEST_F(TlsTest, ManyAtOnceShareOneHttp2Connection) {
  Process sim("flux-sim", {"--listen=127.0.0.1:0", "--latency=300ms"}, {{"FLUX_SIM_KEY", kKey}});
  std::string backend = sim.Address("fal");
  backend.replace(backend.rfind(':'), 1, ",");
  // nghttpx cannot tell a port that it chose by itself.
  int port = 0;
  {
    port = fakes::RawServer([](fakes::RawConnection&, int) {}).port();
  }
  Process front("/usr/sbin/nghttpx",
                {"--frontend=127.0.0.1," + std::to_string(port), "--backend=" + backend, "--workers=1",
                 "--accesslog-file=/dev/stdout", "--accesslog-format=served $remote_port $alpn $status",
                 "--errorlog-file=/dev/null", "--conf=/dev/null", certificate_.key().string(),
                 certificate_.certificate().string()});
  Stack stack({.service = {"--fal-ca-file=" + certificate_.certificate().string()},
               .fal_url = "https://127.0.0.1:" + std::to_string(port)});
  ASSERT_TRUE(Eventually([&] { return stack.Draw("warm up").status == 200; }));
  std::vector<std::thread> callers;
  for (int i = 0; i < 20; ++i) callers.emplace_back([&] { EXPECT_EQ(stack.Draw("x").status, 200); });
  for (std::thread& caller : callers) caller.join();
  std::set<std::string> ports;
  int requests = 0;
  std::istringstream lines(front.Output());
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string tag, remote, alpn, status;
    words >> tag >> remote >> alpn >> status;
    if (tag != "served") continue;
    EXPECT_EQ(alpn, "h2") << line;
    ports.insert(remote);
    ++requests;
  }
  EXPECT_GE(requests, 21);
  EXPECT_EQ(ports.size(), 1u);
}

}  // namespace
}  // namespace flux::e2e
