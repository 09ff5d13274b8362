// A store's name in a setting: what it may be, and what is told where it is none.
#include "service/store/open_store.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

TEST(StoreText, NamesAStore) {
  for (const char* text :
       {"memory", "sqlite:flux.db", "sqlite:/var/lib/flux/flux.db", "postgres://flux@db/flux",
        "postgresql://db/flux?sslmode=verify-full", "postgres:///flux?host=/run/postgresql"}) {
    EXPECT_EQ(CheckStoreText(text), "") << text;
  }
}

TEST(StoreText, IsRefusedWithWhatIsWrong) {
  for (const char* text : {"", "Memory", "sqlite", "sqlite:", "sqlite::memory:", "file.db", "mysql://db/flux",
                           "postgres://u:p4ss@db/flux", "postgres://db/flux?password=p4ss",
                           "postgres://db/flux?nonsense=1", "postgres://db:port/flux"}) {
    const std::string wrong = CheckStoreText(text);
    EXPECT_NE(wrong, "") << text;
    EXPECT_EQ(wrong.find("p4ss"), std::string::npos) << wrong;
  }
}

}  // namespace
}  // namespace flux::service
