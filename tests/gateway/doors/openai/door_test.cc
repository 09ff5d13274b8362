// The OpenAI door behind a guard, with a fake of flux-service: which model is bought, how, and what is said.
#include <gmock/gmock.h>

#include <variant>

#include "tests/fakes/pictures.h"
#include "tests/gateway/guard/guard_fixture.h"

namespace flux::gateway {
namespace {

using testing::HasSubstr;

class OpenAiDoorTest : public GuardTest {
 protected:
  Reply Generate(const std::string& members) {
    return Handle(Post("/v1/images/generations", "{\"prompt\":\"x\"," + members + "}"));
  }
  Reply Edit(const std::string& members) {
    return Handle(
        Post("/v1/images/edits", R"({"prompt":"x","image":"https://a.example/a.png",)" + members + "}"));
  }
  std::string Bought() const {
    return std::visit([](const auto& request) { return request.model(); }, backend_.last_request());
  }
};

TEST_F(OpenAiDoorTest, AModelIsNamedInThreeWays) {
  EXPECT_EQ(Generate(R"("model":"text-to-image/dev")").status, 200);
  EXPECT_EQ(Bought(), "text-to-image/dev");
  EXPECT_EQ(Generate(R"("model":"dev")").status, 200);
  EXPECT_EQ(Bought(), "text-to-image/dev");
  EXPECT_EQ(Generate(R"("model":"dall-e-3")").status, 200);
  EXPECT_EQ(Bought(), "text-to-image/flux-2");
  EXPECT_EQ(Generate(R"("n":1)").status, 200) << "none: the default's";
  EXPECT_EQ(Bought(), "text-to-image/flux-2");
  EXPECT_EQ(json_["data"][0]["url"], "https://v3.fal.media/a.png");
  EXPECT_EQ(headers_["x-fal-request-id"], "fal-1");
}

TEST_F(OpenAiDoorTest, EditsAreOfOneKindOrAnother) {
  EXPECT_EQ(Edit(R"("model":"edit/kontext-pro")").status, 200);
  EXPECT_EQ(Bought(), "edit/kontext-pro");
  EXPECT_EQ(Edit(R"("model":"image-to-image/flux-1-dev")").status, 200);
  EXPECT_TRUE(std::holds_alternative<v1::ImageToImageRequest>(backend_.last_request()));
  EXPECT_EQ(Edit(R"("model":"gpt-image-1")").status, 200);
  EXPECT_EQ(Bought(), "edit/flux-2");
  EXPECT_EQ(Edit(R"("model":"krea","mask_url":"https://a.example/m.png")").status, 200) << "FLUX's own field";
  EXPECT_EQ(Bought(), "inpainting/krea");
  EXPECT_EQ(Edit(R"("model":"nobody")").status, 404);
  EXPECT_EQ(json_["error"]["code"], "model_not_found");
}

TEST_F(OpenAiDoorTest, AModelAtTheWrongPathIsRefusedWithTheRightOne) {
  EXPECT_EQ(Generate(R"("model":"edit/kontext-pro")").status, 400);
  EXPECT_THAT(json_["error"]["message"].get<std::string>(), HasSubstr("/v1/images/edits"));
  EXPECT_EQ(Edit(R"("model":"text-to-image/dev")").status, 400);
  EXPECT_THAT(json_["error"]["message"].get<std::string>(), HasSubstr("/v1/images/generations"));
  EXPECT_EQ(Generate(R"("model":"video/dev")").status, 404);
  EXPECT_EQ(Edit(R"("model":"edit/flux-2","mask_url":"https://a.example/m.png")").status, 400);
  EXPECT_EQ(json_["error"]["param"], "mask");
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(OpenAiDoorTest, AnAliasWhoseModelIsGoneIsBlamed) {
  backend_.Answer(Status(Reason::kUnknownModel));
  EXPECT_EQ(Generate(R"("model":"gpt-image-7")").status, 404);
  EXPECT_THAT(json_["error"]["message"].get<std::string>(),
              testing::AllOf(HasSubstr("gpt-image-*"), HasSubstr("text-to-image/flux-2")));
  EXPECT_EQ(Generate(R"("model":"a/../b")").status, 404);
  EXPECT_EQ(Generate(R"("model":"nobody")").status, 404);
  EXPECT_THAT(json_["error"]["message"].get<std::string>(), HasSubstr("\"nobody\""));
}

TEST_F(OpenAiDoorTest, NamesOfGptModelsMeanBytes) {
  Generate(R"("model":"gpt-image-1")");
  EXPECT_TRUE(std::get<v1::TextToImageRequest>(backend_.last_request()).parameters().fetch_images());
  Generate(R"("model":"gpt-image-1","response_format":"url")");
  EXPECT_FALSE(std::get<v1::TextToImageRequest>(backend_.last_request()).parameters().fetch_images());
  Generate(R"("model":"dall-e-3")");
  EXPECT_FALSE(std::get<v1::TextToImageRequest>(backend_.last_request()).parameters().fetch_images());
}

TEST_F(OpenAiDoorTest, AKeyAndACountOfResendsTravel) {
  Request keyed = Post("/v1/images/generations", R"({"prompt":"x","model":"dev"})");
  keyed.headers.emplace_back("Idempotency-Key", "k1");
  Handle(std::move(keyed));
  EXPECT_EQ(std::get<v1::TextToImageRequest>(backend_.last_request()).parameters().idempotency_key(), "k1");
  Request again = Post("/v1/images/generations", R"({"prompt":"x","model":"dev"})");
  again.headers.emplace_back("x-stainless-retry-count", "2");
  Handle(std::move(again));
  EXPECT_EQ(backend_.last_context().retry, 2u);
}

TEST_F(OpenAiDoorTest, AFailureOfTheServiceHasOpenAisNames) {
  backend_.Answer(InvalidFields({{"num_images", "must be at most 4"}}));
  EXPECT_EQ(Generate(R"("model":"dev","n":9)").status, 400);
  EXPECT_EQ(json_["error"]["param"], "n");
  backend_.Answer(Status(Reason::kUpstreamTimeout));
  EXPECT_EQ(Generate(R"("model":"dev")").status, 504);
  EXPECT_EQ(headers_["x-should-retry"], "false");
  EXPECT_EQ(json_["error"]["billed"], "maybe");
}

TEST_F(OpenAiDoorTest, AMaskWithoutTransparencyCostsNothing) {
  Request request = Post(
      "/v1/images/edits",
      "--b\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n" + fakes::MakePng(8, 8) +
          "\r\n--b\r\nContent-Disposition: form-data; name=mask; filename=m\r\n\r\n" + fakes::MakePng(8, 8) +
          "\r\n--b\r\nContent-Disposition: form-data; name=prompt\r\n\r\nx\r\n--b--");
  request.headers = {{"Host", "api.example"}, {"Content-Type", "multipart/form-data; boundary=b"}};
  EXPECT_EQ(Handle(request).status, 400);
  EXPECT_EQ(json_["error"]["param"], "mask");
  EXPECT_EQ(backend_.calls(), 0);
}

TEST_F(OpenAiDoorTest, ModelsAreListedAndFound) {
  EXPECT_EQ(Handle(Get("/v1/models")).status, 200);
  EXPECT_EQ(json_["object"], "list");
  EXPECT_EQ(json_["data"][0]["id"], "text-to-image/dev");
  for (const char* id : {"text-to-image/dev", "dev", "gpt-image-1"}) {
    EXPECT_EQ(Handle(Get(std::string("/v1/models/") + id)).status, 200) << id;
    EXPECT_EQ(json_["id"], id);
  }
  EXPECT_EQ(Handle(Get("/v1/models/nobody")).status, 404);
  EXPECT_EQ(Handle(Get("/v1/models/image-to-image/dev")).status, 404);
}

TEST_F(OpenAiDoorTest, PathsBesideItSpeakItsDialect) {
  EXPECT_EQ(Handle(Post("/v1/chat/completions", "{}")).status, 404);
  EXPECT_EQ(json_["error"]["code"], "unknown_url");
  EXPECT_EQ(Handle(Post("/v1/models", "{}")).status, 405);
  EXPECT_EQ(json_["error"]["code"], "method_not_allowed");
}

}  // namespace
}  // namespace flux::gateway
