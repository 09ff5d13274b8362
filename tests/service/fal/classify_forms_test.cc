// Every type that fal documents, in every form in which its answers have been seen to tell one: what it means
// must not depend on the form.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fal_replies.h"
#include "service/fal/classify.h"

namespace flux::fal {
namespace {

struct Type {
  int status;
  const char* name;
  Reason reason;
  Billed billed = kNo;

  // Keeps addresses out of the tests' names.
  friend void PrintTo(const Type& type, std::ostream* out) { *out << type.status << " " << type.name; }
};

constexpr auto kRejected = Reason::kUpstreamRejectedInput;
constexpr auto kBusy = Reason::kUpstreamBusy;
constexpr auto kError = Reason::kUpstreamError;
constexpr auto kTimeout = Reason::kUpstreamTimeout;

const Type kTypes[] = {
    // fal-api §2
    {429, "concurrent_requests_limit", Reason::kUpstreamThrottled},
    // §3.2, both generations
    {422, "value_error.missing", kRejected},
    {422, "value_error.const", kRejected},
    {422, "value_error.number.not_ge", kRejected},
    {422, "value_error.number.not_le", kRejected},
    {422, "value_error.number.not_gt", kRejected},
    {422, "value_error.number.not_lt", kRejected},
    {422, "value_error.any_str.max_length", kRejected},
    {422, "value_error.list.min_items", kRejected},
    {422, "type_error.integer", kRejected},
    {422, "type_error.float", kRejected},
    {422, "type_error.dict", kRejected},
    {422, "type_error.none.not_allowed", kRejected},
    {422, "value_error", kRejected, kMaybe},
    {422, "value_error.jsondecode", Reason::kInternal},
    {422, "json_invalid", Reason::kInternal},
    {422, "missing", kRejected},
    {422, "literal_error", kRejected},
    {422, "model_attributes_type", kRejected},
    // §3.3
    {500, "internal_server_error", kError},
    {504, "generation_timeout", kTimeout},
    {400, "downstream_service_error", kError, kMaybe},
    {500, "downstream_service_error", kError},
    {504, "downstream_service_error", kError},
    {500, "downstream_service_unavailable", kError},
    {504, "downstream_service_unavailable", kError},
    {422, "content_policy_violation", Reason::kContentPolicy, kMaybe},
    {422, "no_media_generated", Reason::kUpstreamNoImages, kMaybe},
    {422, "image_too_small", kRejected},
    {422, "image_too_large", kRejected},
    {422, "image_load_error", kRejected},
    {422, "image_aspect_ratio_error", kRejected},
    {422, "file_download_error", kRejected},
    {422, "file_too_large", kRejected},
    {422, "face_detection_error", kRejected},
    {422, "greater_than", kRejected},
    {422, "greater_than_equal", kRejected},
    {422, "less_than", kRejected},
    {422, "less_than_equal", kRejected},
    {422, "multiple_of", kRejected},
    {422, "sequence_too_short", kRejected},
    {422, "sequence_too_long", kRejected},
    {422, "one_of", kRejected},
    {422, "unsupported_image_format", kRejected},
    {422, "unsupported_audio_format", kRejected},
    {422, "unsupported_video_format", kRejected},
    {422, "feature_not_supported", kRejected},
    {422, "invalid_archive", kRejected},
    {422, "archive_file_count_below_minimum", kRejected},
    {422, "archive_file_count_exceeds_maximum", kRejected},
    {422, "audio_duration_too_short", kRejected},
    {422, "audio_duration_too_long", kRejected},
    {422, "video_duration_too_short", kRejected},
    {422, "video_duration_too_long", kRejected},
    // §3.4
    {504, "request_timeout", kTimeout},
    {504, "startup_timeout", kBusy},
    {503, "runner_scheduling_failure", kBusy},
    {503, "runner_connection_timeout", kBusy},
    {503, "runner_disconnected", kBusy},
    {503, "runner_connection_refused", kBusy},
    {503, "runner_connection_error", kBusy},
    {502, "runner_incomplete_response", kBusy},
    {500, "runner_server_error", kError},
    {500, "internal_error", kError},
    {499, "client_disconnected", Reason::kUpstreamConnectionLost, kMaybe},
    {499, "client_cancelled", Reason::kUpstreamConnectionLost, kMaybe},
    {400, "bad_request", kRejected},
};

struct Form {
  const char* name;
  FalReply (*of)(const Type& type);

  friend void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }
};

FalReply JsonReply(const Type& type, const nlohmann::json& body) {
  return Reply(type.status, body.dump());
}

const Form kForms[] = {
    {"List",
     [](const Type& type) {
       return JsonReply(type,
                        {{"detail", {{{"loc", {"body"}}, {"msg", "It failed."}, {"type", type.name}}}}});
     }},
    {"ListWithOthersBefore",
     [](const Type& type) {
       return JsonReply(
           type, {{"detail", {7, {{"msg", "no type"}}, {{"type", type.name}, {"msg", "It failed."}}}}});
     }},
    {"Object",
     [](const Type& type) {
       return JsonReply(type, {{"detail", {{"msg", "It failed."}, {"type", type.name}}}});
     }},
    {"TextAndErrorType",
     [](const Type& type) {
       return JsonReply(type, {{"detail", "It failed."}, {"error_type", type.name}});
     }},
    {"TextAndType",
     [](const Type& type) {
       return JsonReply(type, {{"detail", "It failed."}, {"type", type.name}});
     }},
    {"TextAndHeader",
     [](const Type& type) {
       return With(Reply(type.status, R"({"detail":"It failed."})"), &FalReply::error_type, type.name);
     }},
    {"EmptyListAndHeader",
     [](const Type& type) {
       return With(Reply(type.status, R"({"detail":[]})"), &FalReply::error_type, type.name);
     }},
    {"HeaderOnly",
     [](const Type& type) { return With(Reply(type.status, ""), &FalReply::error_type, type.name); }},
    {"HtmlAndHeader",
     [](const Type& type) { return With(Nginx(type.status), &FalReply::error_type, type.name); }},
};

using Pair = std::tuple<Type, Form>;

class ClassifyForms : public testing::TestWithParam<Pair> {};

TEST_P(ClassifyForms, MeanTheSame) {
  const auto& [type, form] = GetParam();
  FalReply reply = form.of(type);
  EXPECT_TRUE(IsFailure(reply));
  EXPECT_EQ(RowOf(Classify(reply).reason).name, RowOf(type.reason).name);
  EXPECT_EQ(Name(Classify(reply).billed), Name(type.billed));

  // What fal says it billed beats every guess, and what was billed is never resent.
  reply.billable_units = "0";
  EXPECT_EQ(Name(Classify(reply).billed), "no");
  reply.billable_units = "1";
  const Status billed = Classify(reply);
  EXPECT_EQ(Name(billed.billed), "yes");
  EXPECT_FALSE(RowOf(billed.reason).resend);
}

std::string NameOf(const testing::TestParamInfo<Pair>& test) {
  const auto& [type, form] = test.param;
  std::string name = std::to_string(type.status) + type.name + form.name;
  std::erase_if(name, [](char c) { return c == '.' || c == '_'; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Fal, ClassifyForms,
                         testing::Combine(testing::ValuesIn(kTypes), testing::ValuesIn(kForms)), NameOf);

}  // namespace
}  // namespace flux::fal
