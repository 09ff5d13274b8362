// SqliteThread: the one thread that touches the store's file. It takes the verbs that wait, commits them
// together, and only then are they answered.
#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/event.h"
#include "base/status.h"
#include "service/store/sqlite_file.h"
#include "service/store/sqlite_verbs.h"

namespace flux::service {

// A verb on its way there and back. Shared by who asks and who answers.
class SqliteCall {
 public:
  explicit SqliteCall(const asio::any_io_executor& loop) : done(loop) {}
  virtual ~SqliteCall() = default;
  SqliteCall(const SqliteCall&) = delete;
  SqliteCall& operator=(const SqliteCall&) = delete;

  // On the thread; twice where the transaction of the first time was rolled back. Throws.
  virtual void Run(SqliteVerbs& verbs) = 0;
  // What to do where nobody heard the answer; nullptr: nothing.
  virtual std::shared_ptr<SqliteCall> Undo() { return nullptr; }

  std::optional<Status> failure;  // instead of an answer
  Event done;                     // on the loop, as is what follows
  bool unheard = false;           // nobody waits any more
};

class SqliteThread {
 public:
  // Answers on `loop`, which is borrowed. Takes over what an earlier process has left in the file.
  SqliteThread(asio::io_context& loop, std::unique_ptr<SqliteFile> file, std::string driver,
               std::uint64_t max_bytes);
  // What waits is still done.
  ~SqliteThread();
  SqliteThread(const SqliteThread&) = delete;
  SqliteThread& operator=(const SqliteThread&) = delete;

  // On the loop.
  void Submit(std::shared_ptr<SqliteCall> call);

  // As Store::Problem and Store::Commits. Any thread.
  std::string problem() const;
  std::uint64_t commits() const { return commits_; }

 private:
  using Calls = std::vector<std::shared_ptr<SqliteCall>>;

  void Work();
  void Commit(const Calls& calls);
  std::optional<Status> Try(std::span<const std::shared_ptr<SqliteCall>> calls);
  void RollBack();
  void Answer(Calls calls);
  void SetProblem(std::string problem);

  asio::io_context& loop_;
  const std::unique_ptr<SqliteFile> file_;
  SqliteVerbs verbs_;
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);

  std::atomic<std::uint64_t> commits_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  Calls waiting_;
  bool ending_ = false;
  std::string problem_;

  std::thread thread_;
};

}  // namespace flux::service
