// Keys while the program runs: changed, broken, deleted and empty files.
#include "gateway/guard/caller/key_ring.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/fakes/series.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;

constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class KeyRingTest : public testing::Test {
 protected:
  KeyRingTest() {
    char name[] = "/tmp/flux-keys-XXXXXX";
    close(mkstemp(name));
    file_ = name;
  }
  ~KeyRingTest() override { std::filesystem::remove(file_); }

  void Write(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }

  std::string file_;
  prometheus::Registry registry_;
  AdmissionMetrics metrics_{registry_};
  Log log_{LogLevel::kError};
};

TEST_F(KeyRingTest, WithoutAFileNoKeysAreAskedFor) {
  const KeyRing ring("", false, metrics_, log_);
  EXPECT_FALSE(ring.InUse());
  EXPECT_EQ(ring.Find("abc").key, nullptr);
}

TEST_F(KeyRingTest, AnUnreadableFileLetsNobodyIn) {
  const KeyRing ring("/nonexistent/keys", false, metrics_, log_);
  EXPECT_TRUE(ring.InUse());
  EXPECT_EQ(ring.Size(), 0u);
  EXPECT_EQ(KeyRing("/tmp", false, metrics_, log_).Size(), 0u) << "a directory";
}

TEST_F(KeyRingTest, ReloadRevokesAndAddsButKeepsWhatIsCounted) {
  Write(std::string("shop ") + kAbc);
  KeyRing ring(file_, false, metrics_, log_);
  const KeyRing::Found before = ring.Find("abc");
  ASSERT_NE(before.key, nullptr);
  EXPECT_TRUE(before.caller->Take(Gcra(1), 1000h).admitted);
  before.caller->in_flight = 3;

  Write(std::string("shop ") + kEmpty);
  ring.Reload();
  EXPECT_EQ(ring.Find("abc").key, nullptr);
  const KeyRing::Found after = ring.Find("");
  ASSERT_EQ(after.caller, before.caller);
  EXPECT_FALSE(after.caller->Take(Gcra(1), 1000h).admitted);
  EXPECT_EQ(before.key->name, "shop") << "who is being served stays who it is";
}

TEST_F(KeyRingTest, AMistakeChangesNothing) {
  Write(std::string("shop ") + kAbc);
  KeyRing ring(file_, false, metrics_, log_);
  Write(std::string("shop ") + kAbc + "\nlab oops");
  ring.Reload();
  EXPECT_NE(ring.Find("abc").key, nullptr);
  std::filesystem::remove(file_);
  ring.Reload();
  EXPECT_NE(ring.Find("abc").key, nullptr);
  for (const char* emptied : {"", "# nobody any more"}) {
    Write(emptied);
    ring.Reload();
    EXPECT_NE(ring.Find("abc").key, nullptr) << "to hold no key is a mistake";
  }
}

TEST_F(KeyRingTest, AFileWithoutKeysIsTakenWhereThatIsMeant) {
  Write(std::string("shop ") + kAbc);
  KeyRing ring(file_, true, metrics_, log_);
  Write("# nobody any more");
  ring.Reload();
  EXPECT_EQ(ring.Find("abc").key, nullptr);
  EXPECT_TRUE(ring.InUse());
}

TEST_F(KeyRingTest, LooksUpWhileItReloads) {
  Write(std::string("shop ") + kAbc);
  KeyRing ring(file_, false, metrics_, log_);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        const KeyRing::Found found = ring.Find("abc");
        ASSERT_NE(found.key, nullptr);
        ASSERT_EQ(found.caller->name, found.key->name);
        found.caller->Take(Gcra(1000), 1000h);
      }
    });
  }
  for (int i = 0; i < 50; ++i) ring.Reload();
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_F(KeyRingTest, NamesBeyondTheCapShareOneSeries) {
  for (std::size_t i = 0; i < 2 * AdmissionMetrics::kMaxCallers; ++i)
    metrics_.ForCaller("n" + std::to_string(i));
  std::size_t series = 0;
  for (const auto& family : registry_.Collect()) {
    if (family.name == "flux_gateway_caller_requests_total") series = family.metric.size();
  }
  EXPECT_EQ(series, 2 * (AdmissionMetrics::kMaxCallers + 1));
  EXPECT_TRUE(fakes::SeriesValue(registry_, "flux_gateway_caller_requests_total",
                                 {{"caller", "other"}, {"outcome", "ok"}}));
}

}  // namespace
}  // namespace flux::gateway
