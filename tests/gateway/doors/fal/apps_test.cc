// The apps of the catalogue, asked for once in a while.
#include "gateway/doors/fal/apps.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/on_loop.h"

namespace flux::gateway {
namespace {

v1::ListModelsResponse Models(const std::vector<std::pair<std::string, std::string>>& named) {
  v1::ListModelsResponse models;
  for (const auto& [name, app] : named) {
    auto& model = *models.add_models();
    model.set_name(name);
    model.set_fal_endpoint(app);
  }
  return models;
}

TEST(AppTableTest, FindsBothWays) {
  const AppTable table(Models({{"a", "fal-ai/flux/dev"}, {"b", "fal-ai/flux/dev"}, {"c", "fal-ai/flux-2"}}));
  ASSERT_EQ(table.Find("fal-ai/flux/dev").size(), 2u);
  EXPECT_EQ(table.Find("fal-ai/flux/dev").front().name(), "a");
  EXPECT_TRUE(table.Find("fal-ai/flux").empty());
  EXPECT_EQ(table.AppOf("b"), "fal-ai/flux/dev");
  EXPECT_EQ(table.AppOf("x"), "");
  EXPECT_TRUE(table.HasAlias("fal-ai/flux"));
  EXPECT_TRUE(table.HasAlias("fal-ai/flux-2"));
  EXPECT_FALSE(table.HasAlias("fal-ai/other"));
  EXPECT_FALSE(table.HasAlias("fal-ai"));
}

TEST(AppsTest, AreAskedForAgain) {
  using namespace std::chrono_literals;
  EventLoop loop("test");
  fakes::FakeBackend backend;
  fakes::FakeClock clock;
  Apps apps(backend, clock);
  const auto find = [&](const char* app) {
    const auto table =
        fakes::Spawned<Result<std::shared_ptr<const AppTable>>>(loop, apps.Now(CallContext())).Get();
    return !(*table)->Find(app).empty();
  };
  backend.AnswerModels(Models({{"a", "x/y"}}));
  EXPECT_TRUE(find("x/y"));
  backend.AnswerModels(Models({{"a", "x/z"}}));
  EXPECT_TRUE(find("x/y")) << "as it was a moment ago";
  clock.Advance(31s);
  EXPECT_TRUE(find("x/z"));
  loop.Stop();
}

}  // namespace
}  // namespace flux::gateway
