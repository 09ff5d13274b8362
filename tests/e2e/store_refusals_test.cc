// A store that cannot be used is told at start, and one that goes away while purchases come is told to those
// who need it; all others go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"

namespace flux::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr char kBody[] = R"({"prompt":"stored"})";
constexpr int kNotStarted = 1;
constexpr int kBadSettings = 2;

httplib::Headers WithKey(const std::string& key) {
  return {{"Idempotency-Key", key}};
}

std::string Content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Execute(const std::string& file, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

// How flux-service ends that is started with this store; `command` runs it.
std::pair<int, std::string> StartWith(const StorePlace& place, std::vector<std::string> more = {},
                                      std::vector<std::string> command = {}) {
  std::vector<std::string> arguments = place.Arguments(std::move(more));
  arguments.insert(arguments.end(),
                   {"--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--fal-url=http://127.0.0.1:1"});
  std::string program = "flux-service";
  if (!command.empty()) {
    program = command.front();
    command.erase(command.begin());
    command.emplace_back(FLUX_BIN_DIR "/flux-service");
    arguments.insert(arguments.begin(), command.begin(), command.end());
  }
  Process::Settings environment = place.Environment();
  environment["FAL_KEY"] = kKey;
  Process process(program, arguments, environment);
  const int code = process.Wait();
  return {code, process.Output()};
}

class StoreRefusals : public testing::Test {
 protected:
  void Refused(const std::string& says) {
    const std::string before = Content(place_.file());
    const auto [code, output] = StartWith(place_);
    EXPECT_EQ(code, kNotStarted) << output;
    EXPECT_THAT(output, HasSubstr("start_failed"));
    EXPECT_THAT(output, HasSubstr(says));
    EXPECT_EQ(Content(place_.file()), before) << "what is not ours is left as it was";
  }
  // Makes the file with purchases in it.
  void Fill(int purchases = 1) {
    Stack stack({.service = place_.Arguments(), .whole_fal = true});
    for (int i = 0; i < purchases; ++i) {
      EXPECT_EQ(stack.Post(kDev, kBody, WithKey("key-" + std::to_string(i))).status, 200);
    }
    stack.service->Signal(SIGTERM);
    EXPECT_EQ(stack.service->Wait(), 0);
  }
  // A picture with and one without a key.
  static void BothBuy(Stack& stack, const std::string& key) {
    EXPECT_EQ(stack.Insist(kDev, kBody, WithKey(key)).status, 200);
    EXPECT_EQ(stack.Post(kDev, kBody).status, 200);
  }
  // Who needs the store is refused before anything is sent; who does not has a picture.
  static void OnlyUnkeyedBuy(Stack& stack) {
    const std::size_t before = stack.Billed();
    Answer refused;
    EXPECT_TRUE(Eventually([&] {
      refused = stack.Post(kDev, kBody, WithKey("while away"));
      return refused.json["code"] == "STORE_UNAVAILABLE";
    })) << refused.body;
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.json["billed"], "no");
    EXPECT_EQ(refused.json["retryable"], true);
    EXPECT_NE(refused.Header("Retry-After"), "");
    EXPECT_EQ(stack.Post(kDev, kBody).status, 200);
    EXPECT_EQ(stack.Billed(), before + 1);
  }

  StorePlace place_{"sqlite"};
};

TEST_F(StoreRefusals, TextIsNoStore) {
  std::ofstream(place_.file()) << std::string(5000, 'x');
  Refused("is no SQLite file");
}

TEST_F(StoreRefusals, AnotherProgramsDatabaseIsLeftAlone) {
  Execute(place_.file(), "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
  Refused(place_.file());
}

TEST_F(StoreRefusals, AFileOfANewerVersionWantsThatVersion) {
  Fill();
  Execute(place_.file(), "PRAGMA user_version = 999");
  Refused("newer flux-service");
}

TEST_F(StoreRefusals, AFileInUseIsRefused) {
  Stack stack({.service = place_.Arguments(), .whole_fal = true});
  const auto [code, output] = StartWith(place_);
  EXPECT_EQ(code, kNotStarted);
  EXPECT_THAT(output, HasSubstr("is in use by another flux-service"));
  BothBuy(stack, "still here");
}

TEST_F(StoreRefusals, AReadOnlyFileIsToldAtStart) {
  Fill();
  std::vector<std::string> command;
  if (getuid() == 0) {  // root may write everywhere
    for (const fs::path& each :
         {place_.folder(), fs::path(place_.file()), fs::path(place_.file() + ".lock")}) {
      ASSERT_EQ(chown(each.c_str(), 65534, 65534), 0);
    }
    command = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
  }
  fs::permissions(place_.file(), fs::perms::owner_read);
  const auto [code, output] = StartWith(place_, {}, command);
  EXPECT_EQ(code, kNotStarted) << output;
  EXPECT_THAT(output, HasSubstr("cannot be opened for writing"));
}

TEST_F(StoreRefusals, ADamagedFileIsSetAsideAndBegunAnewOnlyWhenTold) {
  Fill(3);
  const auto size = fs::file_size(place_.file());
  {
    std::fstream file(place_.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(size - 4096, '\xff');
  }
  const std::string damaged = Content(place_.file());
  for (int start = 0; start < 2; ++start) {
    const auto [code, output] = StartWith(place_);
    EXPECT_EQ(code, kNotStarted) << output;
    EXPECT_THAT(output, HasSubstr("--store-begin-anew"));
    int copies = 0;
    for (const auto& entry : fs::directory_iterator(place_.folder())) {
      const std::string name = entry.path().string();
      if (!name.starts_with(place_.file() + ".corrupt-") || name.ends_with("-wal")) continue;
      ++copies;
      EXPECT_EQ(Content(name), damaged);
      EXPECT_THAT(output, HasSubstr(name));
    }
    EXPECT_EQ(copies, 1);
  }
  Stack stack({.service = place_.Arguments({"--store-begin-anew"}), .whole_fal = true});
  BothBuy(stack, "anew");
}

TEST_F(StoreRefusals, AFullStoreRefusesKeysAndLosesNothing) {
  Stack stack({.service = place_.Arguments({"--store-max-bytes=150000"}), .whole_fal = true});
  const Answer first = stack.Post(kDev, kBody, WithKey("first"));
  ASSERT_EQ(first.status, 200);
  std::size_t bought = 1;
  ASSERT_TRUE(Eventually([&] {
    const Answer next = stack.Post(kDev, kBody, WithKey("fill-" + std::to_string(bought)));
    bought += next.status == 200 ? 1 : 0;
    return next.status != 200;
  }));
  EXPECT_EQ(stack.Billed(), bought);
  OnlyUnkeyedBuy(stack);
  const Answer again = stack.Post(kDev, kBody, WithKey("first"));
  EXPECT_NE(again.status, 503) << again.body;
  EXPECT_EQ(stack.Billed(), bought + 1);
}

TEST_F(StoreRefusals, ADiskThatIsFullRefusesKeysAndLosesNothing) {
  Fill();
  // Files may not grow beyond 300 blocks of 512 bytes; who writes more has an error, and no signal.
  const std::string script = "trap '' XFSZ; ulimit -f 300; exec " FLUX_BIN_DIR "/flux-service \"$@\"";
  Stack stack({.service = place_.Arguments(),
               .whole_fal = true,
               .service_program = "/bin/sh",
               .before = {"-c", script, "sh"}});
  std::size_t bought = 0;
  ASSERT_TRUE(Eventually([&] {
    const Answer next = stack.Post(kDev, kBody, WithKey("fill-" + std::to_string(bought)));
    bought += next.status == 200 ? 1 : 0;
    return next.status != 200;
  }));
  OnlyUnkeyedBuy(stack);
  const std::size_t paid = stack.Billed();
  stack.RestartService();  // with room again
  for (std::size_t i = 0; i <= bought; ++i) {
    EXPECT_EQ(stack.Insist(kDev, kBody, WithKey("fill-" + std::to_string(i))).status, 200) << i;
  }
  EXPECT_LE(stack.Billed(), paid + 1);
}

class PostgresRefusals : public StoreRefusals {
 protected:
  StorePlace postgres_{"postgres"};
};

TEST_F(PostgresRefusals, AWrongPasswordIsToldAndNotPrinted) {
  Stack stack({.service = postgres_.Arguments(),
               .whole_fal = true,
               .environment = {{"FLUX_STORE_PASSWORD", "canary-wrong"}}});
  EXPECT_TRUE(Eventually(
      [&] { return stack.service->Output().find("password authentication failed") != std::string::npos; }));
  EXPECT_THAT(stack.service->Output(), HasSubstr("store_away"));
  OnlyUnkeyedBuy(stack);
  EXPECT_THAT(stack.service->Output(), Not(HasSubstr("canary-wrong")));
}

TEST_F(PostgresRefusals, AServerThatGoesAndComesBackCostsNothing) {
  Stack stack({.service = postgres_.Arguments(), .whole_fal = true, .environment = postgres_.Environment()});
  BothBuy(stack, "before");
  postgres_.postgres()->Kill();
  OnlyUnkeyedBuy(stack);
  const std::size_t before = stack.Billed();
  postgres_.postgres()->Start();
  const Answer replay = stack.Insist(kDev, kBody, WithKey("before"));
  EXPECT_EQ(replay.Header("Idempotent-Replayed"), "true");
  BothBuy(stack, "after");
  EXPECT_EQ(stack.Billed(), before + 2);
  EXPECT_THAT(stack.service->Output(), Not(HasSubstr(postgres_.postgres()->password())));
}

TEST_F(StoreRefusals, ABudgetsFileWithMistakesIsToldAtStartAndChangesNothingLater) {
  const std::string file = place_.folder() / "budgets";
  std::ofstream(file) << "* usd=1 per=day\nada usd=ten per=day\ntotal usd=5 per=year\n";
  const auto [code, output] = StartWith(place_, {"--budgets-file=" + file});
  EXPECT_EQ(code, kBadSettings);
  EXPECT_THAT(output, HasSubstr("--budgets-file: line 2"));
  EXPECT_THAT(output, HasSubstr("--budgets-file: line 3"));

  const std::string body = R"({"prompt":"budget","image_size":"square_hd"})";
  std::ofstream(file, std::ios::trunc) << "* usd=0.025 per=day\n";
  Stack stack({.service = place_.Arguments({"--budgets-file=" + file}), .whole_fal = true});
  EXPECT_EQ(stack.Post(kDev, body).status, 200);
  EXPECT_EQ(stack.Post(kDev, body).status, 402);
  for (const char* wrong : {"* usd=ten per=day\n", "* usd=1 per=day\n* usd=2 per=day\n"}) {
    std::ofstream(file, std::ios::trunc) << wrong;
    stack.service->Signal(SIGHUP);
    EXPECT_TRUE(
        Eventually([&] { return stack.service->Output().find("budgets_kept") != std::string::npos; }));
    EXPECT_EQ(stack.Post(kDev, body).status, 402);
  }
  std::ofstream(file, std::ios::trunc) << "* usd=0.05 per=day\n";
  stack.service->Signal(SIGHUP);
  EXPECT_TRUE(
      Eventually([&] { return stack.service->Output().find("budgets_loaded") != std::string::npos; }));
  EXPECT_EQ(stack.Post(kDev, body).status, 200);
  EXPECT_EQ(stack.Billed(), 2u);
}

}  // namespace
}  // namespace flux::e2e
