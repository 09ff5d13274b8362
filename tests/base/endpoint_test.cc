// Unix sockets: one that somebody listens on is left to it, one that was left behind is replaced.
#include "base/endpoint.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <asio/local/stream_protocol.hpp>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

namespace flux {
namespace {

class UnixEndpointTest : public testing::Test {
 protected:
  ~UnixEndpointTest() override { std::filesystem::remove(path_); }

  asio::io_context context_;
  const std::string path_ = testing::TempDir() + "endpoint-" + std::to_string(getpid());
  const ListenAddress address_{"unix:" + path_};
};

TEST_F(UnixEndpointTest, ALiveSocketIsRefused) {
  const Result<Acceptor> first = OpenListener(context_, address_);
  ASSERT_TRUE(first);
  const Result<Acceptor> second = OpenListener(context_, address_);
  ASSERT_FALSE(second);
  asio::local::stream_protocol::socket caller(context_);
  caller.connect(asio::local::stream_protocol::endpoint(path_));  // throws where nobody listens
}

TEST_F(UnixEndpointTest, ASocketLeftBehindIsReplaced) {
  { ASSERT_TRUE(OpenListener(context_, address_)); }
  ASSERT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(OpenListener(context_, address_));
}

TEST_F(UnixEndpointTest, AFileThatIsNoSocketStays) {
  { std::filesystem::create_directory(path_); }
  EXPECT_FALSE(OpenListener(context_, address_));
  EXPECT_TRUE(std::filesystem::is_directory(path_));
}

TEST_F(UnixEndpointTest, OfManyAtOnceOneListens) {
  { ASSERT_TRUE(OpenListener(context_, address_)); }  // left behind
  std::vector<std::unique_ptr<asio::io_context>> contexts;
  std::vector<std::thread> starts;
  std::mutex mutex;
  std::vector<Result<Acceptor>> opened;
  for (int i = 0; i < 8; ++i) contexts.push_back(std::make_unique<asio::io_context>());
  for (int i = 0; i < 8; ++i) {
    starts.emplace_back([&, i] {
      Result<Acceptor> one = OpenListener(*contexts[static_cast<std::size_t>(i)], address_);
      const std::lock_guard lock(mutex);
      opened.push_back(std::move(one));
    });
  }
  for (std::thread& start : starts) start.join();
  EXPECT_EQ(std::ranges::count_if(opened, [](const auto& one) { return one.has_value(); }), 1);
}

}  // namespace
}  // namespace flux
