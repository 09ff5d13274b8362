// The order of checks: cheap before dear, and nothing that spends before the last of them.
#include "gateway/guard/guard.h"

#include "base/json.h"
#include "base/request_id.h"
#include "base/trace.h"
#include "gateway/doors/render.h"
#include "gateway/guard/access_record.h"
#include "gateway/http/line.h"

namespace flux::gateway {
namespace {

// Counts a request as in flight for as long as it lives, also when its coroutine is destroyed.
class InFlight {
 public:
  explicit InFlight(std::atomic<std::uint32_t>& count) : count_(count), before_(count.fetch_add(1)) {}
  ~InFlight() { count_.fetch_sub(1); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  std::uint32_t before() const { return before_; }

 private:
  std::atomic<std::uint32_t>& count_;
  std::uint32_t before_;
};

std::string RequestId(const Request& request) {
  const std::string_view given = request.Header("x-request-id");
  return IsValidRequestId(given) ? std::string(given) : NewRequestId();
}

// What is usual in a reply, with room for the rest.
constexpr std::size_t kUsualHeaders = 24;

std::string MethodsOf(const Route& route) {
  return std::string(route.method) + (route.method == "GET" ? ", HEAD, OPTIONS" : ", OPTIONS");
}

// What the reason for a refusal owes the caller.
void AddForRefusal(const Request& request, const Route* route, Reason reason, HeaderList& headers) {
  if (reason == Reason::kMethodNotAllowed && route != nullptr) {
    headers.emplace_back("Allow", MethodsOf(*route));
  } else if (reason == Reason::kUnauthenticated) {
    const bool shown = !request.Header("authorization").empty() || !request.Header("x-api-key").empty();
    headers.emplace_back("WWW-Authenticate",
                         shown ? R"(Bearer realm="flux", error="invalid_token")" : R"(Bearer realm="flux")");
  }
}

void AddRate(const RateVerdict& rate, HeaderList& headers) {
  const auto reset = std::chrono::ceil<std::chrono::seconds>(rate.until_full);
  headers.emplace_back("RateLimit-Limit", std::to_string(rate.limit));
  headers.emplace_back("RateLimit-Remaining", std::to_string(rate.remaining));
  headers.emplace_back("RateLimit-Reset", std::to_string(reset.count()));
}

// Today's clients read these two members of a 404.
Reply UnsupportedEndpoint(const Status& status, std::string_view request_id, WallTime now) {
  Reply reply = ErrorReply(status, request_id, now);
  nlohmann::ordered_json body = nlohmann::ordered_json::parse(reply.body);
  body["error"] = "Unsupported API endpoint";
  for (const Route& route : Routes()) {
    if (route.kind != v1::MODEL_KIND_UNSPECIFIED) body["supported_endpoints"].push_back(route.path);
  }
  reply.body = body.dump();
  return reply;
}

}  // namespace

Guard::Guard(GuardOptions options, const Admission& admission, FluxBackend& backend, GatewayMetrics& metrics,
             Log* access_log, const Clock& clock)
    : hosts_(std::move(options.allowed_hosts)),
      cors_(std::move(options.allowed_origins)),
      max_in_flight_(options.max_in_flight),
      request_timeout_(options.request_timeout),
      tls_(options.tls),
      admission_(admission),
      backend_(backend),
      metrics_(metrics),
      access_log_(access_log),
      clock_(clock) {}

asio::awaitable<Reply> Guard::Handle(Request request) {
  const std::string request_id = RequestId(request);
  const RouteMatch match = FindRoute(request.path);
  const Route* route = match.route;
  const std::size_t bytes_in = request.body.size();
  metrics_.Begin();
  Visit visit;
  admission_.Arrive(request, visit);
  Result<Served> result = co_await Dispatch(request, match, request_id, visit);
  // The server's end is not the caller's: there is somebody to tell.
  if (!result && result.error().reason == Reason::kCancelled && request.line != nullptr &&
      request.line->Stopped()) {
    const Billed billed = result.error().billed;
    result = Status(Reason::kShuttingDown);
    result.error().billed = billed;
  }
  Reply reply;
  if (result) {
    reply = std::move(result->reply);
  } else if (result.error().reason == Reason::kUnsupportedEndpoint ||
             result.error().reason == Reason::kUnknownModel) {
    reply = UnsupportedEndpoint(result.error(), request_id, clock_.WallNow());
  } else {
    reply = ErrorReply(result.error(), request_id, clock_.WallNow());
  }
  reply.headers.reserve(kUsualHeaders);
  if (!result) AddForRefusal(request, route, result.error().reason, reply.headers);
  if (visit.rate()) AddRate(*visit.rate(), reply.headers);
  Finish(request.Header("origin"), request_id, reply);
  Record(request, route, bytes_in, request_id, visit, result, reply);
  co_return reply;
}

bool Guard::WantsBody(const Request& request) const {
  const RouteMatch match = FindRoute(request.path);
  return !Screen(request, match, in_flight_) && admission_.Identify(request).has_value();
}

asio::awaitable<Result<Served>> Guard::Dispatch(Request& request, const RouteMatch& match,
                                                const std::string& request_id, Visit& visit) {
  const InFlight in_flight(in_flight_);
  std::optional<Result<Served>> done = Screen(request, match, in_flight.before());
  if (!done) done = Admit(request, match, visit);
  if (done) co_return *std::move(done);
  // What was to be refused is not any more, but its body is gone; another try will do.
  if (request.body_forgone) co_return Status(Reason::kOverloaded);
  if (admission_.IsLimited(match, visit) && !visit.rate()) {
    if (std::optional<Status> refused = co_await admission_.CountShared(visit)) co_return *std::move(refused);
  }
  // Named, not a temporary: g++ 12 destroys an aggregate twice that is built in the arguments of a co_await.
  CallContext context{request_id, request.arrived + request_timeout_, visit.Caller()};
  if (const std::string_view parent = request.Header("traceparent"); IsTraceparent(parent)) {
    context.traceparent = parent;
  }
  co_return co_await match.route->serve(match, request, context, backend_, clock_);
}

std::optional<Result<Served>> Guard::Screen(const Request& request, const RouteMatch& match,
                                            std::uint32_t in_flight) const {
  if (in_flight >= max_in_flight_) return Status(Reason::kOverloaded);
  const Route* route = match.route;
  const std::string_view host = request.Header("host");
  if (!hosts_.Allows(host)) return Status(Reason::kHostNotAllowed, "Not Found");
  if (route == nullptr) return Status(Reason::kUnsupportedEndpoint, "Unsupported API endpoint");
  if (request.method == "OPTIONS") {
    Reply reply = Cors::Preflight();
    reply.headers.emplace_back("Allow", MethodsOf(*route));
    return Served{std::move(reply), {}};
  }
  if (request.method != route->method && !(request.method == "HEAD" && route->method == "GET")) {
    return Status(Reason::kMethodNotAllowed, "use " + std::string(route->method) + " for this endpoint");
  }
  if (route->method == "POST" && !cors_.MayCall(request.Header("origin"), host)) {
    return Status(Reason::kOriginNotAllowed);
  }
  return std::nullopt;
}

std::optional<Result<Served>> Guard::Admit(const Request& request, const RouteMatch& match,
                                           Visit& visit) const {
  std::optional<Status> refused = admission_.Enter(request, match, visit);
  if (!refused && admission_.IsLimited(match, visit) && !admission_.IsShared()) {
    refused = admission_.Count(visit);
  }
  if (refused) return *std::move(refused);
  return std::nullopt;
}

void Guard::Finish(std::string_view origin, const std::string& request_id, Reply& reply) const {
  cors_.AddTo(origin, reply.headers);
  reply.headers.emplace_back("X-Request-Id", request_id);
  reply.headers.emplace_back("X-Powered-By", "flux-gateway");
  reply.headers.emplace_back("X-Proxy-Target", "FAL.AI");
  // Replies are data for programs: no browser shall show one as a page, embed it, keep it or tell others.
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.headers.emplace_back("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  reply.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  reply.headers.emplace_back("Referrer-Policy", "no-referrer");
  reply.headers.emplace_back("Cache-Control", "no-store");
  if (tls_) reply.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

Reply Guard::Refuse(const Status& status) {
  metrics_.Refused(status.reason);
  const std::string request_id = NewRequestId();
  Reply reply = ErrorReply(status, request_id, clock_.WallNow());
  reply.headers.reserve(kUsualHeaders);
  Finish({}, request_id, reply);
  if (access_log_ != nullptr) {
    access_log_->Warn("refused", {{"request_id", request_id},
                                  {"status", reply.status},
                                  {"reason", RowOf(status.reason).name},
                                  {"message", status.message}});
  }
  return reply;
}

void Guard::Record(const Request& request, const Route* route, std::size_t bytes_in,
                   const std::string& request_id, const Visit& visit, const Result<Served>& result,
                   Reply& reply) {
  using Seconds = std::chrono::duration<double>;
  const Seconds total = clock_.Now() - request.arrived;
  const std::optional<Reason> failure = result ? std::nullopt : std::optional(result.error().reason);
  const std::string_view label = route == nullptr ? std::string_view() : route->path;
  std::optional<Seconds> overhead;
  if (result && result->upstream) overhead = total - Seconds(*result->upstream);
  metrics_.End(label, failure, total, overhead);
  admission_.Leave(visit, result.has_value());
  reply.billed = !result ? result.error().billed : result->upstream ? Billed::kYes : Billed::kNo;
  if (access_log_ == nullptr) return;
  Access access{.request_id = request_id,
                .trace_id = std::string(TraceId(request.Header("traceparent"))),
                .remote = visit.address(),
                .caller = std::string(visit.name()),
                .method = request.method,
                .path = request.path,
                .status = reply.status,
                .failure = failure,
                .billed = reply.billed,
                .bytes_in = bytes_in,
                .bytes_out = reply.body.size(),
                .upstream = result && result->upstream ? Seconds(*result->upstream) : Seconds(0),
                .duration = total};
  reply.watcher = std::make_unique<AccessRecord>(*access_log_, std::move(access));
}

}  // namespace flux::gateway
