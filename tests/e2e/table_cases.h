// table_cases: what the table of the doors asks for, in the words of today's JSON. A door says it in its own.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace flux::e2e {

inline constexpr char kOk[] = "OK";

// Why flux.v1 over gRPC cannot say a row. Every other door says every row.
enum class Unsaid {
  kNothing,             // it can
  kNoSuchValue,         // its types have no such value
  kKeysAreTheGateways,  // API keys are known to the gateway alone
};

struct Case {
  const char* name;
  const char* model;
  nlohmann::json fields = nlohmann::json::object();  // beside the prompt
  const char* reason = kOk;                          // row of the error table
  const char* prompt = "";                           // empty: the case's name; "sim:…" lets fal fail
  const char* caller = "";                           // name of a key; empty: none is shown
  bool keyed = false;                                // with an idempotency key
  bool again = false;      // the same request once more: what counts is the second answer
  std::size_t bought = 1;  // by one door
  Unsaid unsaid = Unsaid::kNothing;
};

std::vector<Case> TableCases();

// GoogleTest's word for a row.
void PrintTo(const Case& row, std::ostream* out);

}  // namespace flux::e2e
