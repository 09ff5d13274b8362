// The doors of the gateway: three dialects of one request.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "tests/e2e/table_cases.h"
#include "tests/e2e/table_doors.h"

namespace flux::e2e {
namespace {

using nlohmann::json;

// A path and a body.
struct Sending {
  std::string path;
  json body;
};

class RestDoor : public TableDoor {
 public:
  explicit RestDoor(Stack& stack) : stack_(stack) {}

  std::optional<Said> Ask(const Question& question) override {
    const Sending sending = Write(question.model, question.fields);
    const Answer answer = stack_.Post(sending.path, sending.body.dump(), HeadersOf(question));
    Said said{.code = kOk, .replayed = answer.Header("Idempotent-Replayed") == "true"};
    const std::string price = answer.Header("x-cost-usd");
    if (!price.empty()) said.micro_usd = std::llround(std::stod(price) * 1e6);
    if (answer.status != 200) Read(answer, said);
    if (answer.Header("x-should-retry") == "false") {
      EXPECT_FALSE(said.retryable.value_or(false)) << "the header says the opposite: " << answer.body;
    }
    return said;
  }

  Spent SpentBy(const Question& question) override {
    const Answer answer = Stack::Get(stack_.public_address(), "/api/v1/usage?days=1", HeadersOf(question));
    EXPECT_EQ(answer.status, 200) << answer.body;
    Spent spent;
    for (const json& day : answer.json["usage"]["days"]) {
      spent.spent += std::llround(day["spent_usd"].get<double>() * 1e9);
      spent.reserved += std::llround(day["reserved_usd"].get<double>() * 1e9);
      spent.purchases += day["purchases"].get<std::int64_t>();
    }
    return spent;
  }

 protected:
  virtual Sending Write(const std::string& model, const json& fields) const = 0;
  // What an error tells.
  virtual void Read(const Answer& answer, Said& said) const = 0;
  // As clients of this dialect show a key.
  virtual std::string Scheme() const { return "Bearer "; }

  Stack& stack_;

 private:
  httplib::Headers HeadersOf(const Question& question) const {
    httplib::Headers headers;
    if (!question.idempotency_key.empty()) headers.emplace("Idempotency-Key", question.idempotency_key);
    if (!question.key.empty()) headers.emplace("Authorization", Scheme() + question.key);
    return headers;
  }
};

class FluxDoor : public RestDoor {
 public:
  using RestDoor::RestDoor;
  std::string name() const override { return "flux"; }

 private:
  Sending Write(const std::string& model, const json& fields) const override {
    return {"/api/v1/flux/" + model, fields};
  }
  void Read(const Answer& answer, Said& said) const override {
    said.code = answer.json.value("code", answer.body);
    said.free = answer.json.value("billed", "") == "no";
    said.retryable = answer.json.value("retryable", false);
  }
};

std::string SizeOf(const json& size) {
  if (size.is_string()) return size;
  return std::to_string(size.value("width", 512)) + "x" + std::to_string(size.value("height", 512));
}

// OpenAI's names for what it has names for; the rest goes as it is.
class OpenAiDoor : public RestDoor {
 public:
  using RestDoor::RestDoor;
  std::string name() const override { return "openai"; }

 private:
  Sending Write(const std::string& model, const json& fields) const override {
    const std::map<std::string, std::string> names{
        {"num_images", "n"}, {"image_url", "image"}, {"image_urls", "image"}, {"mask_url", "mask"}};
    Sending sending{"/v1/images/generations", {{"model", model}}};
    for (const auto& [name, value] : fields.items()) {
      const auto other = names.find(name);
      if (name == "aspect_ratio") {
        sending.body["size"] = SizeOf(value);
      } else if (other != names.end()) {
        sending.body[other->second] = value;
      } else {
        sending.body[name] = value;
      }
    }
    if (!model.starts_with("text-to-image/")) sending.path = "/v1/images/edits";
    return sending;
  }
  void Read(const Answer& answer, Said& said) const override {
    if (!answer.json.is_object()) return void(said.code = answer.body);
    said.code = answer.json["error"].value("reason", answer.body);
    said.free = answer.json["error"].value("billed", "") == "no";
  }
};

// How fal's clients can tell a failure: by the status, the header x-fal-error-type, and the type of the first
// entry or how the sentence begins. Of several rows that fit, the first.
struct FalWord {
  int status;
  std::string_view error_type;
  std::string_view says;
  std::string_view reason;
};
constexpr FalWord kFalWords[] = {
    {401, "", "", "UNAUTHENTICATED"},
    {403, "", "This API key is not for", "MODEL_NOT_ALLOWED"},
    {403, "", "this may cost $", "BUDGET_EXCEEDED"},
    {404, "", "Application '", "UNKNOWN_MODEL"},
    {404, "", "Path /", "UNKNOWN_MODEL"},
    {422, "", "content_policy_violation", "CONTENT_POLICY"},
    {422, "", "", "INVALID_FIELD"},
    {429, "", "", "RATE_LIMITED"},
    {500, "", "Internal Server Error", "UPSTREAM_ERROR"},
    {500, "runner_disconnected", "", "UPSTREAM_CONNECTION_LOST"},
    {500, "internal_error", "fal answered success without a picture", "UPSTREAM_NO_IMAGES"},
    {500, "internal_error", "fal answered something that cannot be read", "UPSTREAM_PROTOCOL"},
};

// fal's apps and fields, as the gateway's own documents tell of them.
class FalDoor : public RestDoor {
 public:
  explicit FalDoor(Stack& stack) : RestDoor(stack) {
    const json models = Stack::Get(stack.public_address(), "/api/v1/models").json["models"];
    for (const json& model : models) {
      apps_[model["name"]] = model["fal_endpoint"];
    }
    Answer described;  // the first time, writing it takes long in a build without optimization
    EXPECT_TRUE(Eventually([&] {
      described = Stack::Get(stack.public_address(), "/openapi.json");
      return described.status == 200;
    }));
    schemas_ = described.json["components"]["schemas"];
  }
  std::string name() const override { return "fal"; }

 private:
  std::string Scheme() const override { return "Key "; }

  Sending Write(const std::string& model, const json& fields) const override {
    const auto found = apps_.find(model);
    if (found == apps_.end()) return {"/fal/run/fal-ai/" + model.substr(model.find('/') + 1), fields};
    std::string schema = "fal." + found->second;
    std::ranges::replace(schema, '/', '.');
    const json& known = schemas_.at(schema).at("properties");
    Sending sending{"/fal/run/" + found->second, json::object()};
    for (const auto& [name, value] : fields.items()) {
      if (name == "aspect_ratio" && known.contains("image_size")) {
        sending.body["image_size"] = value == "16:9" ? json("landscape_16_9") : value;
      } else if (name == "image_urls" && !known.contains(name)) {
        sending.body["image_url"] = value.at(0);
      } else {
        sending.body[name] = value;
      }
    }
    return sending;
  }

  void Read(const Answer& answer, Said& said) const override {
    const json detail = answer.json.is_object() ? answer.json.value("detail", json()) : json();
    std::string says = answer.body;
    if (detail.is_string()) says = detail;
    if (detail.is_array() && !detail.empty()) says = detail[0].value("type", "");
    said.code = std::to_string(answer.status) + ' ' + says;
    for (const FalWord& word : kFalWords) {
      if (word.status != answer.status || word.error_type != answer.Header("x-fal-error-type")) continue;
      if (!says.starts_with(word.says)) continue;
      said.code = word.reason;
      break;
    }
    EXPECT_EQ(detail.is_array(), answer.status == 422) << "where fields are wrong, and only there: a list";
    EXPECT_EQ(answer.Header("x-fal-needs-retry"), answer.status == 429 ? "1" : "");
    said.free = answer.Header("x-fal-billable-units") == "0";
    said.retryable = answer.Header("x-fal-retryable") == "true";
  }

  std::map<std::string, std::string> apps_;
  json schemas_;
};

}  // namespace

std::vector<std::unique_ptr<TableDoor>> RestDoors(Stack& stack) {
  std::vector<std::unique_ptr<TableDoor>> doors;
  doors.push_back(std::make_unique<FluxDoor>(stack));
  doors.push_back(std::make_unique<OpenAiDoor>(stack));
  doors.push_back(std::make_unique<FalDoor>(stack));
  return doors;
}

}  // namespace flux::e2e
