// A call waits for its answer, and takes note of it.
#include "service/store/postgres_ask.h"

#include "service/store/heard.h"

namespace flux::service {

using asio::awaitable;

awaitable<Result<Answers>> Ask(std::shared_ptr<PostgresLink> link, Queries queries, std::string claim) {
  const auto call = std::make_shared<PostgresCall>(link->loop().get_executor());
  call->queries = std::move(queries);
  call->claim = std::move(claim);
  Heard heard(call->unheard);
  link->Send(call);
  if (co_await call->done.Wait(SteadyTime::max()) != Event::Outcome::kHappened) {
    co_return Status(Reason::kCancelled);
  }
  heard.Set();
  link->Note(*call);
  if (!call->failure) co_return std::move(call->answers);
  const std::string prefix = call->sql_state.empty() ? "" : "PostgreSQL refuses: ";
  co_return Status(Reason::kStoreUnavailable, prefix + *call->failure);
}

awaitable<Result<Answers>> AskOne(std::shared_ptr<PostgresLink> link, PostgresQuery query) {
  Queries queries;
  queries.push_back(std::move(query));
  co_return co_await Ask(std::move(link), std::move(queries));
}

}  // namespace flux::service
