// request-work N: does what the two programs do with a request themselves, N times over, without sockets,
// threads and gRPC: the bytes become a request, an order, a message, a plan with fal's JSON; fal's answer
// becomes a result, a message, a reply and its bytes. Built without sanitizers, so that its instructions can
// be counted. With a second number each request of which the number is divided without remainder is done
// twice: a test sees whether the count tells.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.h"
#include "gateway/backend/generation_request.h"
#include "gateway/doors/flux/flux.h"
#include "gateway/doors/render.h"
#include "gateway/http/engine.h"
#include "gateway/http/framing.h"
#include "gateway/http/reply_head.h"
#include "service/catalogue/catalogue.h"
#include "service/fal/fal_json.h"
#include "service/order/order.h"
#include "service/purchase/plan.h"

namespace {

using namespace flux;

constexpr std::string_view kModel = "text-to-image/dev";
constexpr std::string_view kBody =
    R"({"prompt":"A beautiful sunset over mountains","aspect_ratio":"landscape_16_9","guidance_scale":3.5,"num_images":1})";
constexpr std::string_view kOfFal =
    R"({"images":[{"url":"https://v3.fal.media/files/koala/bench0000000000000000.jpg","width":1024,"height":576,)"
    R"("content_type":"image/jpeg","file_name":"bench0000000000000000.jpg","file_size":123456}],)"
    R"("timings":{"inference":1.2345678910111213},"seed":12345678901234567890,"has_nsfw_concepts":[false],)"
    R"("prompt":"A beautiful sunset over mountains"})";

// What must hold, or nothing was counted that is worth a bound.
void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "request-work: %s\n", what);
  std::exit(1);
}

// As it comes out of one process and into the other.
template <typename Message>
Message Sent(const Message& message) {
  Message received;
  Require(received.ParseFromString(message.SerializeAsString()), "a message does not survive its way");
  return received;
}

v1::Generation Bought(const service::Catalogue& catalogue, const v1::TextToImageRequest& request) {
  const service::Order order = service::ToOrder(request);
  const Result<service::Plan> plan = service::MakePlan(catalogue, order);
  Require(plan.has_value() && plan->purchases.size() == 1, "the order is refused");
  fal::FalReply reply;
  reply.status = 200;
  reply.body = kOfFal;
  reply.content_type = "application/json";
  reply.request_id = "00000000-0000-4000-8000-000000000000";
  reply.billable_units = "1";
  Result<v1::Generation> made =
      service::FromFalJson(plan->price, plan->purchases.front().estimate, std::move(reply));
  Require(made.has_value(), "fal's answer is refused");
  made->set_model(plan->model);
  return *std::move(made);
}

std::size_t Serve(const service::Catalogue& catalogue, gateway::Engine& engine, std::string_view bytes) {
  gateway::Head head;
  Require(gateway::FrameHead(bytes, {}, head).verdict == gateway::Verdict::kComplete, "the head is refused");
  const Result<gateway::Request> request = engine.Interpret(head);
  Require(request.has_value(), "the request is refused");
  const Result<gateway::GenerationRequest> asked =
      gateway::ParseFlux(gateway::KindNamed(kModel), kModel, std::string(bytes.substr(head.size)));
  Require(asked.has_value(), "the body is refused");
  const v1::Generation made = Sent(Bought(catalogue, Sent(std::get<v1::TextToImageRequest>(*asked))));
  gateway::Reply reply = gateway::JsonReply(200, gateway::RenderFlux(made, 1234));
  gateway::AddParticulars(made, reply.headers);
  std::string answer;
  gateway::AppendReplyHead(reply, {}, "Sun, 06 Nov 1994 08:49:37 GMT", answer);
  answer.append(reply.body);
  return answer.size();
}

std::uint64_t NumberIn(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  Require(error == std::errc() && end == text.data() + text.size() && number > 0,
          "usage: request-work N [EVERY]");
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  Require(argc == 2 || argc == 3, "usage: request-work N [EVERY]");
  const std::uint64_t requests = NumberIn(argv[1]);
  const std::uint64_t every = argc == 3 ? NumberIn(argv[2]) : 0;
  const service::Catalogue catalogue = service::Catalogue::BuiltIn();
  gateway::Engine engine;
  const std::string bytes = "POST /api/v1/flux/" + std::string(kModel) +
                            " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n"
                            "Accept: application/json\r\nContent-Length: " +
                            std::to_string(kBody.size()) + "\r\n\r\n" + std::string(kBody);
  std::size_t written = 0;
  for (std::uint64_t i = 1; i <= requests; ++i) {
    written += Serve(catalogue, engine, bytes);
    if (every > 0 && i % every == 0) written += Serve(catalogue, engine, bytes);
  }
  std::printf("%zu\n", written);
}
