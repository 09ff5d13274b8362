// libpq owns the socket; Asio only says when it is ready. The statements up to a Sync are one transaction of
// the server's: where one of them fails, nothing of the group has happened, and each verb is sent again
// alone.
#include "service/store/postgres_connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <asio/post.hpp>
#include <charconv>
#include <chrono>
#include <utility>

namespace flux::service {
namespace {

// A verb fails after this: the server is away, or too slow to be bought with.
constexpr std::chrono::seconds kPatience{5};
// Bounds of a group: the lock of the database is held while it runs. And each purchase of a group makes
// another version of the same sums, which the next has to pass: 32 cost a quarter less of the server's time
// than 256.
constexpr std::size_t kMostCalls = 32;
constexpr std::size_t kMostBytes = 64 << 10;

std::size_t SizeOf(const PostgresCall& call) {
  std::size_t bytes = 0;
  for (const PostgresQuery& query : call.queries) {
    for (const PostgresParameter& parameter : query.parameters) bytes += parameter.value.size();
  }
  return bytes;
}

}  // namespace

PostgresRows::PostgresRows(pg_result* result) : result_(result, [](pg_result* own) { PQclear(own); }) {}

int PostgresRows::size() const {
  return result_ == nullptr ? 0 : PQntuples(result_.get());
}

bool PostgresRows::IsNull(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view PostgresRows::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t PostgresRows::Int(int row, int column) const {
  const std::string_view text = Text(row, column);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

PostgresConnection::PostgresConnection(asio::io_context& loop, PostgresHandle handle, Hooks hooks)
    : loop_(loop), handle_(std::move(handle)), socket_(loop), patience_(loop), hooks_(std::move(hooks)) {}

PostgresConnection::~PostgresConnection() {
  Close("the store was closed");
}

void PostgresConnection::Start() {
  socket_.assign(PQsocket(handle_.get()));
  AwaitRead();
}

void PostgresConnection::Send(std::shared_ptr<PostgresCall> call) {
  if (handle_ == nullptr) {
    call->failure = lost_;
    return call->done.Set();
  }
  waiting_.push_back(std::move(call));
  if (group_.empty()) StartGroup();
}

void PostgresConnection::StartGroup() {
  group_failed_ = false;
  call_ = 0;
  if (!alone_.empty()) {
    group_.push_back(std::move(alone_.front()));
    alone_.pop_front();
  } else {
    for (std::size_t bytes = 0; !waiting_.empty() && group_.size() < kMostCalls;) {
      bytes += SizeOf(*waiting_.front());
      if (!group_.empty() && bytes > kMostBytes) break;
      group_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  if (group_.empty()) return;
  if (!SendGroup()) return Lose(PostgresWords(PQerrorMessage(handle_.get())));
  patience_.expires_after(kPatience);
  patience_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    const auto self = weak.lock();
    if (!error && self != nullptr) self->Lose("it has not answered for 5 seconds");
  });
  Flush();
}

bool PostgresConnection::SendGroup() {
  for (const auto& call : group_) {
    call->answers.clear();
    for (const PostgresQuery& query : call->queries) {
      std::vector<const char*> values;
      std::vector<int> lengths;
      std::vector<int> formats;
      for (const PostgresParameter& parameter : query.parameters) {
        values.push_back(parameter.value.c_str());
        lengths.push_back(static_cast<int>(parameter.value.size()));
        formats.push_back(parameter.bytes ? 1 : 0);
      }
      if (PQsendQueryPrepared(handle_.get(), StatementName(query.statement).c_str(),
                              static_cast<int>(values.size()), values.data(), lengths.data(), formats.data(),
                              1) == 0) {
        return false;
      }
    }
  }
  return PQpipelineSync(handle_.get()) == 1;
}

void PostgresConnection::Flush() {
  const int left = PQflush(handle_.get());
  if (left < 0) return Lose(PostgresWords(PQerrorMessage(handle_.get())));
  if (left > 0) AwaitWrite();
}

void PostgresConnection::AwaitRead() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const asio::error_code& error) {
                       if (!error && self->handle_ != nullptr) self->Read();
                     });
}

void PostgresConnection::AwaitWrite() {
  if (writing_) return;
  writing_ = true;
  socket_.async_wait(asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const asio::error_code& error) {
                       self->writing_ = false;
                       if (!error && self->handle_ != nullptr) self->Flush();
                     });
}

void PostgresConnection::Read() {
  if (PQconsumeInput(handle_.get()) == 0) return Lose(PostgresWords(PQerrorMessage(handle_.get())));
  while (PGnotify* notify = PQnotifies(handle_.get())) {
    const std::string said = notify->extra;
    PQfreemem(notify);
    hooks_.on_notify(said);
  }
  while (handle_ != nullptr && !group_.empty() && PQisBusy(handle_.get()) == 0) {
    PGresult* result = PQgetResult(handle_.get());
    if (result == nullptr && !between_) break;
    between_ = result != nullptr && PQresultStatus(result) != PGRES_PIPELINE_SYNC;
    if (result != nullptr) Take(result);
  }
  if (handle_ == nullptr) return;
  if (PQstatus(handle_.get()) == CONNECTION_BAD) return Lose(PostgresWords(PQerrorMessage(handle_.get())));
  Flush();  // reading may have made room
  if (handle_ != nullptr) AwaitRead();
}

void PostgresConnection::Take(pg_result* result) {
  PostgresRows rows(result);  // owns it
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_PIPELINE_SYNC) return EndGroup();
  if (call_ >= group_.size()) return;
  PostgresCall& call = *group_[call_];
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    call.answers.push_back(std::move(rows));
    if (call.answers.size() == call.queries.size()) ++call_;
    return;
  }
  if (status == PGRES_PIPELINE_ABORTED) return;  // what came after the one that failed
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  call.sql_state = state == nullptr ? "" : state;
  call.failure = words == nullptr ? PostgresWords(PQresultErrorMessage(result)) : PostgresWords(words);
  group_failed_ = true;
  // The server, or its replacement, takes no writes: another one may.
  if (call.sql_state == "25006") {
    asio::post(loop_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self != nullptr) self->Lose("it is read-only; another server may have taken over");
    });
  }
}

void PostgresConnection::EndGroup() {
  patience_.cancel();
  Group group = std::exchange(group_, {});
  if (group_failed_ && group.size() > 1) {
    for (auto& call : group) {
      call->failure.reset();
      call->sql_state.clear();
      alone_.push_back(std::move(call));
    }
  } else {
    const auto writes = [](const auto& call) {
      return std::ranges::any_of(call->queries, &Writes, &PostgresQuery::statement);
    };
    if (!group_failed_ && std::ranges::any_of(group, writes)) hooks_.on_commit();
    for (const auto& call : group) Answer(*call);
  }
  StartGroup();
}

void PostgresConnection::Answer(PostgresCall& call) {
  call.done.Set();
  const bool lost = call.failure && call.sql_state.empty();
  if (!call.claim.empty() && (lost || (call.unheard && !call.failure))) hooks_.on_unheard(call);
}

void PostgresConnection::Lose(std::string why) {
  if (handle_ == nullptr) return;
  const auto self = shared_from_this();
  const auto on_lost = hooks_.on_lost;
  why = "PostgreSQL was lost: " + (why.empty() ? "the connection was closed" : why);
  Close(why);
  if (on_lost) asio::post(loop_, [on_lost, why] { on_lost(why); });
}

void PostgresConnection::Close(const std::string& why) {
  if (handle_ == nullptr) return;
  patience_.cancel();
  if (socket_.is_open())
    socket_.release();  // before libpq closes it, and the number is given to someone else
  handle_.reset();
  lost_ = why;
  for (auto* calls : {&alone_, &waiting_}) {
    for (auto& call : *calls) group_.push_back(std::move(call));
    calls->clear();
  }
  for (const auto& call : std::exchange(group_, {})) {
    call->failure = why;
    call->sql_state.clear();
    Answer(*call);
  }
}

}  // namespace flux::service
