// One connection at a time. While there is none a thread dials, since resolving a name and making the tables
// block.
#include "service/store/postgres_link.h"

#include <pthread.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <utility>

namespace flux::service {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kShortestPause{100};
constexpr std::chrono::milliseconds kLongestPause{3'000};
constexpr std::chrono::milliseconds kPatience{5'000};
// How far before the last contact a job may have ended whose notification was lost.
constexpr std::chrono::milliseconds kMargin{6'000};
// How long after a connection was lost the server may still do what was sent over it.
constexpr std::chrono::seconds kLateClaim{120};

}  // namespace

PostgresLink::PostgresLink(asio::io_context& loop, PostgresTarget target, std::string driver,
                           const Clock& clock)
    : loop_(loop),
      target_(std::move(target)),
      driver_(std::move(driver)),
      clock_(clock),
      pause_(loop),
      back_off_(kShortestPause),
      last_contact_(clock.Now()) {}

PostgresLink::~PostgresLink() {
  Stop();
}

void PostgresLink::Start(Dialled dialled) {
  SetProblem(dialled.problem);
  asio::post(loop_, [self = shared_from_this(), dialled = std::move(dialled)]() mutable {
    self->Adopt(std::move(dialled));
  });
}

void PostgresLink::Stop() {
  stop_ = true;
  const std::lock_guard lock(mutex_);
  if (dialler_.joinable()) dialler_.join();
}

void PostgresLink::Close() {
  pause_.cancel();
  if (connection_ != nullptr) std::exchange(connection_, nullptr)->Close("the store was closed");
}

void PostgresLink::Adopt(Dialled dialled) {
  if (stop_) return;
  SetProblem(dialled.problem);
  if (dialled.connection == nullptr) return RedialLater();
  back_off_ = kShortestPause;
  PostgresConnection::Hooks hooks;
  const auto weak = weak_from_this();
  hooks.on_lost = [weak](std::string why) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->connection_ = nullptr;
    self->SetProblem(std::move(why));
    self->RedialLater();
  };
  hooks.on_notify = [weak](std::string_view said) {
    if (const auto self = weak.lock()) self->Notified(said);
  };
  hooks.on_unheard = [weak](const PostgresCall& call) {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->unheard_.push_back({call.claim, self->clock_.Now() + kLateClaim});
    asio::post(self->loop_, [self] { self->ReleaseUnheard(); });
  };
  connection_ = std::make_shared<PostgresConnection>(loop_, std::move(dialled.connection), std::move(hooks));
  connection_->Start();
  CatchUp();
}

// What ended while nobody listened is told now.
void PostgresLink::CatchUp() {
  ReleaseUnheard();
  const auto missed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Now() - last_contact_);
  last_contact_ = clock_.Now();
  if (!told_) return;
  asio::co_spawn(
      loop_,
      [](std::shared_ptr<PostgresLink> self, std::int64_t since_ms) -> asio::awaitable<void> {
        co_await asio::this_coro::throw_if_cancelled(false);
        const auto call = std::make_shared<PostgresCall>(self->loop_.get_executor());
        call->queries.push_back({PostgresStatement::kEndedSince, {{std::to_string(since_ms)}}});
        self->Send(call);
        co_await call->done.Wait(SteadyTime::max());
        if (call->failure) co_return;
        const PostgresRows& rows = call->answers.at(0);
        for (int row = 0; row < rows.size(); ++row) self->told_(std::string(rows.Text(row, 0)));
      }(shared_from_this(), (missed + kMargin).count()),
      asio::detached);
}

void PostgresLink::ReleaseUnheard() {
  std::erase_if(unheard_, [now = clock_.Now()](const Unheard& one) { return one.until < now; });
  if (unheard_.empty() || connection_ == nullptr) return;
  std::vector<std::string> claims;
  for (const Unheard& one : unheard_) claims.push_back(one.claim);
  const auto call = std::make_shared<PostgresCall>(loop_.get_executor());
  call->queries.push_back({PostgresStatement::kRelease, {{driver_}, {ArrayText(claims)}}});
  Send(call);  // nobody waits for the answer
}

void PostgresLink::RedialLater() {
  if (stop_) return;
  pause_.expires_after(back_off_);
  back_off_ = std::min(back_off_ * 2, kLongestPause);
  pause_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    const auto self = weak.lock();
    if (!error && self != nullptr) self->Redial();
  });
}

void PostgresLink::Redial() {
  const std::lock_guard lock(mutex_);
  if (stop_) return;
  if (dialler_.joinable()) dialler_.join();  // it has posted its answer
  dialler_ = std::thread([this, weak = weak_from_this()] {
    pthread_setname_np(pthread_self(), "store-dial");
    Dialled dialled = DialPostgres(target_, kPatience, stop_);
    asio::post(loop_, [weak, dialled = std::move(dialled)]() mutable {
      if (const auto self = weak.lock()) self->Adopt(std::move(dialled));
    });
  });
}

void PostgresLink::Notified(std::string_view said) {
  last_contact_ = clock_.Now();
  const auto space = said.find(' ');
  if (!told_ || space == std::string_view::npos || said.substr(0, space) == driver_) return;
  told_(std::string(said.substr(space + 1)));
}

void PostgresLink::Send(const std::shared_ptr<PostgresCall>& call) {
  if (connection_ != nullptr) return connection_->Send(call);
  call->failure = problem();
  call->done.Set();
}

void PostgresLink::Note(const PostgresCall& call) {
  if (!call.failure) {
    last_contact_ = clock_.Now();
    commits_ += static_cast<std::uint64_t>(
        std::ranges::count_if(call.queries, [](const auto& one) { return Writes(one.statement); }));
    SetProblem({});
    std::erase_if(unheard_, [&](const Unheard& one) { return one.claim == call.claim; });
  } else if (!call.sql_state.empty()) {
    SetProblem("PostgreSQL refuses: " + *call.failure);
  }
}

std::string PostgresLink::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void PostgresLink::SetProblem(std::string problem) {
  const std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
}

}  // namespace flux::service
