// Files that wait for the request that names them: bounded, their caller's own, and forgotten in time.
#include "gateway/doors/fal/uploads.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace flux::gateway {
namespace {

using namespace std::chrono_literals;

class UploadsTest : public testing::Test {
 protected:
  fakes::FakeClock clock_;
  Uploads uploads_{clock_, {.most_bytes = 100, .most_files = 4, .keep = 1min}};
};

TEST_F(UploadsTest, AFileIsItsCallersOwn) {
  const std::string name = uploads_.Begin("ada").value();
  EXPECT_TRUE(uploads_.Awaits(name));
  EXPECT_EQ(uploads_.Find(name, "ada"), nullptr);
  EXPECT_FALSE(uploads_.Put(name, "bytes"));
  EXPECT_FALSE(uploads_.Awaits(name));
  EXPECT_EQ(*uploads_.Find(name, "ada"), "bytes");
  EXPECT_EQ(uploads_.Find(name, "bob"), nullptr);
  EXPECT_EQ(uploads_.Put(name, "others")->reason, Reason::kUnsupportedEndpoint) << "it is there";
  EXPECT_EQ(uploads_.Put("none", "x")->reason, Reason::kUnsupportedEndpoint);
}

TEST_F(UploadsTest, IsForgotten) {
  const std::string name = uploads_.Begin("ada").value();
  EXPECT_FALSE(uploads_.Put(name, "bytes"));
  clock_.Advance(61s);
  EXPECT_EQ(uploads_.Find(name, "ada"), nullptr);
  const std::string late = uploads_.Begin("ada").value();
  clock_.Advance(61s);
  EXPECT_FALSE(uploads_.Awaits(late));
  EXPECT_TRUE(uploads_.Put(late, "x"));
}

TEST_F(UploadsTest, NobodyHasAllTheRoom) {
  const std::string first = uploads_.Begin("ada").value();
  const std::string second = uploads_.Begin("ada").value();
  EXPECT_EQ(uploads_.Begin("ada").error().reason, Reason::kOverloaded);
  const std::string bobs = uploads_.Begin("bob").value();
  EXPECT_FALSE(uploads_.Put(first, std::string(40, 'x')));
  EXPECT_EQ(uploads_.Put(second, std::string(11, 'x'))->reason, Reason::kOverloaded);
  EXPECT_FALSE(uploads_.Put(bobs, std::string(50, 'x')));
  EXPECT_TRUE(uploads_.Awaits(second)) << "a smaller one may still come";
  EXPECT_EQ(uploads_.Put(second, "")->reason, Reason::kInvalidField);
  EXPECT_EQ(uploads_.Put(second, std::string(51, 'x'))->reason, Reason::kPayloadTooLarge);
}

TEST(UploadInTest, KnowsItsOwnAddresses) {
  const std::string name(32, 'a');
  EXPECT_EQ(UploadIn("https://x.example/fal/files/" + name), name);
  for (const std::string& url :
       {std::string(), std::string("https://x/fal/files/"), "https://x/fal/files/" + name + "/y",
        "data:/fal/files/" + name, "https://x/fal/files/" + std::string(32, 'A')}) {
    EXPECT_EQ(UploadIn(url), "") << url;
  }
}

}  // namespace
}  // namespace flux::gateway
