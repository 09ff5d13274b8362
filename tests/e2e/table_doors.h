// table_doors: the doors that the table of cases is played through. Each turns a row into a request of its
// own dialect and reads the answer as a client of that dialect could.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/stack.h"

namespace flux::e2e {

struct Question {
  std::string model;
  nlohmann::json fields;             // with the prompt
  std::string idempotency_key = {};  // empty: none
  std::string caller = {};           // name of the key's holder; empty: nobody
  std::string key = {};              // an API key of this gateway, for doors that take one; empty: none
};

// What an answer tells.
struct Said {
  std::string code;             // kOk, or the row of the error table
  std::int64_t micro_usd = -1;  // of a success; -1: untold
  bool replayed = false;
  bool free = false;                   // a failure that is told to have cost nothing
  std::optional<bool> retryable = {};  // whether the same may be sent again; where the dialect tells it
};

// What a caller has spent and reserved today, in nano-dollars, and how often.
struct Spent {
  std::int64_t spent = 0;
  std::int64_t reserved = 0;
  std::int64_t purchases = 0;
};

class TableDoor {
 public:
  virtual ~TableDoor() = default;
  virtual std::string name() const = 0;
  // Whether it takes the gateway's API keys.
  virtual bool takes_keys() const { return true; }
  // Nothing where its dialect has no words for the question; then nothing was sent.
  virtual std::optional<Said> Ask(const Question& question) = 0;
  virtual Spent SpentBy(const Question& question) = 0;
};

// Ours, OpenAI's, fal's; and flux.v1 over gRPC. The first is what the others are held against. `stack` is
// borrowed.
std::vector<std::unique_ptr<TableDoor>> RestDoors(Stack& stack);
std::unique_ptr<TableDoor> GrpcDoor(const std::string& address);

}  // namespace flux::e2e
