// Group commit: while one transaction is written to disk, the next verbs gather. A verb that fails takes its
// transaction with it; then each of the others is done again, alone.
#include "service/store/sqlite_thread.h"

#include <pthread.h>

#include <asio/post.hpp>
#include <utility>

namespace flux::service {

SqliteThread::SqliteThread(asio::io_context& loop, std::unique_ptr<SqliteFile> file, std::string driver,
                           std::uint64_t max_bytes)
    : loop_(loop), file_(std::move(file)), verbs_(file_->database(), std::move(driver), max_bytes) {
  verbs_.Adopt();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "store");
    Work();
  });
}

SqliteThread::~SqliteThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteThread::Submit(std::shared_ptr<SqliteCall> call) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(call));
  }
  wake_.notify_one();
}

std::string SqliteThread::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void SqliteThread::SetProblem(std::string problem) {
  const std::lock_guard lock(mutex_);
  problem_ = std::move(problem);
}

void SqliteThread::Work() {
  for (;;) {
    Calls calls;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      calls.swap(waiting_);
    }
    Commit(calls);
    Answer(std::move(calls));
  }
}

void SqliteThread::Commit(const Calls& calls) {
  if (!Try(calls)) return;
  for (const auto& call : calls) call->failure = Try({&call, 1});
}

std::optional<Status> SqliteThread::Try(std::span<const std::shared_ptr<SqliteCall>> calls) {
  std::string problem;
  try {
    const std::int64_t before = file_->database().changes();
    file_->database().Query("BEGIN IMMEDIATE").Run();
    for (const auto& call : calls) call->Run(verbs_);
    file_->database().Query("COMMIT").Run();
    if (file_->database().changes() != before) ++commits_;
  } catch (const std::exception& failure) {
    problem = failure.what();
  }
  if (!problem.empty()) RollBack();
  SetProblem(problem.empty() && verbs_.full() ? StoreFull().what() : problem);
  if (problem.empty()) return std::nullopt;
  return Status(Reason::kStoreUnavailable, std::move(problem));
}

void SqliteThread::RollBack() {
  try {
    if (file_->database().in_transaction()) file_->database().Query("ROLLBACK").Run();
  } catch (const SqliteFailure&) {
    // The transaction is still open, and the next BEGIN says so.
  }
}

void SqliteThread::Answer(Calls calls) {
  asio::post(loop_, [calls = std::move(calls), alive = std::weak_ptr(alive_), this] {
    for (const auto& call : calls) {
      call->done.Set();
      if (!call->unheard || call->failure || alive.expired()) continue;
      if (auto undo = call->Undo()) Submit(std::move(undo));
    }
  });
}

}  // namespace flux::service
