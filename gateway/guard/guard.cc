// The order of checks: cheap before dear, and nothing that spends before the last of them.
#include "gateway/guard/guard.h"

#include <asio/error.hpp>
#include <system_error>
#include <utility>

#include "base/request_id.h"
#include "base/trace.h"
#include "gateway/doors/generate.h"
#include "gateway/guard/access_record.h"
#include "gateway/http/line.h"

namespace flux::gateway {
namespace {

// Counts a request as worked on for as long as it lives, also when its coroutine is destroyed.
class InFlight {
 public:
  InFlight(std::atomic<std::uint32_t>& count, GatewayMetrics& metrics)
      : count_(count), metrics_(metrics), before_(count.fetch_add(1)) {
    metrics_.Begin();
  }
  ~InFlight() {
    count_.fetch_sub(1);
    metrics_.End();
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  std::uint32_t before() const { return before_; }

 private:
  std::atomic<std::uint32_t>& count_;
  GatewayMetrics& metrics_;
  std::uint32_t before_;
};

std::string RequestId(const Request& request) {
  const std::string_view given = request.Header("x-request-id");
  return IsValidRequestId(given) ? std::string(given) : NewRequestId();
}

// What is usual in a reply, with room for the rest.
constexpr std::size_t kUsualHeaders = 24;

// "GET or DELETE": the methods of a path's own rows.
std::string MethodsOf(const RoutePath& path) {
  std::string methods;
  for (const Route* row : path.rows) methods.append(methods.empty() ? "" : " or ").append(row->method);
  return methods;
}

// What the reason for a refusal owes the caller.
void AddForRefusal(const Request& request, const RoutePath* path, Reason reason, HeaderList& headers) {
  if (reason == Reason::kMethodNotAllowed && path != nullptr) {
    headers.emplace_back("Allow", path->allow);
  } else if (reason == Reason::kUnsupportedMediaType && request.Has("Content-Encoding")) {
    headers.emplace_back("Accept-Encoding", "identity");  // RFC 9110 §15.5.16
  } else if (reason == Reason::kUnauthenticated) {
    const bool shown = !request.Header("authorization").empty() || !request.Header("x-api-key").empty();
    headers.emplace_back("WWW-Authenticate",
                         shown ? R"(Bearer realm="flux", error="invalid_token")" : R"(Bearer realm="flux")");
  }
}

// Of which job a reply tells; empty: of none.
std::string JobOf(const Reply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (name == "x-job-id") return value;
  }
  return {};
}

void AddRate(const RateVerdict& rate, HeaderList& headers) {
  const auto reset = std::chrono::ceil<std::chrono::seconds>(rate.until_full);
  headers.emplace_back("RateLimit-Limit", std::to_string(rate.limit));
  headers.emplace_back("RateLimit-Remaining", std::to_string(rate.remaining));
  headers.emplace_back("RateLimit-Reset", std::to_string(reset.count()));
}

}  // namespace

struct Guard::Pass final : Ticket {
  std::string request_id;
  RouteMatch match;
  std::string model;  // as Door::ModelOf said
  Visit visit;
};

Guard::Guard(GuardOptions options, const RouteTable& routes, const Admission& admission,
             GatewayMetrics& metrics, Log* access_log, const Clock& clock)
    : hosts_(std::move(options.allowed_hosts)),
      cors_(options.allowed_origins),
      max_in_flight_(options.max_in_flight),
      request_timeout_(options.request_timeout),
      tls_(options.tls),
      routes_(routes),
      admission_(admission),
      metrics_(metrics),
      access_log_(access_log),
      clock_(clock),
      strangers_([access_log](const std::string& address, std::uint64_t count) {
        if (access_log != nullptr) {
          access_log->Warn("unauthenticated", {{"remote", address}, {"requests", count}});
        }
      }) {}

Opened Guard::Open(const Request& head) {
  auto pass = std::make_unique<Pass>();
  pass->request_id = RequestId(head);
  pass->match = routes_.Find(head.path, head.method);
  admission_.Locate(head, pass->visit);
  Screened done = Screen(head, pass->match);
  if (!done) {
    if (std::optional<Status> refused = Judge(head, *pass)) done = *std::move(refused);
  }
  if (done) return Finish(head, head.body.size(), *pass, *std::move(done));
  pass->share = pass->visit.Share();
  pass->unconfirmed = pass->visit.unconfirmed();
  pass->body_limit = pass->match.route->body_limit;
  return pass;
}

Guard::Screened Guard::Screen(const Request& head, const RouteMatch& match) const {
  // Who is only uploading is not worked on yet; whether there is a place is asked again when it has come.
  if (in_flight_.load(std::memory_order_relaxed) >= max_in_flight_) return Status(Reason::kOverloaded);
  const std::string_view host = head.Header("host");
  if (!hosts_.Allows(host)) return Status(Reason::kHostNotAllowed, "Not Found");
  if (match.path == nullptr) return Status(Reason::kUnsupportedEndpoint, "Unsupported API endpoint");
  if (head.method == "OPTIONS") {
    Served preflight{.reply = cors_.Preflight(head.Header("origin"), routes_.DialectOf(match).Headers())};
    preflight.reply.headers.emplace_back("Allow", match.path->allow);
    return preflight;
  }
  if (match.route == nullptr) {
    return Status(Reason::kMethodNotAllowed, "use " + MethodsOf(*match.path) + " for this endpoint");
  }
  if (match.route->method != "GET" && !cors_.MayCall(head.Header("origin"), host)) {
    return Status(Reason::kOriginNotAllowed);
  }
  return std::nullopt;
}

std::optional<Status> Guard::Judge(const Request& head, Pass& pass) const {
  const Route& route = *pass.match.route;
  Result<std::string> model = route.door.ModelOf(head.path);
  if (!model) return std::move(model).error();
  pass.model = *std::move(model);
  std::optional<Status> refused = admission_.Identify(head, route.access, pass.visit);
  if (!refused && route.access == Access::kSpends) {
    refused = RefusePurchase(head, pass.visit, pass.model, route.door.TakesPreferences());
  }
  if (!refused) refused = admission_.Admit(route.access, pass.visit);
  return refused;
}

asio::awaitable<std::optional<Reply>> Guard::Confirm(Ticket& ticket, const Request& head) {
  auto& pass = static_cast<Pass&>(ticket);
  std::optional<Status> refused = co_await admission_.Confirm(pass.visit);
  if (!refused) co_return std::nullopt;
  co_return Finish(head, head.body.size(), pass, *std::move(refused));
}

asio::awaitable<Reply> Guard::Serve(std::unique_ptr<Ticket> ticket, Request request) {
  std::unique_ptr<Pass> pass(static_cast<Pass*>(ticket.release()));
  const std::size_t bytes_in = request.body.size();
  const InFlight in_flight(in_flight_, metrics_);
  Result<Served> result = Status(Reason::kOverloaded);
  if (in_flight.before() < max_in_flight_) {
    try {
      result = co_await Dispatch(*pass, request);
    } catch (const std::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;  // the caller left: nobody is to be told
      result = Status(Reason::kInternal);
    } catch (...) {
      result = Status(Reason::kInternal);
    }
  }
  // The server's end is not the caller's: there is somebody to tell.
  if (!result && result.error().reason == Reason::kCancelled && request.line != nullptr &&
      request.line->Stopped()) {
    Status stopped(Reason::kShuttingDown);
    stopped.billed = result.error().billed;
    stopped.job = result.error().job;
    result = std::move(stopped);
  }
  if (result && result->later) {
    co_return FinishLater(std::move(request), bytes_in, std::move(pass), *std::move(result));
  }
  co_return Finish(request, bytes_in, *pass, std::move(result));
}

asio::awaitable<Result<Served>> Guard::Dispatch(Pass& pass, Request& request) {
  if (pass.visit.unconfirmed()) {
    if (std::optional<Status> refused = co_await admission_.Confirm(pass.visit))
      co_return *std::move(refused);
  }
  const Route& route = *pass.match.route;
  // Named, not a temporary: g++ 12 destroys an aggregate twice that is built in the arguments of a co_await.
  Exchange exchange{.route = route,
                    .request = request,
                    .model = pass.model,
                    .buyer = pass.visit,
                    .context = {.request_id = pass.request_id,
                                .deadline = request.arrived + request_timeout_,
                                .caller = pass.visit.Caller()}};
  if (const std::string_view parent = request.Header("traceparent"); IsTraceparent(parent)) {
    exchange.context.traceparent = parent;
  }
  co_return co_await route.door.Serve(exchange);
}

// Owns what the stream's door may still refer to, and what the request holds of its caller's limits.
class Guard::StreamRecord final : public ReplyWatcher {
 public:
  StreamRecord(Guard& guard, Request request, std::size_t bytes_in, std::unique_ptr<Pass> pass,
               std::shared_ptr<const Outcome> outcome)
      : guard_(guard),
        request_(std::move(request)),
        bytes_in_(bytes_in),
        pass_(std::move(pass)),
        outcome_(std::move(outcome)),
        in_flight_(guard.in_flight_, guard.metrics_) {}

  ~StreamRecord() override {
    Reply told;  // as if it were made now
    const auto bytes = static_cast<std::size_t>(outcome_->bytes);
    guard_.Record(request_, bytes_in_, bytes, *pass_, Became(), told);
    if (told.watcher) told.watcher->Ended(delivery_);
  }
  StreamRecord(const StreamRecord&) = delete;
  StreamRecord& operator=(const StreamRecord&) = delete;

  void Ended(const Delivery& delivery) override { delivery_ = delivery; }

 private:
  Result<Served> Became() const {
    if (!outcome_->failure)
      return Served{.reply = {}, .billed = outcome_->billed, .upstream = outcome_->upstream};
    Status failure = *outcome_->failure;
    failure.billed = outcome_->billed;
    return failure;
  }

  Guard& guard_;
  const Request request_;
  const std::size_t bytes_in_;
  const std::unique_ptr<Pass> pass_;
  const std::shared_ptr<const Outcome> outcome_;
  const InFlight in_flight_;
  Delivery delivery_;
};

Reply Guard::FinishLater(Request request, std::size_t bytes_in, std::unique_ptr<Pass> pass, Served served) {
  std::shared_ptr<const Outcome> outcome = std::move(served.later);
  Result<Served> result = std::move(served);
  Reply reply = Dress(request, *pass, result);
  request.line = nullptr;  // the handler's, which ends here
  reply.billed = outcome->billed;
  reply.watcher = std::make_unique<StreamRecord>(*this, std::move(request), bytes_in, std::move(pass),
                                                 std::move(outcome));
  return reply;
}

Reply Guard::Finish(const Request& request, std::size_t bytes_in, const Pass& pass, Result<Served> result) {
  Reply reply = Dress(request, pass, result);
  Record(request, bytes_in, reply.body.size(), pass, result, reply);
  return reply;
}

Reply Guard::Dress(const Request& request, const Pass& pass, Result<Served>& result) const {
  const Dialect& dialect = routes_.DialectOf(pass.match);
  Reply reply =
      result ? std::move(result->reply) : dialect.Render(result.error(), pass.request_id, clock_.WallNow());
  reply.headers.reserve(kUsualHeaders);
  if (!result) AddForRefusal(request, pass.match.path, result.error().reason, reply.headers);
  if (pass.visit.rate()) AddRate(*pass.visit.rate(), reply.headers);
  AddHeaders(request.Header("origin"), pass.request_id, dialect.Headers(), reply);
  return reply;
}

void Guard::AddHeaders(std::string_view origin, const std::string& request_id, const HeaderPolicy& policy,
                       Reply& reply) const {
  cors_.AddTo(origin, policy, reply.headers);
  reply.headers.emplace_back("X-Request-Id", request_id);
  reply.headers.insert(reply.headers.end(), policy.always.begin(), policy.always.end());
  if (tls_) reply.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

Reply Guard::Refuse(const Status& status, const Request* head, std::string_view origin) {
  metrics_.Refused(status.reason);
  const std::string request_id = head != nullptr ? RequestId(*head) : NewRequestId();
  const RouteMatch match = head != nullptr ? routes_.Find(head->path, head->method) : RouteMatch();
  const Dialect& dialect = routes_.DialectOf(match);
  Reply reply = dialect.Render(status, request_id, clock_.WallNow());
  reply.headers.reserve(kUsualHeaders);
  AddHeaders(origin, request_id, dialect.Headers(), reply);
  if (access_log_ != nullptr) {
    access_log_->Warn("refused", {{"request_id", request_id},
                                  {"status", reply.status},
                                  {"reason", RowOf(status.reason).name},
                                  {"message", status.message}});
  }
  return reply;
}

void Guard::Record(const Request& request, std::size_t bytes_in, std::size_t bytes_out, const Pass& pass,
                   const Result<Served>& result, Reply& reply) {
  using Seconds = std::chrono::duration<double>;
  const SteadyTime now = clock_.Now();
  const Seconds total = now - request.arrived;
  const std::optional<Reason> failure = result ? std::nullopt : std::optional(result.error().reason);
  const RoutePath* path = pass.match.path;
  std::optional<Seconds> overhead;
  if (result && result->upstream) overhead = total - Seconds(*result->upstream);
  metrics_.Done(path == nullptr ? std::string_view() : path->pattern, failure, total, overhead);
  admission_.Record(pass.visit, result.has_value());
  reply.billed = result ? result->billed : result.error().billed;
  if (access_log_ == nullptr) return;
  if (failure == Reason::kUnauthenticated) return strangers_.Count(pass.visit.Counted(), now);
  strangers_.Flush(now);
  AccessEntry access{.request_id = pass.request_id,
                     .trace_id = std::string(TraceId(request.Header("traceparent"))),
                     .remote = pass.visit.address(),
                     .caller = std::string(pass.visit.name()),
                     .method = request.method,
                     .path = request.path,
                     .status = reply.status,
                     .failure = failure,
                     .billed = reply.billed,
                     .bytes_in = bytes_in,
                     .bytes_out = bytes_out,
                     .streamed = reply.stream != nullptr,
                     .arrived = request.arrived,
                     .job = JobOf(reply),
                     .upstream = result && result->upstream ? Seconds(*result->upstream) : Seconds(0),
                     .duration = total};
  reply.watcher = std::make_unique<AccessRecord>(*access_log_, clock_, std::move(access));
}

}  // namespace flux::gateway
