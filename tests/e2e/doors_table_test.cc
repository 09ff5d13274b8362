// One table of cases, played through every door: the same purchase at fal, the same price, the same refusal,
// the same ledgers, whatever dialect it was asked in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <span>

#include "tests/e2e/api_key.h"
#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"
#include "tests/e2e/table_cases.h"
#include "tests/e2e/table_doors.h"

namespace flux::e2e {
namespace {

using nlohmann::json;

constexpr const char* kDoorNames[] = {"flux", "openai", "fal", "grpc"};

// What one door made of a case.
struct Outcome {
  Said said;
  json billed = json::array();  // the simulator's ledger, without what differs between equal purchases
  json sent;                    // what fal received last of it; null: nothing
  Spent spent;                  // by callers whose purchases are all over when they are answered
};

class DoorsTable : public testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    place_ = new StorePlace("sqlite");
    const std::string keys = place_->folder() / "keys";
    const std::string budgets = place_->folder() / "budgets";
    std::ofstream file(keys);
    std::ofstream money(budgets);
    const std::map<std::string, std::string> limits{{"narrow", "models=text-to-image/schnell"},
                                                    {"poor", "models=*"},
                                                    {"regular", "models=*"},
                                                    {"slow", "rate=1"}};
    // Each door has callers of its own, so that one does not use up the other's limits.
    for (const std::string door : kDoorNames) {
      for (const auto& [name, limit] : limits) {
        const Key key = Keygen({name + "-" + door, limit});
        file << key.line << '\n';
        (*keys_)[name + "-" + door] = key.key;
      }
      money << "poor-" << door << " usd=0.001 per=day\n";
    }
    file.close();
    money.close();
    stack_ = new Stack({.service = place_->Arguments({"--budgets-file=" + budgets}),
                        .gateway = {"--api-keys-file=" + keys, "--allow-anonymous"},
                        .whole_fal = true});
    for (auto& door : RestDoors(*stack_)) doors_->push_back(std::move(door));
    doors_->push_back(GrpcDoor(stack_->service->Address("grpc")));
    std::vector<std::string> names;
    for (const auto& door : *doors_) names.push_back(door->name());
    ASSERT_THAT(names, testing::ElementsAreArray(kDoorNames));
  }
  static void TearDownTestSuite() {
    doors_->clear();
    delete stack_;
    delete place_;
    stack_ = nullptr;
    place_ = nullptr;
  }

  static std::size_t Received() {
    return Stack::Get(stack_->fal_address(), "/_sim/requests").json["requests"].size();
  }

  static json Billed(const std::string& prompt) {
    const auto query = httplib::append_query_params("/_sim/ledger", {{"prompt", prompt}});
    json purchases = Stack::Get(stack_->fal_address(), query).json["purchases"];
    for (json& purchase : purchases) {
      for (const char* name : {"request_id", "seed", "time", "input_sha256"}) purchase.erase(name);
    }
    return purchases;
  }

  static Question QuestionOf(const Case& row, const TableDoor& door) {
    Question question{.model = row.model, .fields = row.fields};
    question.fields["prompt"] = *row.prompt == '\0' ? row.name : row.prompt;
    if (row.keyed) question.idempotency_key = std::string(row.name) + "-" + door.name();
    if (*row.caller == '\0') return question;
    question.caller = std::string(row.caller) + "-" + door.name();
    if (!door.takes_keys()) return question;
    const auto key = keys_->find(question.caller);
    question.key = key == keys_->end() ? "flux_none" : key->second;
    return question;
  }

  // Nothing where the door has no words for the row.
  static std::optional<Outcome> Play(const Case& row, TableDoor& door) {
    const Question question = QuestionOf(row, door);
    const std::string prompt = question.fields["prompt"];
    const bool counts = row.caller == std::string_view("regular");
    const Spent spent = counts ? door.SpentBy(question) : Spent();
    const std::size_t billed = Billed(prompt).size();
    const std::size_t received = Received();
    std::optional<Said> said = door.Ask(question);
    if (said && row.again) said = door.Ask(question);
    if (!said) {
      EXPECT_EQ(Received(), received) << "nothing was sent";
      return std::nullopt;
    }
    Outcome outcome{.said = *said, .billed = Billed(prompt), .sent = nullptr, .spent = {}};
    outcome.billed.erase(outcome.billed.begin(),
                         outcome.billed.begin() + static_cast<std::ptrdiff_t>(billed));
    if (Received() > received) outcome.sent = stack_->LastRequest();
    if (counts) {
      const Spent now = door.SpentBy(question);
      outcome.spent = {now.spent - spent.spent, now.reserved - spent.reserved,
                       now.purchases - spent.purchases};
    }
    EXPECT_EQ(outcome.said.code, row.reason) << door.name();
    EXPECT_EQ(outcome.billed.size(), row.bought) << door.name();
    return outcome;
  }

  // What is meant by a request to fal: without what differs between two equal purchases. A seed that nobody
  // gave is drawn, and OpenAI's masks are turned round on the way.
  static json Meaning(const Case& row, const json& sent) {
    if (sent.is_null()) return nullptr;
    json body = sent["body"];
    if (!row.fields.contains("seed")) body.erase("seed");
    if (body.contains("mask_url")) body["mask_url"] = body["mask_url"].get<std::string>().substr(0, 22);
    return {{"endpoint", sent["endpoint"]}, {"body", body}};
  }

  static void ExpectSame(const Case& row, const Outcome& other, const Outcome& first) {
    EXPECT_EQ(other.said.code, first.said.code);
    EXPECT_EQ(other.said.micro_usd, first.said.micro_usd);
    EXPECT_EQ(other.said.replayed, first.said.replayed);
    EXPECT_EQ(other.said.free, first.said.free);
    EXPECT_TRUE(!other.said.retryable || other.said.retryable == first.said.retryable);
    EXPECT_EQ(other.billed, first.billed);
    EXPECT_EQ(Meaning(row, other.sent), Meaning(row, first.sent));
    EXPECT_EQ(other.spent.spent, first.spent.spent);
    EXPECT_EQ(other.spent.reserved, first.spent.reserved);
    EXPECT_EQ(other.spent.purchases, first.spent.purchases);
  }

  static Stack* stack_;
  static StorePlace* place_;
  static std::map<std::string, std::string>* keys_;
  static std::vector<std::unique_ptr<TableDoor>>* doors_;
};

Stack* DoorsTable::stack_ = nullptr;
StorePlace* DoorsTable::place_ = nullptr;
std::map<std::string, std::string>* DoorsTable::keys_ = new std::map<std::string, std::string>();
std::vector<std::unique_ptr<TableDoor>>* DoorsTable::doors_ = new std::vector<std::unique_ptr<TableDoor>>();

TEST_P(DoorsTable, MeansTheSameBehindEveryDoor) {
  const Case& row = GetParam();
  const std::optional<Outcome> first = Play(row, *doors_->front());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->sent.is_null(), row.bought == 0 && *row.prompt == '\0') << "something to compare";
  EXPECT_EQ(first->said.replayed, row.again && row.keyed && first->said.code == kOk);
  EXPECT_EQ(first->said.micro_usd > 0, first->said.code == kOk);
  for (const auto& door : std::span(*doors_).subspan(1)) {
    SCOPED_TRACE(door->name());
    if (row.unsaid == Unsaid::kKeysAreTheGateways && !door->takes_keys()) continue;
    const std::optional<Outcome> other = Play(row, *door);
    EXPECT_EQ(other.has_value(), row.unsaid != Unsaid::kNoSuchValue || door->name() != "grpc");
    if (other) ExpectSame(row, *other, *first);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, DoorsTable, testing::ValuesIn(TableCases()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace flux::e2e
