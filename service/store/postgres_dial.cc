// libpq without blocking calls, so that a server that has stopped answering is given up in time.
#include "service/store/postgres_dial.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "service/store/postgres_schema.h"
#include "service/store/postgres_statements.h"

namespace flux::service {
namespace {

using std::chrono::steady_clock;

constexpr int kOldestServer = 130000;
constexpr std::chrono::milliseconds kTick{50};  // how soon `stop` is seen

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

// What ends a dial; caught in DialPostgres.
struct Failed {
  std::string problem;
  bool refused = false;
};

class Dial {
 public:
  Dial(std::chrono::milliseconds patience, const std::atomic<bool>& stop)
      : deadline_(steady_clock::now() + patience), stop_(stop) {}

  PostgresHandle Connect(const PostgresTarget& target);
  void Check();
  void Migrate();
  void Prepare(bool full_sync);

 private:
  void Await(int events);
  ResultHandle Finish();
  ResultHandle Execute(const std::string& sql);
  std::string Value(const std::string& sql);
  int Version();

  const steady_clock::time_point deadline_;
  const std::atomic<bool>& stop_;
  PGconn* connection_ = nullptr;
};

// Returns when the socket may be ready.
void Dial::Await(int events) {
  for (;;) {
    if (stop_) throw Failed{"it was told to stop", false};
    if (steady_clock::now() >= deadline_) throw Failed{"PostgreSQL does not answer", false};
    pollfd watched{PQsocket(connection_), static_cast<short>(events), 0};
    if (poll(&watched, 1, static_cast<int>(kTick.count())) != 0) return;
  }
}

PostgresHandle Dial::Connect(const PostgresTarget& target) {
  // Those before dbname are defaults, which the text may override; the ones after it are not.
  std::vector<const char*> names{"application_name",    "target_session_attrs", "keepalives_idle",
                                 "keepalives_interval", "keepalives_count",     "dbname",
                                 "client_encoding"};
  std::vector<const char*> values{"flux-service", "read-write", "10", "3", "3", target.text.c_str(), "UTF8"};
  if (!target.password.empty()) {
    names.push_back("password");
    values.push_back(target.password.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PostgresHandle handle(PQconnectStartParams(names.data(), values.data(), 1));
  connection_ = handle.get();
  if (handle == nullptr) throw Failed{"out of memory"};
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
  for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK; next = PQconnectPoll(connection_)) {
    if (PQstatus(connection_) == CONNECTION_BAD || next == PGRES_POLLING_FAILED) {
      throw Failed{PostgresWords(PQerrorMessage(connection_))};
    }
    Await(next == PGRES_POLLING_READING ? POLLIN : POLLOUT);
  }
  return handle;
}

ResultHandle Dial::Finish() {
  ResultHandle last;
  for (;;) {
    while (PQisBusy(connection_) != 0) {
      Await(POLLIN);
      if (PQconsumeInput(connection_) == 0) throw Failed{PostgresWords(PQerrorMessage(connection_))};
    }
    ResultHandle next(PQgetResult(connection_));
    if (next == nullptr) return last;
    const ExecStatusType status = PQresultStatus(next.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw Failed{PostgresWords(PQresultErrorMessage(next.get()))};
    }
    last = std::move(next);
  }
}

ResultHandle Dial::Execute(const std::string& sql) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) throw Failed{PostgresWords(PQerrorMessage(connection_))};
  return Finish();
}

std::string Dial::Value(const std::string& sql) {
  const ResultHandle result = Execute(sql);
  if (PQntuples(result.get()) == 0) return {};
  return PQgetvalue(result.get(), 0, 0);
}

// Which version of the schema there is; 0: none.
int Dial::Version() {
  const std::string whose = Value(
      "SELECT CASE WHEN bool_or(relname = 'schema_version') THEN 'ours' WHEN count(*) > 0 THEN 'theirs' END "
      "FROM pg_class WHERE relnamespace = to_regnamespace('flux')");
  if (whose == "theirs") {
    throw Failed{"the schema flux of this database belongs to another program; use a database of its own",
                 true};
  }
  return whose.empty() ? 0 : std::stoi("0" + Value("SELECT max(version) FROM flux.schema_version"));
}

void Dial::Check() {
  const int version = PQserverVersion(connection_);
  if (version < kOldestServer) {
    throw Failed{"PostgreSQL " + std::to_string(version / 10000) + " is too old: 13 or newer is needed",
                 true};
  }
  const std::string encoding = Value("SHOW server_encoding");
  if (encoding != "UTF8") {
    throw Failed{"the database's encoding is " + encoding + "; it must be UTF8", true};
  }
}

void Dial::Migrate() {
  const auto steps = PostgresSchemaSteps();
  const int known = static_cast<int>(steps.size());
  int version = Version();
  if (version < known) {
    Execute("BEGIN");
    Execute("SELECT pg_advisory_xact_lock(1179407704, 0)");  // another replica may be at it
    version = Version();
    if (version == 0 && Value("SELECT to_regnamespace('flux')::text").empty()) Execute("CREATE SCHEMA flux");
    for (int step = version; step < known; ++step) {
      for (const char* text : steps[static_cast<std::size_t>(step)]) Execute(text);
    }
    Execute("UPDATE flux.schema_version SET version = " + std::to_string(std::max(version, known)));
    Execute("COMMIT");
  }
  if (version > known) {
    throw Failed{"the tables in the schema flux were made by a newer flux-service (version " +
                     std::to_string(version) + ", this program knows " + std::to_string(known) +
                     "); use that one",
                 true};
  }
}

void Dial::Prepare(bool full_sync) {
  // 4 s: a verb has five, and its answer should say what it waited for.
  Execute(
      "SET statement_timeout = '4s'; SET lock_timeout = '4s'; SET client_min_messages = error; "
      "SET default_transaction_isolation = 'read committed'; SET jit = off");
  if (full_sync && Value("SHOW synchronous_commit") == "off") Execute("SET synchronous_commit = on");
  const auto texts = PostgresStatements();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = StatementName(static_cast<PostgresStatement>(i));
    if (PQsendPrepare(connection_, name.c_str(), texts[i].c_str(), 0, nullptr) == 0) {
      throw Failed{PostgresWords(PQerrorMessage(connection_))};
    }
    Finish();
  }
  Execute("LISTEN flux_jobs");
  if (PQsetnonblocking(connection_, 1) != 0 || PQenterPipelineMode(connection_) == 0) {
    throw Failed{PostgresWords(PQerrorMessage(connection_))};
  }
}

// Whether a text may hold a password, so that it must not be quoted.
bool MayHoldPassword(std::string_view text) {
  const auto host = text.find('@');
  const auto user = text.find("//");
  return text.find("pass") != std::string_view::npos ||
         (host != std::string_view::npos &&
          text.substr(user + 2, host - user - 2).find(':') != std::string_view::npos);
}

}  // namespace

void ClosePostgres::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Dialled DialPostgres(const PostgresTarget& target, std::chrono::milliseconds patience,
                     const std::atomic<bool>& stop) {
  Dialled dialled;
  try {
    Dial dial(patience, stop);
    PostgresHandle connection = dial.Connect(target);
    dial.Check();
    dial.Migrate();
    dial.Prepare(target.full_sync);
    dialled.connection = std::move(connection);
  } catch (const Failed& failed) {
    dialled.problem = "PostgreSQL cannot be used: " + failed.problem;
    dialled.refused = failed.refused;
  }
  return dialled;
}

std::string CheckPostgresText(std::string_view text) {
  char* words = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(text).c_str(), &words), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> message(words, &PQfreemem);
  if (options == nullptr) {
    const std::string why = message == nullptr || MayHoldPassword(text) ? "" : PostgresWords(message.get());
    return "must be postgres://USER@HOST:PORT/DATABASE?NAME=VALUE, as libpq reads it" +
           (why.empty() ? why : ": " + why);
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view name = option->keyword;
    const std::string_view value = option->val == nullptr ? "" : option->val;
    if (name == "password" && !value.empty()) {
      return "must hold no password: that is a secret (FLUX_STORE_PASSWORD, or libpq's password file)";
    }
    const auto digit = [](char c) { return c == ',' || std::isdigit(static_cast<unsigned char>(c)) != 0; };
    if (name == "port" && !std::ranges::all_of(value, digit)) return "must have a number as its port";
  }
  return {};
}

std::string PostgresWords(std::string_view message) {
  std::string words;
  for (const char c : message) {
    const bool space = c == '\n' || c == '\t' || c == ' ';
    if (!space) {
      words += c;
    } else if (!words.empty() && words.back() != ' ') {
      words += ' ';
    }
  }
  while (!words.empty() && words.back() == ' ') words.pop_back();
  return words;
}

}  // namespace flux::service
