// Telling that a call is about to be sent, before anything is.
#include "service/wire/ledger_transport.h"

#include <gtest/gtest.h>

#include "base/event_loop.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fakes/kept_call.h"
#include "tests/fakes/on_loop.h"

namespace flux::fal {
namespace {

// Says what it is told to say, and how much had been sent when it was asked.
class FakeLedger final : public SendLedger {
 public:
  explicit FakeLedger(const fakes::FakeTransport& wire) : wire_(wire) {}

  asio::awaitable<std::optional<Status>> AboutToSend(const FalCall&) override {
    sent_before.push_back(wire_.received().size());
    co_return verdict;
  }

  std::optional<Status> verdict;
  std::vector<std::size_t> sent_before;

 private:
  const fakes::FakeTransport& wire_;
};

class LedgerTransportTest : public testing::Test {
 protected:
  LedgerTransportTest() { wire_.Answer(FalReply{.status = 200}); }
  ~LedgerTransportTest() override { loop_.Stop(); }

  Result<FalReply> Send(SendLedger* ledger) {
    FalCall call;
    call.ledger = ledger;
    return fakes::Spawned<Result<FalReply>>(loop_, fakes::SendKept(transport_, std::move(call))).Get();
  }

  EventLoop loop_{"test"};
  fakes::FakeTransport wire_;
  FakeLedger ledger_{wire_};
  LedgerTransport transport_{wire_};
};

TEST_F(LedgerTransportTest, TellsBeforeAnythingIsSent) {
  EXPECT_TRUE(Send(&ledger_));
  EXPECT_EQ(ledger_.sent_before, std::vector<std::size_t>{0});
  EXPECT_EQ(wire_.received().size(), 1u);
}

TEST_F(LedgerTransportTest, WithoutItsConsentNothingIsSent) {
  ledger_.verdict = Status(Reason::kServiceOverloaded);
  const Result<FalReply> reply = Send(&ledger_);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().reason, Reason::kServiceOverloaded);
  EXPECT_EQ(reply.error().billed, Billed::kNo);
  EXPECT_TRUE(wire_.received().empty());
}

TEST_F(LedgerTransportTest, ACallWithoutALedgerGoesOn) {
  EXPECT_TRUE(Send(nullptr));
  EXPECT_EQ(wire_.received().size(), 1u);
}

}  // namespace
}  // namespace flux::fal
