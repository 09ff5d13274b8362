// The table of fal's error types. Messages that fal-api does not quote are invented, because callers are told
// to look at types only. Types for archives, sound and film are left out, since no picture can cause them.
#include "sim/faults/error_types.h"

#include <algorithm>

namespace flux::sim {
namespace {

using enum ErrorForm;

constexpr ErrorType kTypes[] = {
    {"internal_server_error", kList, {500}, true, "An unexpected error occurred."},
    {"generation_timeout", kList, {504}, true, "The generation took too long."},
    {"downstream_service_error",
     kList,
     {400, 500, 504},
     true,
     "A downstream service answered with an error."},
    {"downstream_service_unavailable", kList, {500, 504}, true, "A downstream service is not available."},
    {"content_policy_violation",
     kList,
     {422},
     false,
     "The content could not be processed because it contained material flagged by a content checker.",
     {},
     "prompt"},
    {"no_media_generated", kList, {422}, false, "No media was generated."},
    {"image_too_small",
     kList,
     {422},
     false,
     "Image is too small.",
     R"({"min_width":64,"min_height":64})",
     "image_url"},
    {"image_too_large",
     kList,
     {422},
     false,
     "Image is too large.",
     R"({"max_width":14142,"max_height":14142})",
     "image_url"},
    {"image_load_error",
     kList,
     {422},
     false,
     "Failed to load the image. Please ensure the image file is not corrupted and is in a supported format.",
     {},
     "image_url"},
    {"file_download_error",
     kList,
     {422},
     false,
     "Failed to download the file. Please check if the URL is accessible and try again."},
    {"file_too_large", kList, {422}, false, "File is too large.", R"({"max_size":52428800})", "image_url"},
    {"face_detection_error", kList, {422}, false, "No face was found in the image.", {}, "image_url"},
    {"image_aspect_ratio_error", kList, {422}, false, "The aspect ratio is out of range.", {}, "image_url"},
    {"unsupported_image_format",
     kList,
     {422},
     false,
     "The image format is not supported.",
     R"({"supported_formats":["jpg","jpeg","png","webp","gif","avif"]})",
     "image_url"},
    {"greater_than", kList, {422}, false, "Input should be greater than 0", R"({"gt":0})", "guidance_scale"},
    {"greater_than_equal",
     kList,
     {422},
     false,
     "Input should be greater than or equal to 1",
     R"({"ge":1})",
     "num_images"},
    {"less_than", kList, {422}, false, "Input should be less than 5", R"({"lt":5})", "num_images"},
    {"less_than_equal",
     kList,
     {422},
     false,
     "Input should be less than or equal to 4",
     R"({"le":4})",
     "num_images"},
    {"multiple_of",
     kList,
     {422},
     false,
     "Input should be a multiple of 32",
     R"({"multiple_of":32})",
     "image_size"},
    {"sequence_too_short",
     kList,
     {422},
     false,
     "The sequence is too short.",
     R"({"min_length":1})",
     "prompt"},
    {"sequence_too_long",
     kList,
     {422},
     false,
     "The sequence is too long.",
     R"({"max_length":4096})",
     "prompt"},
    {"one_of",
     kList,
     {422},
     false,
     "The value is not one of those expected.",
     R"({"expected":["jpeg","png"]})",
     "output_format"},
    {"feature_not_supported", kList, {422}, false, "The requested feature is not supported."},
    // Stands for types to come: callers must not retry what they do not know.
    {"not_yet_documented_error", kList, {422}, false, "Something new went wrong."},

    {"request_timeout", kFlat, {504}, false, "Request timed out before processing started"},
    {"startup_timeout", kFlat, {504}, false, "The runner did not start in time"},
    {"runner_scheduling_failure", kFlat, {503}, false, "Failed to schedule a runner for the request"},
    {"runner_connection_timeout", kFlat, {503}, false, "Connecting to the runner timed out"},
    {"runner_disconnected", kFlat, {503}, false, "The runner disconnected"},
    {"runner_connection_refused", kFlat, {503}, false, "The runner refused the connection"},
    {"runner_connection_error", kFlat, {503}, false, "The connection to the runner failed"},
    {"runner_incomplete_response", kFlat, {502}, false, "The runner sent an incomplete response"},
    {"runner_server_error", kFlat, {500}, false, "The runner failed"},
    {"internal_error", kFlat, {500}, false, "Internal error"},
    {"client_disconnected", kFlat, {499}, false, "The client disconnected"},
    {"client_cancelled", kFlat, {499}, false, "The client cancelled the request"},
    {"bad_request", kFlat, {400}, false, "Bad request"},
};

}  // namespace

std::span<const ErrorType> ErrorTypes() {
  return kTypes;
}

const ErrorType* FindErrorType(std::string_view type) {
  const auto* found = std::ranges::find(kTypes, type, &ErrorType::type);
  return found == std::end(kTypes) ? nullptr : found;
}

Reply ErrorTypeReply(const ErrorType& type, int status, bool retryable, const std::string& prompt) {
  if (type.form == kFlat) return RequestErrorReply(status, type.type, type.message);
  Json loc = {"body"};
  if (!type.field.empty()) loc.push_back(type.field);
  Json extra = Json::object();
  if (!type.ctx.empty()) extra["ctx"] = Json::parse(type.ctx);
  if (type.field == "prompt") extra["input"] = prompt;
  return ModelErrorReply({status, type.type, type.message, std::move(loc), retryable, std::move(extra)});
}

}  // namespace flux::sim
