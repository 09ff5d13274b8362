// Connects the HTTP library with the rest of the simulator: reads a request within bounds, gives it to the
// door that it is for, and writes the reply.
#include "sim/server.h"

#include <absl/strings/ascii.h>
#include <httplib.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/http_server.h"
#include "base/ip_address.h"
#include "sim/doors/control.h"
#include "sim/doors/generator.h"
#include "sim/http/connection.h"
#include "sim/http/task_pool.h"

namespace flux::sim {
namespace {

constexpr std::size_t kMostBodyBytes = 100 << 20;
// The library matches paths with std::regex, whose recursion grows with the path.
constexpr std::size_t kMostPathBytes = 512;
// Beyond those that generations may take: for /_sim and pictures while all of those wait.
constexpr std::size_t kSpareThreads = 32;
// A reply that trickles is written in pieces this far apart.
constexpr std::chrono::milliseconds kDrip{20};
// How long Stop waits for replies to be written, e.g. to a caller that does not read.
constexpr std::chrono::seconds kLastReplies{2};

Ends EndsOf(const httplib::Request& request) {
  return {request.remote_addr, request.remote_port, request.local_port};
}

// Headers that the library adds, and credentials.
bool IsRecorded(const std::string& name) {
  constexpr std::string_view kNot[] = {"authorization", "proxy-authorization", "cookie",    "remote_addr",
                                       "remote_port",   "local_addr",          "local_port"};
  return std::ranges::find(kNot, name) == std::end(kNot);
}

Received Record(const httplib::Request& request, const Call& call) {
  Received received{call.request_id, call.endpoint, {}, call.body};
  for (const auto& [name, value] : request.headers) {
    std::string lower = absl::AsciiStrToLower(name);
    if (IsRecorded(lower)) received.headers.emplace_back(std::move(lower), value);
  }
  return received;
}

// Reads the whole body. Otherwise says which status answers it.
std::optional<int> ReadAll(const httplib::Request& request, const httplib::Response& response,
                           const httplib::ContentReader& reader, std::string& body) {
  // The library would read a body without a length until the peer closes; HTTP says there is none.
  if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) return std::nullopt;
  const auto append = [&body](const char* data, std::size_t size) {
    if (body.size() + size > kMostBodyBytes) return false;
    body.append(data, size);
    return true;
  };
  const bool whole = request.is_multipart_form_data()
                         ? reader([](const httplib::MultipartFormData&) { return true; }, append)
                         : reader(append);
  if (whole) return std::nullopt;
  return response.status > 0 ? response.status : 400;
}

Reply Closing(Reply reply) {
  reply.ending = Reply::Ending::kClose;
  return reply;
}

// Writes a piece of the body, then of the spaces after it. False makes the library close the connection; it
// has no other way to be asked to. `pause` is what trickling replies wait with.
bool Provide(const Reply& reply, Pause& pause, std::size_t offset, std::size_t length,
             httplib::DataSink& sink) {
  static const std::string kSpaces(64 << 10, ' ');
  std::string_view piece = std::string_view(reply.body).substr(std::min(offset, reply.body.size()), length);
  if (reply.spread.count() > 0) {
    const auto pieces = static_cast<std::size_t>(std::max<std::int64_t>(1, reply.spread / kDrip));
    piece = piece.substr(0, (reply.body.size() + pieces - 1) / pieces);
    const auto wait = reply.spread * piece.size() / reply.body.size();
    if (pause.For(wait) == Pause::Outcome::kStopped) return false;
  }
  if (piece.empty()) {
    if (reply.ending == Reply::Ending::kCut) return false;
    piece = std::string_view(kSpaces).substr(0, length);
  }
  const bool last = piece.size() == length;
  return sink.write(piece.data(), piece.size()) && !(last && reply.ending == Reply::Ending::kClose);
}

void Write(const httplib::Request& request, httplib::Response& response, Reply reply,
           const std::string& request_id, Pause& pause) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
  if (!reply.from_ingress) {
    response.set_header("x-fal-request-id", request_id);
    if (!response.has_header("x-fal-billable-units")) response.set_header("x-fal-billable-units", "0");
  }
  if (reply.ending == Reply::Ending::kReset) ResetConnection(FindSocket(EndsOf(request)));
  if (reply.ending == Reply::Ending::kShut) ShutConnection(FindSocket(EndsOf(request)));
  if (reply.announced_bytes == 0 && reply.ending != Reply::Ending::kClose && reply.spread.count() == 0) {
    response.set_content(reply.body, reply.content_type);
    return;
  }
  if (reply.ending == Reply::Ending::kClose) response.set_header("Connection", "close");
  const std::uint64_t announced = std::max<std::uint64_t>(reply.announced_bytes, reply.body.size());
  const std::string content_type = reply.content_type;
  response.set_content_provider(
      announced, content_type,
      [reply = std::move(reply), &pause](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return Provide(reply, pause, offset, length, sink);
      });
}

}  // namespace

struct Simulator::Impl {
  Impl(SimConfig settings, Log& log_lines)
      : config(std::move(settings)),
        log(log_lines),
        random(config.seed),
        admission(config.max_concurrency),
        pause(config.latency),
        generator({config.key, static_cast<Dialect>(config.pydantic)},
                  {clock, random, gallery, files, ledger, admission, armed, pause}),
        control(ledger, admission, armed, pause),
        runner_id(random.Uuid()),
        server(config.tls_cert.empty()
                   ? std::make_unique<httplib::Server>()
                   : std::make_unique<httplib::SSLServer>(config.tls_cert.c_str(), config.tls_key.c_str())),
        runner(*server, config.threads + kSpareThreads) {
    server->new_task_queue = [most = config.threads + kSpareThreads] { return new TaskPool(most); };
  }

  void Route();
  void Serve(const httplib::Request& request, httplib::Response& response,
             const httplib::ContentReader* reader);
  Reply Generate(const httplib::Request& request, std::string body, const std::string& request_id);
  Reply ServeFile(const httplib::Request& request);
  void Send(const httplib::Request& request, httplib::Response& response, Reply reply,
            const std::string& request_id) {
    Write(request, response, std::move(reply), request_id, pause);
  }

  const SimConfig config;
  Log& log;
  SystemClock clock;
  Random random;
  Gallery gallery;
  Files files;
  Ledger ledger;
  Admission admission;
  ArmedFaults armed;
  Pause pause;
  Generator generator;
  Control control;
  const std::string runner_id;
  std::unique_ptr<httplib::Server> server;
  HttpServer runner;
  int port = 0;
  std::atomic<int> unfinished = 0;  // requests that were routed and whose reply is not written
};

void Simulator::Impl::Route() {
  const auto plain = [this](const httplib::Request& request, httplib::Response& response) {
    Serve(request, response, nullptr);
  };
  const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                const httplib::ContentReader& reader) { Serve(request, response, &reader); };
  server->Get(".*", plain);
  server->Options(".*", plain);
  server->Post(".*", with_body);
  server->Put(".*", with_body);
  server->Patch(".*", with_body);
  server->Delete(".*", with_body);
  server->set_payload_max_length(kMostBodyBytes);
  server->set_default_headers({{"Access-Control-Allow-Origin", "*"}});
  server->set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (request.path.size() <= kMostPathBytes) return httplib::Server::HandlerResponse::Unhandled;
    // A body may follow, and nobody reads it.
    Send(request, response, Closing(DetailReply(404, "Not Found")), random.Uuid());
    return httplib::Server::HandlerResponse::Handled;
  });
  // What the library refuses by itself, e.g. an ill-formed request line, gets fal's shape too.
  server->set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty() || response.content_provider_) return;
    Send(request, response,
         DetailReply(response.status, response.status == 404 ? "Not Found" : "Bad Request"), random.Uuid());
  });
  // Called when the reply is written; `matches` is empty for what never reached a route.
  server->set_logger([this](const httplib::Request& request, const httplib::Response&) {
    if (!request.matches.empty()) --unfinished;
  });
  server->set_exception_handler(
      [this](const httplib::Request& request, httplib::Response& response, const std::exception_ptr&) {
        Send(request, response, DetailReply(500, "Internal Server Error"), random.Uuid());
      });
}

void Simulator::Impl::Serve(const httplib::Request& request, httplib::Response& response,
                            const httplib::ContentReader* reader) {
  ++unfinished;
  const std::string request_id = random.Uuid();
  std::string body;
  if (reader != nullptr) {
    if (const auto status = ReadAll(request, response, *reader, body)) {
      // Where the next request would start is unknown.
      return Send(request, response, Closing(DetailReply(*status, "The body could not be read")), request_id);
    }
  }
  Reply reply;
  if (request.path == "/_sim" || request.path.starts_with("/_sim/")) {
    reply = control.Answer(request.method == "HEAD" ? "GET" : request.method, request.path, body);
  } else if (request.path.starts_with("/files/")) {
    reply = ServeFile(request);
  } else if (request.method == "OPTIONS") {
    reply.status = 204;
    reply.headers = {{"Access-Control-Allow-Methods", "*"},
                     {"Access-Control-Allow-Headers", "*, Authorization"}};
  } else {
    reply = Generate(request, std::move(body), request_id);
  }
  Send(request, response, std::move(reply), request_id);
}

Reply Simulator::Impl::Generate(const httplib::Request& request, std::string body,
                                const std::string& request_id) {
  const bool ipv6 = request.local_addr.find(':') != std::string::npos;
  Call call;
  call.method = request.method;
  call.endpoint = request.path.substr(1);
  call.authorization = request.get_header_value("Authorization");
  call.content_type = request.get_header_value("Content-Type");
  call.body = std::move(body);
  call.request_id = request_id;
  call.base_url = config.public_url;
  if (call.base_url.empty()) {
    call.base_url =
        fmt::format("{}://{}:{}", config.tls_cert.empty() ? "http" : "https",
                    ipv6 ? "[" + request.local_addr + "]" : request.local_addr, request.local_port);
  }
  call.left = [ends = EndsOf(request), socket = -1]() mutable {
    if (socket < 0) socket = FindSocket(ends);
    return PeerLeft(socket);
  };
  if (request.method == "POST") ledger.Receive(Record(request, call));

  const SteadyTime started = clock.Now();
  Reply reply = generator.Answer(call);
  if (!reply.from_ingress) reply.headers.emplace_back("x-fal-served-from", runner_id);
  const std::chrono::duration<double> took = clock.Now() - started;
  log.Info("generation", {{"request_id", request_id},
                          {"method", request.method},
                          {"endpoint", call.endpoint},
                          {"status", reply.status},
                          {"seconds", took.count()}});
  return reply;
}

Reply Simulator::Impl::ServeFile(const httplib::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return DetailReply(405, "Method Not Allowed");
  const auto file = files.Find(request.path);
  if (file == nullptr) return DetailReply(404, "Not Found");
  Reply reply;
  reply.content_type = file->content_type;
  reply.body = file->bytes;
  return reply;
}

Simulator::Simulator(SimConfig config, Log& log) : impl_(std::make_unique<Impl>(std::move(config), log)) {
  impl_->Route();
}

Simulator::~Simulator() {
  Stop();
}

Result<std::string> Simulator::Start() {
  if (!impl_->server->is_valid()) {
    return Status(Reason::kInternal, fmt::format("cannot use {} and {} as certificate and key",
                                                 impl_->config.tls_cert, impl_->config.tls_key));
  }
  Result<std::string> address = impl_->runner.Start(impl_->config.listen);
  if (!address) return address;
  std::string host;
  SplitHostPort(*address, host, impl_->port);
  impl_->log.Info("listening", {{"name", "fal"}, {"address", *address}});
  return address;
}

void Simulator::Stop() {
  impl_->pause.Stop();
  const auto until = std::chrono::steady_clock::now() + kLastReplies;
  while (impl_->unfinished > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // An idle connection would hold its thread until the keep-alive time is over.
  if (impl_->port != 0) EndConnections(impl_->port);
  impl_->runner.Stop();
  impl_->port = 0;
}

}  // namespace flux::sim
