// fal's webhooks: who asked for one is told of the result, with a signature that the key set verifies.
#include <absl/strings/escaping.h>
#include <openssl/evp.h>

#include <mutex>
#include <thread>

#include "tests/sim/queue_fixture.h"

namespace flux::sim {
namespace {

class WebhooksTest : public QueueTest {
 protected:
  WebhooksTest() {
    receiver_.Post("/hook", [this](const httplib::Request& request, httplib::Response& reply) {
      const std::lock_guard lock(mutex_);
      got_.push_back(request);
      reply.status = status_;
    });
    port_of_receiver_ = receiver_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { receiver_.listen_after_bind(); });
    StartSim(Quick());
  }
  ~WebhooksTest() override {
    sim_->Stop();
    receiver_.stop();
    thread_.join();
  }

  std::string Told(const Given& body) {
    return Taken(body, std::string(kDev) + "?fal_webhook=http%3A%2F%2F127.0.0.1%3A" +
                           std::to_string(port_of_receiver_) + "%2Fhook");
  }
  std::vector<httplib::Request> got() {
    const std::lock_guard lock(mutex_);
    return got_;
  }
  void Answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  // As fal documents it, with the key that the set has.
  bool Verifies(const httplib::Request& request) const {
    const Given set = Given::parse(Client().Get("/.well-known/jwks.json")->body);
    const std::string x = set["keys"][0]["x"];
    std::string key;
    std::string signature;
    std::array<unsigned char, 32> hash{};
    unsigned size = 0;
    absl::WebSafeBase64Unescape(x, &key);
    signature = absl::HexStringToBytes(request.get_header_value("X-Fal-Webhook-Signature"));
    EVP_Digest(request.body.data(), request.body.size(), hash.data(), &size, EVP_sha256(), nullptr);
    const std::string text =
        request.get_header_value("X-Fal-Webhook-Request-Id") + "\n" +
        request.get_header_value("X-Fal-Webhook-User-Id") + "\n" +
        request.get_header_value("X-Fal-Webhook-Timestamp") + "\n" +
        absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hash.size()});
    const auto raw = [](const std::string& bytes) {
      return reinterpret_cast<const unsigned char*>(bytes.data());
    };
    EVP_PKEY* known = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key), key.size());
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, known);
    const bool good =
        EVP_DigestVerify(context, raw(signature), signature.size(), raw(text), text.size()) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(known);
    return good;
  }
  std::int64_t Age(const httplib::Request& request) const {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count() -
           std::stoll(request.get_header_value("X-Fal-Webhook-Timestamp"));
  }

  httplib::Server receiver_;
  int port_of_receiver_ = 0;
  std::mutex mutex_;
  std::vector<httplib::Request> got_;
  int status_ = 200;
  std::thread thread_;
};

TEST_F(WebhooksTest, TellsOfTheResultOnce) {
  const std::string id = Told(Prompt("a boat"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 1; }));
  const httplib::Request request = got()[0];
  EXPECT_TRUE(Verifies(request));
  EXPECT_LT(Age(request), 60);
  EXPECT_EQ(request.get_header_value("X-Fal-Webhook-Request-Id"), id);
  const Given body = Given::parse(request.body);
  EXPECT_EQ(body["request_id"], id);
  EXPECT_EQ(body["gateway_request_id"], id);
  EXPECT_EQ(body["status"], "OK");
  EXPECT_EQ(body["payload"], Given::parse(Done(id)->body));
}

TEST_F(WebhooksTest, TellsOfFailureAsTheResultDoes) {
  const std::string id = Told(Prompt("sim:policy"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 1; }));
  const Given body = Given::parse(got()[0].body);
  EXPECT_EQ(body["status"], "ERROR");
  EXPECT_EQ(body["error"], "Invalid status code: 422");
  EXPECT_EQ(body["payload"]["detail"][0]["type"], "content_policy_violation");
  Told(Prompt("sim:notjson"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 2; }));
  EXPECT_TRUE(Given::parse(got()[1].body)["payload"].is_null());
}

TEST_F(WebhooksTest, TriesAgainWhereItIsNotTaken) {
  Answer(500);
  Told(Prompt("a boat"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 1; }));
  Answer(200);
  ASSERT_TRUE(Eventually([&] { return got().size() == 2; }));
  EXPECT_EQ(got()[0].body, got()[1].body);
}

TEST_F(WebhooksTest, WhoAskedForNoneIsToldNothing) {
  Done(Taken(Prompt("quiet")));
  EXPECT_TRUE(got().empty());
}

TEST_F(WebhooksTest, GoesWrongOnDemand) {
  ASSERT_EQ(Arm(R"({"fault":"webhook-forged"})"), 200);
  Told(Prompt("forged"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 1; }));
  EXPECT_FALSE(Verifies(got()[0]));
  ASSERT_EQ(Arm(R"({"fault":"webhook-old"})"), 200);
  Told(Prompt("old"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 2; }));
  EXPECT_TRUE(Verifies(got()[1]));
  EXPECT_GE(Age(got()[1]), 3600);
  ASSERT_EQ(Arm(R"({"fault":"webhook-twice"})"), 200);
  Told(Prompt("twice"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 4; }));
  EXPECT_EQ(got()[2].body, got()[3].body);
  ASSERT_EQ(Arm(R"({"fault":"webhook-lost"})"), 200);
  Done(Told(Prompt("lost")));
  ASSERT_EQ(Arm(R"({"fault":"webhook-late=200"})"), 200);
  const auto begun = std::chrono::steady_clock::now();
  Told(Prompt("late"));
  ASSERT_TRUE(Eventually([&] { return got().size() == 5; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(200));
}

TEST_F(WebhooksTest, ALogMayBeLong) {
  ASSERT_EQ(Arm(R"({"fault":"stream-logs"})"), 200);
  const std::string id = Taken(Prompt("logs"));
  const auto stream = Get(Of(id, "/status/stream?logs=1"));
  ASSERT_TRUE(stream);
  EXPECT_THAT(stream->body, testing::HasSubstr("Step 999"));
}

}  // namespace
}  // namespace flux::sim
