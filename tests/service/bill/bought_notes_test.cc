// Notes keep their order, and their bound.
#include "service/bill/bought_notes.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

Bought One(int number) {
  Bought bought;
  bought.fal_request_id = std::to_string(number);
  return bought;
}

std::string Ids(const std::vector<Bought>& notes) {
  std::string ids;
  for (const Bought& one : notes) ids += one.fal_request_id + " ";
  return ids;
}

TEST(BoughtNotesTest, TheOldestAreTakenAndMayBePutBack) {
  BoughtNotes notes;
  EXPECT_TRUE(notes.empty());
  for (int i = 1; i <= 5; ++i) notes.Note(One(i));
  std::vector<Bought> taken = notes.Take(3);
  EXPECT_EQ(Ids(taken), "1 2 3 ");
  notes.PutBack(std::move(taken));
  EXPECT_EQ(Ids(notes.Take(100)), "1 2 3 4 5 ");
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(notes.lost(), 0u);
}

TEST(BoughtNotesTest, BeyondTheBoundTheOldestAreLostAndCounted) {
  BoughtNotes notes(3);
  for (int i = 1; i <= 5; ++i) notes.Note(One(i));
  EXPECT_EQ(notes.lost(), 2u);
  std::vector<Bought> taken = notes.Take(2);
  notes.Note(One(6));
  notes.Note(One(7));
  notes.PutBack(std::move(taken));
  EXPECT_EQ(notes.lost(), 4u);
  EXPECT_EQ(Ids(notes.Take(100)), "5 6 7 ");
}

}  // namespace
}  // namespace flux::service
