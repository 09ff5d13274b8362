// bill_view: the bill as callers are shown it.
#pragma once

#include <asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "flux/v1/jobs.pb.h"
#include "service/store/bill_records.h"

namespace flux::service {

// What this caller bought and fal charged since `first_day` ("2026-11-25"); without a caller everybody's, and
// what fal charged that nobody here bought. Findings younger than `lag` are left out.
asio::awaitable<Result<v1::Bill>> ShowBill(BillRecords& records, std::optional<std::string> caller,
                                           std::string first_day, std::chrono::milliseconds lag);

}  // namespace flux::service
