// One table of cases, played through every door: the same purchase at fal, the same price, the same refusal,
// whatever dialect it was asked in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "base/base64.h"
#include "tests/e2e/api_key.h"
#include "tests/e2e/stack.h"
#include "tests/e2e/store_place.h"
#include "tests/fakes/pictures.h"

namespace flux::e2e {
namespace {

using nlohmann::json;

constexpr char kOk[] = "OK";

// What a case asks for, in the words of today's JSON; a door says it in its own.
struct Case {
  const char* name;
  const char* model;
  json fields = json::object();  // beside the prompt
  const char* reason = kOk;      // row of the error table
  const char* prompt = "";       // empty: the case's name; "sim:…" lets fal fail
  const char* caller = "";       // name of a key; empty: none is shown
  bool keyed = false;            // with an idempotency key
  bool again = false;            // the same request once more: what counts is the second answer
  std::size_t bought = 1;        // by one door
};

struct Question {
  std::string path;
  json body;
};

Question AsFlux(const std::string& model, const json& fields) {
  return {"/api/v1/flux/" + model, fields};
}

std::string SizeOf(const json& size) {
  if (size.is_string()) return size;
  return std::to_string(size.value("width", 512)) + "x" + std::to_string(size.value("height", 512));
}

// OpenAI's names for what it has names for; the rest goes as it is.
Question AsOpenAi(const std::string& model, const json& fields) {
  const std::map<std::string, std::string> names{
      {"num_images", "n"}, {"image_url", "image"}, {"image_urls", "image"}, {"mask_url", "mask"}};
  Question question{"/v1/images/generations", {{"model", model}}};
  for (const auto& [name, value] : fields.items()) {
    const auto other = names.find(name);
    if (name == "aspect_ratio") {
      question.body["size"] = SizeOf(value);
    } else if (other != names.end()) {
      question.body[other->second] = value;
    } else {
      question.body[name] = value;
    }
  }
  if (!model.starts_with("text-to-image/")) question.path = "/v1/images/edits";
  return question;
}

std::string CodeOfFlux(const Answer& answer) {
  return answer.status == 200 ? kOk : answer.json.value("code", answer.body);
}

std::string CodeOfOpenAi(const Answer& answer) {
  if (answer.status == 200) return kOk;
  return answer.json.is_object() ? answer.json["error"].value("reason", answer.body) : answer.body;
}

// One column of the table. A new door is one row here.
struct Door {
  const char* name;
  Question (*ask)(const std::string& model, const json& fields);
  std::string (*code)(const Answer& answer);
};

constexpr Door kDoors[] = {{"flux", &AsFlux, &CodeOfFlux}, {"openai", &AsOpenAi, &CodeOfOpenAi}};

std::string Uri(const std::string& png) {
  std::string uri = "data:image/png;base64,";
  AppendBase64(png, uri);
  return uri;
}

const std::string& Picture() {
  static const std::string picture = Uri(fakes::MakePng(32, 32));
  return picture;
}

// With transparency, which OpenAI's door wants.
const std::string& Mask() {
  static const std::string mask = Uri(fakes::MakePng(32, 32, {.color_type = 6}));
  return mask;
}

std::vector<Case> Cases() {
  const json picture{{"image_url", Picture()}};
  const json pictures{{"image_urls", {Picture()}}};
  json masked = picture;
  masked["mask_url"] = Mask();
  const auto with = [](json fields, const json& more) {
    fields.update(more);
    return fields;
  };
  return {
      // each kind of model
      {"Dev", "text-to-image/dev"},
      {"Schnell", "text-to-image/schnell"},
      {"Pro", "text-to-image/pro"},
      {"ProNew", "text-to-image/pro-v1.1"},
      {"Ultra", "text-to-image/pro-v1.1-ultra"},
      {"KontextFromText", "text-to-image/kontext-pro"},
      {"Flux2", "text-to-image/flux-2"},
      {"Flux2Pro", "text-to-image/flux-2-pro"},
      {"Klein", "text-to-image/flux-2-klein-4b"},
      {"Krea", "text-to-image/krea"},
      {"ImageToImage", "image-to-image/flux-1-dev", picture},
      {"UltraFromAPicture", "image-to-image/pro-v1.1-ultra", picture},
      {"Inpainting", "inpainting/krea", masked},
      {"Fill", "inpainting/pro-fill", masked},
      {"EditKontext", "edit/kontext-pro", pictures},
      {"EditKontextMax", "edit/kontext-max", pictures},
      {"EditFlux2", "edit/flux-2", pictures},
      {"EditSeveral", "edit/flux-2-pro", {{"image_urls", {Picture(), Uri(fakes::MakePng(48, 32))}}}},
      // sizes
      {"SizeInPixels", "text-to-image/dev", {{"aspect_ratio", {{"width", 1024}, {"height", 512}}}}},
      {"SizeByName", "text-to-image/dev", {{"aspect_ratio", "square_hd"}}},
      {"SizeByRatio", "text-to-image/dev", {{"aspect_ratio", "16:9"}}},
      {"SizeOfUltra", "text-to-image/pro-v1.1-ultra", {{"aspect_ratio", "9:16"}}},
      {"SizeTooLarge",
       "text-to-image/flux-2",
       {{"aspect_ratio", {{"width", 4096}, {"height", 512}}}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"SizeTooSmall",
       "text-to-image/flux-2",
       {{"aspect_ratio", {{"width", 64}, {"height", 64}}}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      // seeds and other fields
      {"Seed", "text-to-image/dev", {{"seed", 42}}},
      {"SeedOf64Bits", "text-to-image/dev", {{"seed", 18446744073709551615ULL}}},
      {"SeedAsText", "text-to-image/dev", {{"seed", "7"}}},
      {"SeedBelowZero", "text-to-image/dev", {{"seed", -5}}, "INVALID_FIELD", "", "", false, false, 0},
      {"StepsAndGuidance", "text-to-image/dev", {{"num_inference_steps", 30}, {"guidance_scale", 5}}},
      {"StepsTooMany",
       "text-to-image/schnell",
       {{"num_inference_steps", 13}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"GuidanceOutOfRange",
       "text-to-image/dev",
       {{"guidance_scale", 21}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"Strength", "image-to-image/flux-1-dev", with(picture, {{"strength", 0.5}})},
      {"Format", "text-to-image/dev", {{"output_format", "png"}}},
      {"FormatUnknown",
       "text-to-image/dev",
       {{"output_format", "bmp"}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"FormatNotOfThisModel",
       "text-to-image/dev",
       {{"output_format", "webp"}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"CheckerOff", "text-to-image/dev", {{"enable_safety_checker", false}}},
      {"Tolerance", "text-to-image/pro", {{"safety_tolerance", "5"}}},
      {"FieldOfAnotherModel",
       "text-to-image/pro",
       {{"negative_prompt", "rain"}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"SlipOfThePen",
       "text-to-image/dev",
       {{"guidence_scale", 3}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"FieldOfNobody", "text-to-image/dev", {{"wandering_field", 3}}},
      // refusals
      {"NoModel", "text-to-image/nothing", json::object(), "UNKNOWN_MODEL", "", "", false, false, 0},
      {"PictureNotAPicture",
       "edit/flux-2",
       {{"image_urls", {"data:image/png;base64,aGVsbG8="}}},
       "INVALID_FIELD",
       "",
       "",
       false,
       false,
       0},
      {"ContentPolicy", "text-to-image/dev", json::object(), "CONTENT_POLICY", "sim:policy", "", false, false,
       0},
      {"FalFails", "text-to-image/dev", json::object(), "UPSTREAM_ERROR", "sim:500", "", false, false, 0},
      {"NoPictures", "text-to-image/dev", json::object(), "UPSTREAM_NO_IMAGES", "sim:empty"},
      {"NoJson", "text-to-image/dev", json::object(), "UPSTREAM_PROTOCOL", "sim:notjson"},
      // a lost answer is paid for and never sent again
      {"AnswerLost", "text-to-image/dev", json::object(), "UPSTREAM_CONNECTION_LOST", "sim:reset"},
      {"AnswerCut", "text-to-image/dev", json::object(), "UPSTREAM_CONNECTION_LOST", "sim:cut"},
      // who asks
      {"Key", "text-to-image/schnell", json::object(), kOk, "", "narrow"},
      {"KeyNotForIt", "text-to-image/dev", json::object(), "MODEL_NOT_ALLOWED", "", "narrow", false, false,
       0},
      {"KeyUnknown", "text-to-image/dev", json::object(), "UNAUTHENTICATED", "", "stranger", false, false, 0},
      {"BudgetGone", "text-to-image/pro", json::object(), "BUDGET_EXCEEDED", "", "poor", false, false, 0},
      {"RateLimited", "text-to-image/schnell", json::object(), "RATE_LIMITED", "", "slow", false, true, 1},
      // once
      {"Replayed", "text-to-image/dev", {{"seed", 9}}, kOk, "", "", true, true, 1},
      {"ReplayedEdit", "edit/kontext-pro", pictures, kOk, "", "", true, true, 1},
      {"FailureFreesTheKey", "text-to-image/dev", json::object(), "UPSTREAM_ERROR", "sim:500", "", true, true,
       0},
  };
}

// What one door made of a case.
struct Outcome {
  std::string code;
  std::string price;
  std::string replayed;
  std::size_t bought = 0;
  json sent;  // what fal received last of it; null: nothing
};

class DoorsTable : public testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    place_ = new StorePlace("sqlite");
    const std::string keys = place_->folder() / "keys";
    std::ofstream file(keys);
    for (const Door& door : kDoors) {
      // Each door has callers of its own, so that one does not use up the other's limits.
      for (const auto& [name, limit] : std::map<std::string, std::string>{
               {"narrow", "models=text-to-image/schnell"}, {"poor", "models=*"}, {"slow", "rate=1"}}) {
        const Key key = Keygen({name + "-" + door.name, limit});
        file << key.line << '\n';
        (*keys_)[name + "-" + door.name] = key.key;
      }
    }
    file.close();
    const std::string budgets = place_->folder() / "budgets";
    std::ofstream money(budgets);
    for (const Door& door : kDoors) money << "poor-" << door.name << " usd=0.001 per=day\n";
    money.close();
    stack_ = new Stack({.service = place_->Arguments({"--budgets-file=" + budgets}),
                        .gateway = {"--api-keys-file=" + keys, "--allow-anonymous"},
                        .whole_fal = true});
  }
  static void TearDownTestSuite() {
    delete stack_;
    delete place_;
    stack_ = nullptr;
    place_ = nullptr;
  }

  static std::size_t Received() {
    return Stack::Get(stack_->fal_address(), "/_sim/requests").json["requests"].size();
  }

  static httplib::Headers HeadersOf(const Case& row, const Door& door) {
    httplib::Headers headers;
    if (row.keyed) headers.emplace("Idempotency-Key", std::string(row.name) + "-" + door.name);
    if (*row.caller == '\0') return headers;
    const auto key = keys_->find(std::string(row.caller) + "-" + door.name);
    headers.emplace("Authorization",
                    "Bearer " + (key == keys_->end() ? std::string("flux_none") : key->second));
    return headers;
  }

  static Outcome Play(const Case& row, const Door& door) {
    json fields = row.fields;
    const std::string prompt = *row.prompt == '\0' ? row.name : row.prompt;
    fields["prompt"] = prompt;
    const Question question = door.ask(row.model, fields);
    const std::size_t before = stack_->Billed(prompt);
    const std::size_t received = Received();
    const httplib::Headers headers = HeadersOf(row, door);
    Answer answer = stack_->Post(question.path, question.body.dump(), headers);
    if (row.again) answer = stack_->Post(question.path, question.body.dump(), headers);
    Outcome outcome{.code = door.code(answer),
                    .price = answer.Header("x-cost-usd"),
                    .replayed = answer.Header("Idempotent-Replayed"),
                    .bought = stack_->Billed(prompt) - before,
                    .sent = nullptr};
    if (Received() > received) outcome.sent = stack_->LastRequest();
    EXPECT_EQ(outcome.code, row.reason) << door.name << ": " << answer.body;
    EXPECT_EQ(outcome.bought, row.bought) << door.name;
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

  static Stack* stack_;
  static StorePlace* place_;
  static std::map<std::string, std::string>* keys_;
};

Stack* DoorsTable::stack_ = nullptr;
StorePlace* DoorsTable::place_ = nullptr;
std::map<std::string, std::string>* DoorsTable::keys_ = new std::map<std::string, std::string>();

TEST_P(DoorsTable, MeansTheSameBehindEveryDoor) {
  const Case& row = GetParam();
  const Outcome first = Play(row, kDoors[0]);
  EXPECT_EQ(first.sent.is_null(), row.bought == 0 && *row.prompt == '\0') << "something to compare";
  EXPECT_EQ(first.replayed, row.again && row.keyed && first.code == kOk ? "true" : "");
  for (const Door& door : std::span(kDoors).subspan(1)) {
    const Outcome other = Play(row, door);
    EXPECT_EQ(other.code, first.code) << door.name;
    EXPECT_EQ(other.price, first.price) << door.name;
    EXPECT_EQ(other.replayed, first.replayed) << door.name;
    EXPECT_EQ(Meaning(row, other.sent), Meaning(row, first.sent)) << door.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, DoorsTable, testing::ValuesIn(Cases()),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace flux::e2e
