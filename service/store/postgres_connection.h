// PostgresConnection: one connection in pipeline mode on an event loop. Verbs that wait go together and are
// committed together. Reconnects nothing.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event.h"
#include "service/store/postgres_dial.h"
#include "service/store/postgres_statements.h"

struct pg_result;

namespace flux::service {

struct PostgresParameter {
  std::string value;   // text; or bytes where `bytes` says so
  bool bytes = false;  // may hold NULs
};

struct PostgresQuery {
  PostgresStatement statement{};
  std::vector<PostgresParameter> parameters;
};

// The rows that a query answers with.
class PostgresRows {
 public:
  PostgresRows() = default;
  explicit PostgresRows(pg_result* result);

  int size() const;
  bool IsNull(int row, int column) const;
  std::string_view Text(int row, int column) const;  // NULL: empty
  std::int64_t Int(int row, int column) const;

 private:
  std::shared_ptr<pg_result> result_;
};

// A verb on its way there and back. Belongs to the loop.
struct PostgresCall {
  explicit PostgresCall(const asio::any_io_executor& loop) : done(loop) {}

  std::vector<PostgresQuery> queries;
  std::vector<PostgresRows> answers;   // one for each query; or
  std::optional<std::string> failure;  // why there are none
  std::string sql_state;               // of the server's objection; empty: the connection was lost
  Event done;
  std::string claim;     // what it claims jobs by; empty: none
  bool unheard = false;  // nobody waits any more
};

// Lives on its loop, and is made there.
class PostgresConnection : public std::enable_shared_from_this<PostgresConnection> {
 public:
  struct Hooks {
    std::function<void(std::string why)> on_lost;          // once, not from within Send, not after Close
    std::function<void(std::string_view said)> on_notify;  // of the channel flux_jobs
    std::function<void()> on_commit;                       // of verbs that change something
    std::function<void(PostgresCall&)> on_unheard;         // of a call that claims, whose answer nobody heard
  };

  PostgresConnection(asio::io_context& loop, PostgresHandle handle, Hooks hooks);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  void Start();
  void Send(std::shared_ptr<PostgresCall> call);
  // Calls that are not answered fail with `why`, from within.
  void Close(const std::string& why);

 private:
  using Group = std::vector<std::shared_ptr<PostgresCall>>;

  void StartGroup();
  bool SendGroup();
  void Flush();
  void AwaitRead();
  void AwaitWrite();
  void Read();
  void Take(pg_result* result);
  void EndGroup();
  void Answer(PostgresCall& call);
  void Lose(std::string why);

  asio::io_context& loop_;
  PostgresHandle handle_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer patience_;
  Hooks hooks_;
  std::deque<std::shared_ptr<PostgresCall>> waiting_;
  std::deque<std::shared_ptr<PostgresCall>> alone_;  // of a group that failed: each again, by itself
  Group group_;                                      // what the server works on
  std::size_t call_ = 0;                             // of the group, whose answer comes next
  bool between_ = false;                             // libpq has told a result, and not yet its end
  bool group_failed_ = false;
  bool writing_ = false;
  std::string lost_;  // why there is no connection any more
};

}  // namespace flux::service
