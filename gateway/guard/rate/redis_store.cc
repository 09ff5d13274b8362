// Questions come from any loop, are asked on the store's, and are answered on their own.
#include "gateway/guard/rate/redis_store.h"

#include <absl/strings/escaping.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <future>
#include <utility>

#include "base/remote_event.h"

namespace flux::gateway {
namespace {

using std::chrono::microseconds;

// KEYS[1]: the subject. ARGV: microseconds between requests, requests that may come at once. Returns whether
// the request is admitted, and the microseconds until the allowance is whole. What Gcra::Take does, on the
// server's clock; a state that is further away than it can be (the clock went back) is cut.
constexpr char kScript[] = R"(
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window = ARGV[1] * ARGV[2]
local owed = (tonumber(redis.call('GET', KEYS[1])) or now) - now
if owed < 0 then owed = 0 elseif owed > window then owed = window end
if owed + ARGV[1] > window then return {0, owed} end
owed = owed + ARGV[1]
redis.call('SET', KEYS[1], string.format('%.0f', now + owed), 'PX', math.ceil(owed / 1000))
return {1, owed}
)";

constexpr char kPrefix[] = "flux:rl:";
constexpr char kProbe[] = "probe";  // no caller's subject: those begin with k: or a:
constexpr std::uint32_t kProbeRate = 100'000;

std::string Sha1Hex(std::string_view text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> hash;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

std::optional<RateVerdict> ToVerdict(const RedisReply& reply, Gcra gcra) {
  if (!reply.error.empty() || reply.integers.size() != 2 || reply.integers[1] < 0) return std::nullopt;
  return gcra.Tell(reply.integers[0] == 1, microseconds(reply.integers[1]));
}

}  // namespace

// Shared by who asks and who answers; either may be gone first.
struct RedisStore::Question {
  Question(asio::any_io_executor loop, std::string about, Gcra how)
      : subject(std::move(about)), gcra(how), done(std::move(loop)) {}

  // Once.
  static void Answer(const std::shared_ptr<Question>& self, std::optional<RateVerdict> verdict) {
    self->verdict = verdict;
    RemoteEvent::Set({self, &self->done});
  }

  const std::string subject;
  const Gcra gcra;
  RemoteEvent done;
  std::atomic<std::uint64_t> generation{0};  // of the connection that was asked
  std::optional<RateVerdict> verdict;        // read when it is done
};

RedisStore::RedisStore(RedisAddress address, std::string password, Log& log, RedisTimes times)
    : address_(std::move(address)),
      password_(std::move(password)),
      times_(times),
      log_(log),
      retry_(times.first_retry),
      timer_(loop_.context()) {
  asio::post(loop_.context(), [this] { Connect(); });
}

RedisStore::~RedisStore() {
  std::promise<void> closed;
  asio::post(loop_.context(), [this, &closed] {
    up_ = false;
    timer_.cancel();
    ++generation_;
    if (connection_) std::exchange(connection_, nullptr)->Close();
    closed.set_value();
  });
  closed.get_future().wait();
  loop_.Stop();
}

asio::awaitable<std::optional<RateVerdict>> RedisStore::Take(std::string subject, Gcra gcra) {
  const auto question =
      std::make_shared<Question>(co_await asio::this_coro::executor, std::move(subject), gcra);
  RemoteEvent::Waiter done(question->done);
  asio::post(loop_.context(), [this, question] { Ask(question); });
  const Event::Outcome outcome = co_await done.Wait(std::chrono::steady_clock::now() + times_.answer);
  if (outcome == Event::Outcome::kHappened) co_return question->verdict;
  if (outcome == Event::Outcome::kDeadline) {
    asio::post(loop_.context(), [this, question] {
      if (question->generation == generation_) OnDown("no answer in time");
    });
  }
  co_return std::nullopt;
}

void RedisStore::Ask(const std::shared_ptr<Question>& question) {
  if (!up_) return Question::Answer(question, std::nullopt);
  question->generation = generation_;
  Run(question->subject, question->gcra, /*whole_script=*/false,
      [this, question, asked = generation_](const std::optional<RedisReply>& reply) {
        const auto verdict = reply ? ToVerdict(*reply, question->gcra) : std::nullopt;
        Question::Answer(question, verdict);
        if (reply && !verdict && asked == generation_) {
          OnDown(reply->error.empty() ? "an answer that cannot be read" : reply->error);
        }
      });
}

void RedisStore::Run(const std::string& subject, Gcra gcra, bool whole_script,
                     RedisConnection::OnReply on_reply) {
  static const std::string script = kScript;
  static const std::string hash = Sha1Hex(script);
  const microseconds interval =
      std::chrono::duration_cast<microseconds>(std::chrono::minutes(1)) / gcra.limit();
  const std::vector<std::string> command{
      whole_script ? "EVAL" : "EVALSHA", whole_script ? script : hash, "1", kPrefix + subject,
      std::to_string(interval.count()),  std::to_string(gcra.limit())};
  // Redis forgets scripts when it restarts or is told to; EVAL teaches it again.
  connection_->Send(command, [this, subject, gcra, whole_script, asked = generation_,
                              on_reply = std::move(on_reply)](std::optional<RedisReply> reply) {
    const bool unknown = reply && reply->error.starts_with("NOSCRIPT") && !whole_script;
    if (unknown && asked == generation_) return Run(subject, gcra, /*whole_script=*/true, on_reply);
    on_reply(std::move(reply));
  });
}

void RedisStore::Connect() {
  ++generation_;
  timer_.expires_after(times_.connect);
  timer_.async_wait([this, asked = generation_](const asio::error_code& error) {
    if (!error && asked == generation_) OnDown("no connection in time");
  });
  connection_ = RedisConnection::Open(loop_.context(), address_.host, address_.port,
                                      [this, asked = generation_](const std::string& why) {
                                        if (asked == generation_) OnDown(why);
                                      });
  Greet();
}

void RedisStore::Greet() {
  const auto check = [this, asked = generation_](const std::optional<RedisReply>& reply) {
    if (reply && !reply->error.empty() && asked == generation_) OnDown(reply->error);
  };
  if (!password_.empty() || !address_.user.empty()) {
    std::vector<std::string> command{"AUTH"};
    if (!address_.user.empty()) command.push_back(address_.user);
    command.push_back(password_);
    connection_->Send(command, check);
  }
  if (!connection_) return;
  if (address_.database != 0) {
    connection_->Send({"SELECT", std::to_string(address_.database)}, check);
  }
  if (!connection_) return;
  Run(kProbe, Gcra(kProbeRate), /*whole_script=*/true,
      [this, asked = generation_](const std::optional<RedisReply>& reply) {
        if (!reply || asked != generation_) return;  // OnDown has heard of it
        if (ToVerdict(*reply, Gcra(kProbeRate))) return OnUp();
        OnDown(reply->error.empty() ? "an answer that cannot be read" : reply->error);
      });
}

void RedisStore::OnUp() {
  retry_ = times_.first_retry;
  up_ = true;
  told_down_ = false;
  log_.Info("rate_limit_store_up", {{"host", address_.host}, {"port", address_.port}});
  Beat();
}

void RedisStore::OnDown(const std::string& why) {
  ++generation_;
  up_ = false;
  if (connection_) std::exchange(connection_, nullptr)->Close();
  if (!told_down_) {
    told_down_ = true;
    log_.Warn("rate_limit_store_down", {{"host", address_.host},
                                        {"port", address_.port},
                                        {"message", why},
                                        {"effect", "limits are counted by each gateway for itself"}});
  }
  timer_.expires_after(retry_);
  retry_ = std::min(retry_ * 2, times_.last_retry);
  timer_.async_wait([this, asked = generation_](const asio::error_code& error) {
    if (!error && asked == generation_) Connect();
  });
}

void RedisStore::Beat() {
  const auto answered = std::make_shared<bool>(false);
  Run(kProbe, Gcra(kProbeRate), /*whole_script=*/false,
      [this, answered, asked = generation_](const std::optional<RedisReply>& reply) {
        *answered = true;
        if (reply && !ToVerdict(*reply, Gcra(kProbeRate)) && asked == generation_) {
          OnDown(reply->error.empty() ? "an answer that cannot be read" : reply->error);
        }
      });
  timer_.expires_after(times_.heartbeat);
  timer_.async_wait([this, answered, asked = generation_](const asio::error_code& error) {
    if (error || asked != generation_) return;
    *answered ? Beat() : OnDown("no answer in time");
  });
}

}  // namespace flux::gateway
