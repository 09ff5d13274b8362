// Waiting callers take turns.
#include "service/wire/fair_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace flux::fal {
namespace {

using testing::ElementsAre;

std::vector<int> Drain(FairQueue<int>& queue) {
  std::vector<int> order;
  while (!queue.empty()) order.push_back(queue.Pop());
  return order;
}

TEST(FairQueue, KeepsTheOrderOfOneCaller) {
  FairQueue<int> queue;
  for (int i = 0; i < 4; ++i) queue.Push("a", i);
  EXPECT_EQ(queue.size(), 4u);
  EXPECT_THAT(Drain(queue), ElementsAre(0, 1, 2, 3));
}

TEST(FairQueue, CallersTakeTurns) {
  FairQueue<int> queue;
  for (int i = 0; i < 5; ++i) queue.Push("a", i);
  for (int i = 10; i < 12; ++i) queue.Push("b", i);
  queue.Push("c", 20);
  EXPECT_THAT(Drain(queue), ElementsAre(0, 10, 20, 1, 11, 2, 3, 4));
}

TEST(FairQueue, WhoComesAgainIsAheadOfItsOwnLineOnly) {
  FairQueue<int> queue;
  queue.Push("a", 1);
  queue.Push("a", 2);
  queue.Push("b", 10);
  queue.Push("b", 8, true);
  queue.Push("b", 9, true);
  EXPECT_THAT(Drain(queue), ElementsAre(1, 8, 2, 9, 10));
}

TEST(FairQueue, WhoLeavesIsForgotten) {
  FairQueue<int> queue;
  queue.Push("a", 1);
  const auto second = queue.Push("a", 2);
  const auto only = queue.Push("b", 10);
  queue.Push("c", 20);
  queue.Remove(second);
  queue.Remove(only);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_THAT(Drain(queue), ElementsAre(1, 20));
}

TEST(FairQueue, AgreesWithAPlainModelOfItself) {
  struct Item {
    int value;
    bool again;
  };
  std::mt19937 random(20261124);
  FairQueue<int> queue;
  std::map<std::string, std::vector<Item>> lines;  // each in order
  std::vector<std::string> turns;
  std::map<int, FairQueue<int>::Place> places;
  const auto drop = [&](const std::string& caller, std::size_t at) {
    std::vector<Item>& line = lines[caller];
    places.erase(line[at].value);
    line.erase(line.begin() + static_cast<std::ptrdiff_t>(at));
    if (line.empty()) std::erase(turns, caller);
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string caller(1, static_cast<char>('a' + random() % 5));
    std::vector<Item>& line = lines[caller];
    if (const auto act = random() % 5; act < 2) {
      const bool again = act == 1;
      if (line.empty()) turns.push_back(caller);
      const auto fresh = std::ranges::find(line, false, &Item::again);
      line.insert(again ? fresh : line.end(), Item{i, again});
      places[i] = queue.Push(caller, i, again);
    } else if (act == 2 && !line.empty()) {
      const std::size_t at = random() % line.size();
      queue.Remove(places[line[at].value]);
      drop(caller, at);
    } else if (!turns.empty()) {
      const std::string next = turns.front();
      std::ranges::rotate(turns, turns.begin() + 1);
      ASSERT_EQ(queue.Pop(), lines[next].front().value);
      drop(next, 0);
    }
    ASSERT_EQ(queue.size(), places.size());
  }
}

}  // namespace
}  // namespace flux::fal
