// One thread keeps the time, a few send.
#include "sim/doors/webhooks.h"

#include <absl/strings/escaping.h>
#include <httplib.h>
#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <utility>

namespace flux::sim {
namespace {

constexpr std::size_t kSenders = 16;
constexpr int kMostTries = 10;
constexpr std::chrono::seconds kPatience{15};  // fal-api §5
constexpr std::chrono::hours kOld{1};

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

PrivateKey Read(const std::array<unsigned char, 32>& key) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()), &EVP_PKEY_free};
}

std::string Hex(const unsigned char* bytes, std::size_t count) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(bytes), count});
}

const unsigned char* Raw(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The message that tells of a result.
std::string BodyOf(const std::string& request_id, const Reply& reply) {
  Json body = {{"request_id", request_id}, {"gateway_request_id", request_id}};
  Json payload = Json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  const bool good = reply.status == 200 && !payload.is_discarded();
  body["status"] = good ? "OK" : "ERROR";
  if (reply.status != 200) body["error"] = "Invalid status code: " + std::to_string(reply.status);
  if (payload.is_discarded()) {
    body["payload"] = Json();
    body["payload_error"] = "The payload could not be serialised";
  } else {
    body["payload"] = std::move(payload);
  }
  return Text(body);
}

}  // namespace

Webhooks::Webhooks(WebhooksParts parts)
    : parts_(parts), user_id_("sim|" + parts.random.Name()), senders_(kSenders) {
  for (Key* key : {&key_, &unknown_key_}) {
    for (unsigned char& byte : *key) byte = static_cast<unsigned char>(parts_.random.Next());
  }
  thread_ = std::thread([this] { Work(); });
}

Webhooks::~Webhooks() {
  Stop();
}

void Webhooks::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    wake_.notify_one();
  }
  thread_.join();
  senders_.shutdown();
}

Reply Webhooks::KeySet() const {
  const PrivateKey key = Read(key_);
  std::string bytes(32, '\0');
  std::size_t size = bytes.size();
  EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(bytes.data()), &size);
  std::string x = absl::WebSafeBase64Escape(bytes);
  while (x.ends_with('=')) x.pop_back();
  return JsonReply(200, {{"keys", {{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", x}}}}});
}

std::string Webhooks::Sign(const Key& key, const std::string& text) {
  const PrivateKey known = Read(key);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, 64> signature{};
  std::size_t size = signature.size();
  EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, known.get());
  EVP_DigestSign(context.get(), signature.data(), &size, Raw(text), text.size());
  return Hex(signature.data(), size);
}

void Webhooks::Tell(const std::string& url, const std::string& endpoint, const std::string& request_id,
                    const Reply& reply) {
  const std::optional<Fault> fault = parts_.armed.Take(FaultStep::kWebhook, endpoint);
  if (fault && fault->kind() == FaultKind::kDropped) return;
  Message message{url, request_id, BodyOf(request_id, reply)};
  message.forged = fault && fault->kind() == FaultKind::kForged;
  message.old = fault && fault->kind() == FaultKind::kOld;
  if (fault && fault->kind() == FaultKind::kTwice) Later(message, std::chrono::milliseconds(0));
  const bool late = fault && fault->kind() == FaultKind::kSlow;
  Later(std::move(message), late ? fault->time : std::chrono::milliseconds(0));
}

void Webhooks::Later(Message message, std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  waiting_.emplace(parts_.clock.Now() + time, std::move(message));
  wake_.notify_one();
}

void Webhooks::Work() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (waiting_.empty()) {
      wake_.wait(lock);
    } else if (waiting_.begin()->first > parts_.clock.Now()) {
      wake_.wait_until(lock, waiting_.begin()->first);
    } else {
      senders_.enqueue([this, message = std::move(waiting_.begin()->second)] { Send(message); });
      waiting_.erase(waiting_.begin());
    }
  }
}

void Webhooks::Send(Message message) {
  const auto scheme = message.url.find("://");
  if (scheme == std::string::npos) return;
  const std::size_t path = std::min(message.url.find_first_of("/?", scheme + 3), message.url.size());
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_Digest(message.body.data(), message.body.size(), hash.data(), &size, EVP_sha256(), nullptr);
  const WallTime sent = parts_.clock.WallNow() - (message.old ? kOld : std::chrono::hours(0));
  const std::string time =
      std::to_string(std::chrono::floor<std::chrono::seconds>(sent.time_since_epoch()).count());
  const std::string text = message.request_id + '\n' + user_id_ + '\n' + time + '\n' + Hex(hash.data(), size);
  const httplib::Headers headers{
      {"X-Fal-Webhook-Request-Id", message.request_id},
      {"X-Fal-Webhook-User-Id", user_id_},
      {"X-Fal-Webhook-Timestamp", time},
      {"X-Fal-Webhook-Signature", Sign(message.forged ? unknown_key_ : key_, text)}};

  httplib::Client client(message.url.substr(0, path));
  if (!client.is_valid()) return;
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  client.enable_server_certificate_verification(false);
#endif
  client.set_connection_timeout(kPatience);
  client.set_read_timeout(kPatience);
  client.set_write_timeout(kPatience);
  std::string rest = message.url.substr(path);
  if (!rest.starts_with('/')) rest.insert(0, "/");
  const httplib::Result reply = client.Post(rest, headers, message.body, "application/json");
  const int status = reply ? reply->status : 0;
  parts_.log.Info("webhook", {{"request_id", message.request_id}, {"status", status}});
  const bool final = (status >= 200 && status <= 399) || ++message.tries == kMostTries;
  if (!final) Later(std::move(message), std::chrono::seconds(1) * (1 << (message.tries - 1)));
}

}  // namespace flux::sim
