// A thousand calls at the same time are all answered.
#include "base/drain.h"
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

constexpr int kCalls = 1000;

class BurstTest : public SimTest {
 protected:
  void Start(const SimConfig& config = SimConfig()) {
    RaiseFileLimit();
    StartSim(config);
  }

  void Send(int calls, const std::string& prompt) {
    const std::string body = Given({{"prompt", prompt}, {"image_size", "square"}, {"seed", 1}}).dump();
    for (int i = 0; i < calls; ++i) {
      calls_.push_back(std::make_unique<RawConnection>(port_));
      calls_.back()->Send(
          "POST /fal-ai/flux/dev HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Key sim:sim\r\n"
          "Content-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body);
    }
  }

  int Answers(const std::string& status) {
    int answers = 0;
    for (const auto& call : calls_) answers += call->ReadAll().starts_with("HTTP/1.1 " + status) ? 1 : 0;
    return answers;
  }

  // The library's client cannot use descriptors as high as these connections leave.
  Given Ask(const std::string& method, const std::string& path, const std::string& body = "") const {
    const RawConnection connection(port_);
    connection.Send(method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string reply = connection.ReadAll();
    return Given::parse(reply.substr(reply.find("\r\n\r\n") + 4));
  }

  std::vector<std::unique_ptr<RawConnection>> calls_;
};

TEST_F(BurstTest, AllRunAtTheSameTime) {
  Start();
  Send(kCalls, "sim:slow=600000");
  EXPECT_TRUE(Eventually([this] { return Ask("GET", "/_sim/ledger")["in_flight"] == kCalls; }));
  EXPECT_EQ(Ask("GET", "/_sim/ledger")["peak_in_flight"], kCalls);
  sim_->Stop();
  EXPECT_EQ(Answers("503"), kCalls);
}

TEST_F(BurstTest, OverTheLimitAllButAFewAreRefused) {
  Start();
  Ask("PUT", "/_sim/limits", R"({"max_concurrency":10})");
  Send(kCalls, "sim:slow=600000");
  const auto refused = [this] { return Ask("GET", "/_sim/ledger")["refused"] == kCalls - 10; };
  EXPECT_TRUE(Eventually(refused));
  const Given ledger = Ask("GET", "/_sim/ledger");
  EXPECT_EQ(ledger["in_flight"], 10);
  EXPECT_EQ(ledger["peak_in_flight"], 10);
  sim_->Stop();
  EXPECT_EQ(Answers("429"), kCalls - 10);
}

TEST_F(BurstTest, AllGetTheirPicture) {
  Start();
  Send(kCalls, "a boat");
  EXPECT_EQ(Answers("200"), kCalls);
  const Given ledger = Ask("GET", "/_sim/ledger");
  EXPECT_EQ(ledger["purchases"].size(), kCalls);
  EXPECT_EQ(ledger["in_flight"], 0);
}

TEST_F(BurstTest, ManyHang) {
  Start();
  Send(256, "sim:hang");
  EXPECT_TRUE(Eventually([this] { return Ask("GET", "/_sim/ledger")["in_flight"] == 256; }));
  EXPECT_EQ(Ask("GET", "/_sim/ledger")["peak_in_flight"], 256);
  calls_.clear();
  EXPECT_TRUE(Eventually([this] { return Ask("GET", "/_sim/ledger")["in_flight"] == 0; }));
}

TEST_F(BurstTest, WhoFindsNoThreadWaits) {
  SimConfig config;
  config.threads = 1;  // and the spare ones, far fewer than the calls
  Start(config);
  Send(200, "sim:slow=20");
  EXPECT_EQ(Answers("200"), 200);
  EXPECT_LE(Ask("GET", "/_sim/ledger")["peak_in_flight"], 40);
}

}  // namespace
}  // namespace flux::sim
