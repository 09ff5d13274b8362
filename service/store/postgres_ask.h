// postgres_ask: how a verb's statements are sent to PostgreSQL, and what is said where they fail.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "service/store/postgres_link.h"

namespace flux::service {

using Queries = std::vector<PostgresQuery>;
using Answers = std::vector<PostgresRows>;

// A parameter, as the server reads it.
inline PostgresParameter P(std::string text) {
  return {std::move(text), false};
}
inline PostgresParameter P(std::int64_t number) {
  return {std::to_string(number), false};
}
inline PostgresParameter P(bool yes) {
  return {yes ? "true" : "false", false};
}

inline PostgresQuery Query(PostgresStatement statement, std::initializer_list<PostgresParameter> parameters) {
  return {statement, parameters};
}

// Sends queries as one verb. `claim`: what jobs they claim are found by. STORE_UNAVAILABLE, or CANCELLED.
asio::awaitable<Result<Answers>> Ask(std::shared_ptr<PostgresLink> link, Queries queries,
                                     std::string claim = {});
asio::awaitable<Result<Answers>> AskOne(std::shared_ptr<PostgresLink> link, PostgresQuery query);

}  // namespace flux::service
