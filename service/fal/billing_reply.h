// billing_reply: what fal's platform API says of money: what it charged for requests, and what is left of the
// account's credits (fal-api "Platform API"). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace flux::fal {

struct BillingEvent {
  std::string request_id;  // 1 to 128 letters, digits, "-" and "_"
  std::string endpoint;    // fal application; fal may tell its owner and name alone
  WallTime at;
  std::int64_t total_nano_usd = 0;  // discounts taken off; never below 0, and 0 may be provisional
};

struct BillingPage {
  std::vector<BillingEvent> events;  // those that can be read
  std::size_t unreadable = 0;        // those that cannot: of wrong types, without id or time, below 0
  std::string next_cursor;           // empty: this is the last page
};

// Nothing where the answer is no such page.
std::optional<BillingPage> ReadBillingPage(std::string_view body);

// What is left of the account's credits, in billionths of a dollar; below 0 where fal lends. Nothing where
// the answer does not say so, or in another currency.
std::optional<std::int64_t> ReadCredits(std::string_view body);

}  // namespace flux::fal
