// Packs errors as flux-service does and expects the gateway to read the same from them.
#include "gateway/backend/rpc_status.h"

#include <gtest/gtest.h>

#include "service/rpc/rpc_status.h"

namespace flux {
namespace {

Status RoundTrip(const Status& status) {
  return gateway::FromRpc(RowOf(status.reason).grpc_code, "ignored", service::SerializeDetails(status));
}

class RpcStatus : public testing::TestWithParam<ReasonRow> {};

TEST_P(RpcStatus, EveryReasonSurvives) {
  const Status status(GetParam().reason, "what happened");
  if (status.reason == Reason::kUnauthenticated) {
    // The gateway's credentials, not the caller's.
    EXPECT_EQ(RoundTrip(status).reason, Reason::kServiceUnavailable);
  } else {
    EXPECT_EQ(RoundTrip(status), status);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, RpcStatus,
                         testing::ValuesIn(std::vector<ReasonRow>(ReasonTable().begin(),
                                                                  ReasonTable().end())),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(RpcStatusTest, EverythingInItSurvives) {
  Status status = InvalidFields({{"a.b", "is odd"}, {"c", "is even"}});
  status.billed = Billed::kYes;
  status.retry_after = std::chrono::milliseconds(1234);
  status.upstream = UpstreamError{422, "id", R"({"detail":"x"})"};
  EXPECT_EQ(RoundTrip(status), status);
}

TEST(RpcStatusTest, WhatIsRememberedSurvives) {
  Status status(Reason::kBudgetExceeded);
  status.job = "0123456789abcdef0123456789abcdef";
  for (const std::int64_t left : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{25'000'000}}) {
    status.budget_left_nano_usd = left;
    EXPECT_EQ(RoundTrip(status), status);
  }
}

TEST(RpcStatusTest, StaysSmallWhateverItHolds) {
  Status status(Reason::kUpstreamRejectedInput, std::string(100'000, 'm'));
  for (int i = 0; i < 1000; ++i) status.violations.push_back({"field", std::string(100, 'v')});
  status.upstream = UpstreamError{422, std::string(1000, 'i'), std::string(100'000, 'b')};
  EXPECT_LT(service::SerializeDetails(status).size(), 5000u);
  EXPECT_EQ(RoundTrip(status).reason, Reason::kUpstreamRejectedInput);
}

TEST(RpcStatusTest, CutsTextBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "é";
  EXPECT_EQ(RoundTrip(Status(Reason::kInternal, "x" + text)).reason, Reason::kInternal);
}

struct Transport {
  const char* name;
  int code;
  const char* message;
  Reason reason;
};

class TransportFailures : public testing::TestWithParam<Transport> {};

TEST_P(TransportFailures, AreOurs) {
  for (const char* details : {"", "garbage \xff\xff\xff"}) {
    const Status status = gateway::FromRpc(GetParam().code, GetParam().message, details);
    EXPECT_EQ(RowOf(status.reason).name, RowOf(GetParam().reason).name);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Codes, TransportFailures,
    testing::Values(
        Transport{"Cancelled", 1, "", Reason::kCancelled},
        Transport{"Deadline", 4, "Deadline Exceeded", Reason::kUpstreamTimeout},
        Transport{"TooLarge", 8, "Received message larger than max (90 vs. 80)", Reason::kPayloadTooLarge},
        Transport{"OutOfMemory", 8, "Resource quota exhausted", Reason::kServiceLost},
        Transport{"Unimplemented", 12, "", Reason::kInternal},
        Transport{"NobodyThere", 14, "failed to connect to all addresses; last error: x",
                  Reason::kServiceUnavailable},
        Transport{"NobodyAtAnyAddress", 14, "connections to all backends failing; last error: UNKNOWN",
                  Reason::kServiceUnavailable},
        Transport{"NoSuchName", 14, "DNS resolution failed for x", Reason::kServiceUnavailable},
        Transport{"BrokenMidway", 14, "Socket closed", Reason::kServiceLost},
        Transport{"Unknown", 2, "Stream removed", Reason::kInternal},
        Transport{"OutOfRange", 99, "", Reason::kInternal}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace flux
