// What comes in as fal's webhook: only what fal has signed lately, about a job of ours, once.
#include "service/jobs/fal_webhooks.h"

#include <absl/strings/escaping.h>
#include <openssl/evp.h>

#include <memory>

#include "tests/service/jobs/jobs_fixture.h"

namespace flux::service {
namespace {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// A key pair of fal's.
class Signer {
 public:
  explicit Signer(unsigned char seed) {
    std::array<unsigned char, 32> bytes{};
    bytes.fill(seed);
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
  }
  fal::Ed25519Key public_key() const {
    fal::Ed25519Key key{};
    std::size_t size = key.size();
    EVP_PKEY_get_raw_public_key(key_.get(), key.data(), &size);
    return key;
  }
  v1::AcceptFalWebhookRequest Sign(const std::string& id, WallTime sent, const std::string& body) const {
    const std::string time =
        std::to_string(std::chrono::floor<std::chrono::seconds>(sent.time_since_epoch()).count());
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned hashed = 0;
    EVP_Digest(body.data(), body.size(), hash.data(), &hashed, EVP_sha256(), nullptr);
    const std::string text = id + "\nuser\n" + time + "\n" +
                             absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hashed});
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    EVP_DigestSign(context.get(), signature.data(), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    v1::AcceptFalWebhookRequest request;
    const auto add = [&request](const char* name, const std::string& value) {
      request.add_headers()->set_name(name);
      request.mutable_headers()->rbegin()->set_value(value);
    };
    add("x-fal-webhook-request-id", id);
    add("x-fal-webhook-user-id", "user");
    add("x-fal-webhook-timestamp", time);
    add("x-fal-webhook-signature",
        absl::BytesToHexString({reinterpret_cast<const char*>(signature.data()), size}));
    request.set_body(body);
    return request;
  }

 private:
  PrivateKey key_{nullptr, &EVP_PKEY_free};
};

class FakeKeys final : public fal::KeySource {
 public:
  asio::awaitable<Result<std::vector<fal::Ed25519Key>>> Fetch(SteadyTime) override {
    ++fetches;
    co_return keys;
  }
  int fetches = 0;
  Result<std::vector<fal::Ed25519Key>> keys = Status(Reason::kUpstreamUnreachable);
};

class FalWebhooksTest : public JobsFixture {
 protected:
  FalWebhooksTest() {
    keys_.keys = std::vector{fals_.public_key()};
    id_ = Begin();
    Do([this] { queue_.Take(); });
    Reach(id_, v1::JOB_STATE_ACCEPTED);
  }

  Result<v1::AcceptFalWebhookResponse> Accept(v1::AcceptFalWebhookRequest request) {
    return Get(webhooks_.Accept(std::move(request)));
  }
  std::string Refusal(v1::AcceptFalWebhookRequest request) {
    const auto answer = Accept(std::move(request));
    if (answer) return "accepted";
    EXPECT_EQ(answer.error().reason, Reason::kWebhookRefused);
    return answer.error().message;
  }
  double Counted(const std::string& outcome) {
    return fakes::SeriesValue(registry_, "flux_service_fal_webhooks_total", {{"outcome", outcome}}).value();
  }
  std::size_t Hints() {
    std::size_t hints = 0;
    Do([&] { hints = queue_.hinted.size(); });
    return hints;
  }

  const Signer fals_{1};
  const Signer strangers_{2};
  const std::string body_ = R"({"request_id":"fal-1","status":"OK","payload":{}})";
  FakeKeys keys_;
  FalWebhooks webhooks_{{loop_.executor(), *kept_, &keys_, metrics_, log_, clock_}, {.keys_pause = 0ms}};
  std::string id_;
};

TEST_F(FalWebhooksTest, WakesTheJobThatItIsAbout) {
  EXPECT_TRUE(Accept(fals_.Sign("fal-1", clock_.WallNow(), body_)));
  EXPECT_EQ(Hints(), 1u);
  EXPECT_EQ(keys_.fetches, 1);
  EXPECT_EQ(Counted("accepted"), 1);
  EXPECT_EQ(Job(id_).state(), v1::JOB_STATE_ACCEPTED) << "the result is fal's to tell, not the webhook's";
  EXPECT_TRUE(
      Accept(fals_.Sign("other", clock_.WallNow(), R"({"gateway_request_id":"fal-1","request_id":"x"})")));
  EXPECT_EQ(keys_.fetches, 1) << "keys are kept";
}

TEST_F(FalWebhooksTest, WhatFalHasNotSignedIsRefused) {
  EXPECT_THAT(Refusal(strangers_.Sign("fal-1", clock_.WallNow(), body_)), testing::HasSubstr("signed"));
  v1::AcceptFalWebhookRequest changed = fals_.Sign("fal-1", clock_.WallNow(), body_);
  changed.set_body(body_ + " ");
  EXPECT_THAT(Refusal(changed), testing::HasSubstr("signed"));
  EXPECT_EQ(Counted("forged"), 2);
  EXPECT_EQ(Hints(), 0u);
}

TEST_F(FalWebhooksTest, OldOnesAndThoseOfTomorrowAreRefused) {
  for (const auto& off : {-301s, -86'400s, 302s, 86'400s}) {
    EXPECT_THAT(Refusal(fals_.Sign("fal-1", clock_.WallNow() + off, body_)),
                testing::HasSubstr("five minutes"));
  }
  EXPECT_EQ(Counted("old"), 4);
  EXPECT_TRUE(Accept(fals_.Sign("fal-1", clock_.WallNow() - 290s, body_)));
}

TEST_F(FalWebhooksTest, TheSameAgainIsRefused) {
  const v1::AcceptFalWebhookRequest request = fals_.Sign("fal-1", clock_.WallNow(), body_);
  EXPECT_TRUE(Accept(request));
  EXPECT_THAT(Refusal(request), testing::HasSubstr("before"));
  EXPECT_EQ(Counted("replayed"), 1);
  EXPECT_EQ(Hints(), 1u);
}

TEST_F(FalWebhooksTest, OfNoJobOfOurs) {
  EXPECT_THAT(Refusal(fals_.Sign("fal-9", clock_.WallNow(), R"({"request_id":"fal-9"})")),
              testing::HasSubstr("no job"));
  EXPECT_EQ(Counted("unknown"), 1);
}

TEST_F(FalWebhooksTest, HeadersThatAreNotAllThere) {
  const v1::AcceptFalWebhookRequest sound = fals_.Sign("fal-1", clock_.WallNow(), body_);
  for (int missing = 0; missing < 4; ++missing) {
    v1::AcceptFalWebhookRequest request = sound;
    request.mutable_headers()->DeleteSubrange(missing, 1);
    Refusal(request);
    request = sound;
    *request.add_headers() = sound.headers(missing);  // twice: which one counts?
    Refusal(request);
    request = sound;
    request.mutable_headers(missing)->set_value(std::string(10'000, 'x'));
    Refusal(request);
  }
  EXPECT_THAT(Refusal({}), testing::HasSubstr("four headers"));
  v1::AcceptFalWebhookRequest large = sound;
  large.set_body(std::string((1 << 20) + 1, 'x'));
  EXPECT_THAT(Refusal(large), testing::HasSubstr("larger"));
  EXPECT_EQ(Counted("malformed"), 14);
  EXPECT_EQ(keys_.fetches, 0) << "nobody is asked for their sake";
}

TEST_F(FalWebhooksTest, NewKeysAreFetchedWhereNoneHasSigned) {
  EXPECT_TRUE(Accept(fals_.Sign("fal-1", clock_.WallNow(), body_)));
  const Signer next{3};
  Do([&] { keys_.keys = std::vector{next.public_key()}; });
  EXPECT_TRUE(Accept(next.Sign("fal-1", clock_.WallNow(), body_)));
  EXPECT_EQ(keys_.fetches, 2);
}

TEST_F(FalWebhooksTest, StrangersDoNotMakeUsFetchAgainAndAgain) {
  FalWebhooks patient({loop_.executor(), *kept_, &keys_, metrics_, log_, clock_}, {});
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(
        Get(patient.Accept(strangers_.Sign("fal-1", clock_.WallNow(), body_ + std::string(i, ' ')))));
  }
  EXPECT_EQ(keys_.fetches, 1);
}

TEST_F(FalWebhooksTest, WithoutKeysFalIsAskedToSendItAgain) {
  keys_.keys = Status(Reason::kUpstreamUnreachable);
  const auto answer = Accept(fals_.Sign("fal-1", clock_.WallNow(), body_));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, Reason::kUpstreamUnreachable);
  FalWebhooks none({loop_.executor(), *kept_, nullptr, metrics_, log_, clock_}, {});
  EXPECT_FALSE(Get(none.Accept(fals_.Sign("fal-1", clock_.WallNow(), body_))));
  EXPECT_EQ(Counted("no_keys"), 2);
}

}  // namespace
}  // namespace flux::service
