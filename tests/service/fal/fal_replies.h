// Every answer of fal that its documentation names, and some that it does not, with what each means.
#pragma once

#include <ostream>
#include <string>
#include <utility>

#include "base/reason.h"
#include "service/fal/message.h"

namespace flux::fal {

inline constexpr auto kNo = Billed::kNo;
inline constexpr auto kMaybe = Billed::kMaybe;
inline constexpr auto kYes = Billed::kYes;

inline FalReply Reply(int status, std::string body) {
  FalReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.request_id = "req-1";
  return reply;
}

// fal-api §3.3: one item in a list.
inline FalReply Model(int status, std::string type, std::string retryable = "") {
  FalReply reply =
      Reply(status, R"({"detail":[{"loc":["body"],"msg":"It failed.","type":")" + type + R"("}]})");
  reply.retryable = std::move(retryable);
  return reply;
}

// fal-api §3.4: a text and a type.
inline FalReply Infra(int status, std::string type) {
  return Reply(status, R"({"detail":"It failed.","error_type":")" + type + R"("})");
}

// fal-api §3.2: validation, which is 0 units.
inline FalReply Validation(std::string items) {
  FalReply reply = Reply(422, R"({"detail":[)" + items + "]}");
  reply.billable_units = "0";
  return reply;
}

inline FalReply Nginx(int status) {
  FalReply reply =
      Reply(status, "<html><head><title>Error</title></head><body><center>nginx</center></body></html>");
  reply.request_id.clear();
  reply.content_type = "text/html";
  return reply;
}

inline FalReply With(FalReply reply, std::string FalReply::*header, std::string value) {
  reply.*header = std::move(value);
  return reply;
}

struct Case {
  const char* name;
  FalReply reply;
  Reason reason;
  Billed billed;

  // Keeps addresses out of the tests' names.
  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
};

inline const Case kCases[] = {
    // §3.1
    {"BadKey", Reply(401, R"({"detail":"No user found for Key ID and Secret"})"), Reason::kUpstreamAccount,
     kNo},
    {"NoKey",
     Reply(
         401,
         R"({"detail":"Cannot access application 'fal-ai/flux'. Authentication is required to access this application."})"),
     Reason::kUpstreamAccount, kNo},
    {"KeyWithoutColon",
     Reply(401, R"({"detail":"Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."})"),
     Reason::kUpstreamAccount, kNo},
    {"ExhaustedBalance",
     Reply(
         403,
         R"({"detail":"User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."})"),
     Reason::kUpstreamAccount, kNo},
    {"AccountEvenWithAPolicyType", Model(403, "content_policy_violation"), Reason::kUpstreamAccount, kNo},
    {"UnknownPath",
     With(Reply(404, R"({"detail":"Path /dev/inpainting not found"})"), &FalReply::billable_units, "0"),
     Reason::kUpstreamNotFound, kNo},
    {"UnknownApplication", Reply(404, R"({"detail":"Application 'nonexistent-endpoint-xyz' not found"})"),
     Reason::kUpstreamNotFound, kNo},
    {"MethodNotAllowed", Reply(405, R"({"detail":"Method Not Allowed"})"), Reason::kUpstreamNotFound, kNo},
    {"CancelledByTheClient", Reply(499, R"({"detail":"Request cancelled by the client."})"),
     Reason::kUpstreamConnectionLost, kMaybe},
    {"AppCrash", Reply(500, R"({"detail":"Internal Server Error"})"), Reason::kUpstreamError, kNo},
    {"GpuError", Reply(503, R"({"detail":"GPU error"})"), Reason::kUpstreamBusy, kNo},
    {"OutOfMemory", Reply(503, R"({"detail":"CUDA error: out of memory"})"), Reason::kUpstreamBusy, kNo},
    {"TooLarge", Nginx(413), Reason::kUpstreamRejectedInput, kNo},
    // §2
    {"ConcurrencyLimit",
     Reply(
         429,
         R"({"detail":"Reached concurrent requests limit of 20","type":"concurrent_requests_limit","data":{"limit":20}})"),
     Reason::kUpstreamThrottled, kNo},
    {"ConcurrencyLimitTextOnly", Reply(429, R"({"detail":"Reached concurrent requests limit of 2"})"),
     Reason::kUpstreamThrottled, kNo},
    {"ConcurrencyLimitWith200",
     Reply(200, R"({"detail":"Reached concurrent requests limit of 20","type":"concurrent_requests_limit"})"),
     Reason::kUpstreamThrottled, kNo},
    {"ThrottledByTheIngress", Nginx(429), Reason::kUpstreamThrottled, kNo},
    {"UserTimeout", With(Reply(504, ""), &FalReply::timeout_type, "user"), Reason::kUpstreamTimeout, kNo},
    {"UserTimeoutIsNeverResent",
     With(With(Infra(504, "startup_timeout"), &FalReply::timeout_type, "user"), &FalReply::retryable, "true"),
     Reason::kUpstreamTimeout, kNo},
    // §3.2
    {"V1SizeConst",
     Validation(
         R"({"loc":["body","image_size"],"msg":"unexpected value; permitted: 'square_hd'","type":"value_error.const","ctx":{"given":"16:9"}},{"loc":["body","image_size"],"msg":"value is not a valid dict","type":"type_error.dict"})"),
     Reason::kUpstreamRejectedInput, kNo},
    {"V1Missing",
     Validation(R"({"loc":["body","prompt"],"msg":"field required","type":"value_error.missing"})"),
     Reason::kUpstreamRejectedInput, kNo},
    {"V1NotLe",
     Validation(
         R"({"loc":["body","num_inference_steps"],"msg":"ensure this value is less than or equal to 12","type":"value_error.number.not_le","ctx":{"limit_value":12}})"),
     Reason::kUpstreamRejectedInput, kNo},
    {"V1NotLeWithoutUnits", Model(422, "value_error.number.not_le"), Reason::kUpstreamRejectedInput, kNo},
    {"V1TypeErrorWithoutUnits", Model(422, "type_error.integer"), Reason::kUpstreamRejectedInput, kNo},
    {"V2SizeUnion",
     Validation(
         R"({"type":"model_attributes_type","loc":["body","image_size","ImageSize"],"msg":"Input should be a valid dictionary","input":"16:9"},{"type":"literal_error","loc":["body","image_size","literal['square_hd']"],"msg":"Input should be 'square_hd'","input":"16:9"})"),
     Reason::kUpstreamRejectedInput, kNo},
    {"V2Missing",
     Validation(
         R"({"type":"missing","loc":["body","image_url"],"msg":"Field required","input":{"prompt":"x"}})"),
     Reason::kUpstreamRejectedInput, kNo},
    {"V2MissingWithoutUnits", Model(422, "missing"), Reason::kUpstreamRejectedInput, kNo},
    {"V2Literal", Model(422, "literal_error"), Reason::kUpstreamRejectedInput, kNo},
    {"V2ModelType", Model(422, "model_attributes_type"), Reason::kUpstreamRejectedInput, kNo},
    {"V2LessThanEqual",
     Validation(
         R"({"type":"less_than_equal","loc":["body","num_inference_steps"],"msg":"Input should be less than or equal to 12","input":28,"ctx":{"le":12}})"),
     Reason::kUpstreamRejectedInput, kNo},
    {"PlainText422", Reply(422, R"({"detail":"Could not load image from url: https://x"})"),
     Reason::kUpstreamRejectedInput, kMaybe},
    {"AppRaisedField", Model(422, "value_error"), Reason::kUpstreamRejectedInput, kMaybe},
    {"V1BrokenJson", Model(422, "value_error.jsondecode"), Reason::kInternal, kNo},
    {"V2BrokenJson", Model(422, "json_invalid"), Reason::kInternal, kNo},
    // §3.3
    {"InternalServerError", Model(500, "internal_server_error"), Reason::kUpstreamError, kNo},
    {"InternalServerErrorRetryable", Model(500, "internal_server_error", "true"), Reason::kUpstreamBusy, kNo},
    {"InternalServerErrorFinal", Model(500, "internal_server_error", "false"), Reason::kUpstreamError, kNo},
    {"GenerationTimeout", Model(504, "generation_timeout"), Reason::kUpstreamTimeout, kNo},
    {"GenerationTimeoutRetryable", Model(504, "generation_timeout", "True"), Reason::kUpstreamBusy, kNo},
    {"Downstream400", Model(400, "downstream_service_error"), Reason::kUpstreamError, kMaybe},
    {"Downstream400Retryable", Model(400, "downstream_service_error", "true"), Reason::kUpstreamError,
     kMaybe},
    {"Downstream500", Model(500, "downstream_service_error"), Reason::kUpstreamError, kNo},
    {"Downstream504", Model(504, "downstream_service_error"), Reason::kUpstreamError, kNo},
    {"DownstreamUnavailable500", Model(500, "downstream_service_unavailable"), Reason::kUpstreamError, kNo},
    {"DownstreamUnavailable504Retryable", Model(504, "downstream_service_unavailable", "true"),
     Reason::kUpstreamBusy, kNo},
    {"ContentPolicy",
     Reply(
         422,
         R"({"detail":[{"loc":["body","prompt"],"msg":"The content could not be processed because it contained material flagged by a content checker.","type":"content_policy_violation","url":"https://docs.fal.ai/errors/#content_policy_violation","input":"<the prompt>"}]})"),
     Reason::kContentPolicy, kMaybe},
    {"ContentPolicyUnbilled", With(Model(422, "content_policy_violation"), &FalReply::billable_units, "0"),
     Reason::kContentPolicy, kNo},
    {"ContentPolicyBilled", With(Model(422, "content_policy_violation"), &FalReply::billable_units, "1"),
     Reason::kContentPolicy, kYes},
    {"ContentPolicySecondItem",
     Validation(
         R"({"type":"missing","loc":["body"],"msg":"m"},{"type":"content_policy_violation","loc":["body"],"msg":"n"})"),
     Reason::kContentPolicy, kNo},
    {"ContentPolicyAsObject", Reply(422, R"({"detail":{"type":"content_policy_violation","msg":"flagged"}})"),
     Reason::kContentPolicy, kMaybe},
    {"ContentPolicyInTheHeader",
     With(Reply(422, R"({"detail":"flagged"})"), &FalReply::error_type, "content_policy_violation"),
     Reason::kContentPolicy, kMaybe},
    {"ContentPolicyWith400", Model(400, "content_policy_violation"), Reason::kContentPolicy, kMaybe},
    {"NoMedia", Model(422, "no_media_generated"), Reason::kUpstreamNoImages, kMaybe},
    {"ImageTooSmall", Model(422, "image_too_small"), Reason::kUpstreamRejectedInput, kNo},
    {"ImageTooLarge", Model(422, "image_too_large"), Reason::kUpstreamRejectedInput, kNo},
    {"ImageLoad", Model(422, "image_load_error"), Reason::kUpstreamRejectedInput, kNo},
    {"ImageAspect", Model(422, "image_aspect_ratio_error"), Reason::kUpstreamRejectedInput, kNo},
    {"FileDownload", Model(422, "file_download_error"), Reason::kUpstreamRejectedInput, kNo},
    {"FileTooLarge", Model(422, "file_too_large"), Reason::kUpstreamRejectedInput, kNo},
    {"FaceDetection", Model(422, "face_detection_error"), Reason::kUpstreamRejectedInput, kNo},
    {"GreaterThan", Model(422, "greater_than"), Reason::kUpstreamRejectedInput, kNo},
    {"GreaterThanEqual", Model(422, "greater_than_equal"), Reason::kUpstreamRejectedInput, kNo},
    {"LessThan", Model(422, "less_than"), Reason::kUpstreamRejectedInput, kNo},
    {"LessThanEqual", Model(422, "less_than_equal"), Reason::kUpstreamRejectedInput, kNo},
    {"MultipleOf", Model(422, "multiple_of"), Reason::kUpstreamRejectedInput, kNo},
    {"SequenceTooShort", Model(422, "sequence_too_short"), Reason::kUpstreamRejectedInput, kNo},
    {"SequenceTooLong", Model(422, "sequence_too_long"), Reason::kUpstreamRejectedInput, kNo},
    {"OneOf", Model(422, "one_of"), Reason::kUpstreamRejectedInput, kNo},
    {"UnsupportedImage", Model(422, "unsupported_image_format"), Reason::kUpstreamRejectedInput, kNo},
    {"UnsupportedAudio", Model(422, "unsupported_audio_format"), Reason::kUpstreamRejectedInput, kNo},
    {"UnsupportedVideo", Model(422, "unsupported_video_format"), Reason::kUpstreamRejectedInput, kNo},
    {"FeatureNotSupported", Model(422, "feature_not_supported"), Reason::kUpstreamRejectedInput, kNo},
    {"InvalidArchive", Model(422, "invalid_archive"), Reason::kUpstreamRejectedInput, kNo},
    {"ArchiveCount", Model(422, "archive_file_count_below_minimum"), Reason::kUpstreamRejectedInput, kNo},
    {"AudioDuration", Model(422, "audio_duration_too_long"), Reason::kUpstreamRejectedInput, kNo},
    {"VideoDuration", Model(422, "video_duration_too_short"), Reason::kUpstreamRejectedInput, kNo},
    {"UnknownType422", Model(422, "of_next_year"), Reason::kUpstreamRejectedInput, kMaybe},
    {"UnknownType422Retryable", Model(422, "of_next_year", "true"), Reason::kUpstreamRejectedInput, kMaybe},
    // §3.4
    {"RequestTimeout", Infra(504, "request_timeout"), Reason::kUpstreamTimeout, kNo},
    {"StartupTimeout", Infra(504, "startup_timeout"), Reason::kUpstreamBusy, kNo},
    {"RunnerScheduling", Infra(503, "runner_scheduling_failure"), Reason::kUpstreamBusy, kNo},
    {"RunnerConnectionTimeout", Infra(503, "runner_connection_timeout"), Reason::kUpstreamBusy, kNo},
    {"RunnerDisconnected", Infra(503, "runner_disconnected"), Reason::kUpstreamBusy, kNo},
    {"RunnerConnectionRefused", Infra(503, "runner_connection_refused"), Reason::kUpstreamBusy, kNo},
    {"RunnerConnectionError", Infra(503, "runner_connection_error"), Reason::kUpstreamBusy, kNo},
    {"RunnerIncomplete", Infra(502, "runner_incomplete_response"), Reason::kUpstreamBusy, kNo},
    {"RunnerServerError", Infra(500, "runner_server_error"), Reason::kUpstreamError, kNo},
    {"InternalError", Infra(500, "internal_error"), Reason::kUpstreamError, kNo},
    {"ClientDisconnected", Infra(499, "client_disconnected"), Reason::kUpstreamConnectionLost, kMaybe},
    {"ClientCancelledUnbilled", With(Infra(499, "client_cancelled"), &FalReply::billable_units, "0"),
     Reason::kUpstreamConnectionLost, kNo},
    {"BadRequest", Infra(400, "bad_request"), Reason::kUpstreamRejectedInput, kNo},
    {"StartupTimeoutInTheHeaderOnly", With(Reply(504, ""), &FalReply::error_type, "startup_timeout"),
     Reason::kUpstreamBusy, kNo},
    {"RequestTimeoutBesidesAList",
     With(Reply(504, R"({"detail":[]})"), &FalReply::error_type, "request_timeout"), Reason::kUpstreamTimeout,
     kNo},
    // Forms and contradictions
    {"Nginx502", Nginx(502), Reason::kUpstreamBusy, kNo},
    {"Nginx503", Nginx(503), Reason::kUpstreamBusy, kNo},
    {"Nginx504MayStillRun", Nginx(504), Reason::kUpstreamTimeout, kMaybe},
    {"Html504OfFalItself", With(Nginx(504), &FalReply::request_id, "req-1"), Reason::kUpstreamBusy, kNo},
    {"Json504", Reply(504, R"({"detail":"Gateway Timeout"})"), Reason::kUpstreamBusy, kNo},
    {"Busy503Final", With(Infra(503, "runner_disconnected"), &FalReply::retryable, "false"),
     Reason::kUpstreamError, kNo},
    {"NeedsRetry500", With(Reply(500, R"({"detail":"x"})"), &FalReply::needs_retry, "1"),
     Reason::kUpstreamBusy, kNo},
    {"NeedsRetryThatIsFinal",
     With(With(Reply(500, R"({"detail":"x"})"), &FalReply::needs_retry, "1"), &FalReply::retryable, "false"),
     Reason::kUpstreamError, kNo},
    {"NeedsRetryOf503ThatIsFinal",
     With(With(Reply(503, "{}"), &FalReply::needs_retry, "1"), &FalReply::retryable, "FALSE"),
     Reason::kUpstreamError, kNo},
    {"NeedsRetryButBilled",
     With(With(Reply(500, "{}"), &FalReply::needs_retry, "1"), &FalReply::billable_units, "1"),
     Reason::kUpstreamError, kYes},
    {"NeedsRetryThatMayStillRun", With(Nginx(504), &FalReply::needs_retry, "1"), Reason::kUpstreamTimeout,
     kMaybe},
    {"NeedsRetryOfAnUnknownError", With(Reply(599, "{}"), &FalReply::needs_retry, "1"),
     Reason::kUpstreamError, kMaybe},
    {"NeedsRetryOf422", With(Reply(422, "{}"), &FalReply::needs_retry, "1"), Reason::kUpstreamRejectedInput,
     kMaybe},
    {"NeedsRetryAfterOurLimit",
     With(With(Reply(504, "{}"), &FalReply::needs_retry, "1"), &FalReply::timeout_type, "user"),
     Reason::kUpstreamTimeout, kNo},
    {"NeedsRetryOtherwise", With(Reply(500, R"({"detail":"x"})"), &FalReply::needs_retry, "0"),
     Reason::kUpstreamError, kNo},
    {"Busy503ButBilled", With(Infra(503, "runner_disconnected"), &FalReply::billable_units, "1"),
     Reason::kUpstreamError, kYes},
    {"Billed500IsNeverResent",
     With(Model(500, "internal_server_error", "true"), &FalReply::billable_units, "1"),
     Reason::kUpstreamError, kYes},
    {"Billed429IsNeverResent", With(Reply(429, "{}"), &FalReply::billable_units, "0.5"),
     Reason::kUpstreamError, kYes},
    {"UnitsThatAreNoNumber", With(Infra(503, "runner_disconnected"), &FalReply::billable_units, "many"),
     Reason::kUpstreamBusy, kNo},
    {"Empty400", Reply(400, ""), Reason::kUpstreamRejectedInput, kMaybe},
    {"Empty422", Reply(422, ""), Reason::kUpstreamRejectedInput, kMaybe},
    {"DetailNull", Reply(422, R"({"detail":null})"), Reason::kUpstreamRejectedInput, kMaybe},
    {"DetailNumber", Reply(500, R"({"detail":7})"), Reason::kUpstreamError, kNo},
    {"DetailAbsent", Reply(503, "{}"), Reason::kUpstreamBusy, kNo},
    {"ItemsOfOddTypes", Reply(422, R"({"detail":[1,null,"x",[],{"type":5,"loc":7,"msg":[]}]})"),
     Reason::kUpstreamRejectedInput, kMaybe},
    {"TypeNotText", Reply(500, R"({"type":{"a":1},"error_type":[1]})"), Reason::kUpstreamError, kNo},
    {"JsonArrayBody", Reply(500, "[1,2]"), Reason::kUpstreamError, kNo},
    {"DeepBody", Reply(500, std::string(100'000, '[')), Reason::kUpstreamError, kNo},
    {"Teapot", Reply(418, R"({"detail":"short and stout"})"), Reason::kUpstreamProtocol, kMaybe},
    {"PaymentRequired", Reply(402, ""), Reason::kUpstreamProtocol, kMaybe},
    {"SlowBody", Reply(408, ""), Reason::kUpstreamTimeout, kMaybe},
    {"Redirect", Reply(302, ""), Reason::kUpstreamProtocol, kMaybe},
    {"EarlyHints", Reply(103, ""), Reason::kUpstreamProtocol, kMaybe},
    {"NotImplemented", Reply(501, ""), Reason::kUpstreamError, kMaybe},
    {"EdgeError520", Nginx(520), Reason::kUpstreamError, kMaybe},
    {"NoStatus", Reply(0, ""), Reason::kUpstreamProtocol, kMaybe},
    {"StatusBeyond599", Reply(999, ""), Reason::kUpstreamProtocol, kMaybe},
    {"UnreadableSuccess", Reply(200, "junk"), Reason::kUpstreamProtocol, kMaybe},
    {"UnreadableSuccessUnbilled", With(Reply(200, "junk"), &FalReply::billable_units, "0"),
     Reason::kUpstreamProtocol, kNo},
};

}  // namespace flux::fal
