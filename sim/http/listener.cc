// The HTTP library behind a door. What the library cannot do itself, such as a reset, is done to its socket.
#include "sim/http/listener.h"

#include <absl/strings/ascii.h>
#include <httplib.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string_view>
#include <thread>

#include "base/http_server.h"
#include "base/ip_address.h"
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

// Headers that the library adds.
bool CameIn(const std::string& name) {
  constexpr std::string_view kNot[] = {"remote_addr", "remote_port", "local_addr", "local_port"};
  return std::ranges::find(kNot, name) == std::end(kNot);
}

// Whether a Host header may be repeated in a URL.
bool IsHost(std::string_view host) {
  const auto plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  };
  return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, plain);
}

// Everything but the body.
Request Head(const httplib::Request& from, const std::string& request_id, std::string_view scheme) {
  Request request;
  request.method = from.method == "HEAD" ? "GET" : from.method;
  request.path = from.path;
  request.query.assign(from.params.begin(), from.params.end());
  for (const auto& [name, value] : from.headers) {
    std::string lower = absl::AsciiStrToLower(name);
    if (CameIn(lower)) request.headers.emplace_back(std::move(lower), value);
  }
  request.request_id = request_id;
  request.scheme = scheme;
  const bool ipv6 = from.local_addr.find(':') != std::string::npos;
  request.local_host = ipv6 ? "[" + from.local_addr + "]" : from.local_addr;
  const std::string_view host = request.Header("host");
  request.asked_host =
      IsHost(host) ? std::string(host) : fmt::format("{}:{}", request.local_host, from.local_port);
  request.left = [ends = EndsOf(from), socket = -1]() mutable {
    if (socket < 0) socket = FindSocket(ends);
    return PeerLeft(socket);
  };
  return request;
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

// Writes the next piece of a reply without a length. False closes the connection.
bool ProvideNext(const Reply& reply, httplib::DataSink& sink) {
  const std::optional<std::string> piece = reply.next();
  if (!piece) {
    if (reply.ending == Reply::Ending::kCut) return false;
    sink.done();
    return true;
  }
  return piece->empty() ? sink.is_writable() : sink.write(piece->data(), piece->size());
}

void Write(const httplib::Request& request, httplib::Response& response, Reply reply,
           const std::string& request_id, Pause& pause) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name, value);
  if (!reply.no_fal_headers && !response.has_header("x-fal-request-id")) {
    response.set_header("x-fal-request-id", request_id);
  }
  if (reply.ending == Reply::Ending::kReset) ResetConnection(FindSocket(EndsOf(request)));
  if (reply.ending == Reply::Ending::kShut) ShutConnection(FindSocket(EndsOf(request)));
  const std::string content_type = reply.content_type;
  if (reply.next) {
    response.set_chunked_content_provider(content_type,
                                          [reply = std::move(reply)](std::size_t, httplib::DataSink& sink) {
                                            return ProvideNext(reply, sink);
                                          });
    return;
  }
  if (reply.announced_bytes == 0 && reply.ending != Reply::Ending::kClose && reply.spread.count() == 0) {
    response.set_content(reply.body, content_type);
    return;
  }
  if (reply.ending == Reply::Ending::kClose) response.set_header("Connection", "close");
  const std::uint64_t announced = std::max<std::uint64_t>(reply.announced_bytes, reply.body.size());
  response.set_content_provider(
      announced, content_type,
      [reply = std::move(reply), &pause](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return Provide(reply, pause, offset, length, sink);
      });
}

}  // namespace

struct Listener::Impl {
  Impl(Door answers, std::function<std::string()> ids, Pause& waits, const ListenerSettings& settings)
      : door(std::move(answers)),
        new_id(std::move(ids)),
        pause(waits),
        tls(!settings.tls_cert.empty()),
        certificate(settings.tls_cert),
        key(settings.tls_key),
        server(tls ? std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str())
                   : std::make_unique<httplib::Server>()),
        runner(*server, settings.threads + kSpareThreads) {
    server->new_task_queue = [most = settings.threads + kSpareThreads] { return new TaskPool(most); };
    Route();
  }

  void Route();
  void Serve(const httplib::Request& from, httplib::Response& response, const httplib::ContentReader* reader);

  const Door door;
  const std::function<std::string()> new_id;
  Pause& pause;
  const bool tls;
  const std::string certificate;
  const std::string key;
  std::unique_ptr<httplib::Server> server;
  HttpServer runner;
  int port = 0;
  std::atomic<int> unfinished = 0;  // requests that were routed and whose reply is not written
};

void Listener::Impl::Route() {
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
    Write(request, response, Closing(DetailReply(404, "Not Found")), new_id(), pause);
    return httplib::Server::HandlerResponse::Handled;
  });
  // What the library refuses by itself, e.g. an ill-formed request line, gets fal's shape too.
  server->set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty() || response.content_provider_) return;
    Write(request, response,
          DetailReply(response.status, response.status == 404 ? "Not Found" : "Bad Request"), new_id(),
          pause);
  });
  // Called when the reply is written; `matches` is empty for what never reached a route.
  server->set_logger([this](const httplib::Request& request, const httplib::Response&) {
    if (!request.matches.empty()) --unfinished;
  });
  server->set_exception_handler(
      [this](const httplib::Request& request, httplib::Response& response, const std::exception_ptr&) {
        Write(request, response, DetailReply(500, "Internal Server Error"), new_id(), pause);
      });
}

void Listener::Impl::Serve(const httplib::Request& from, httplib::Response& response,
                           const httplib::ContentReader* reader) {
  ++unfinished;
  Request request = Head(from, new_id(), tls ? "https" : "http");
  const std::string request_id = request.request_id;
  if (reader != nullptr) {
    if (auto unread = door.unread ? door.unread(request) : std::nullopt) {
      return Write(from, response, *std::move(unread), request_id, pause);
    }
    if (const auto status = ReadAll(from, response, *reader, request.body)) {
      // Where the next request would start is unknown.
      return Write(from, response, Closing(DetailReply(*status, "The body could not be read")), request_id,
                   pause);
    }
  }
  Reply reply;
  if (request.method == "OPTIONS") {
    reply.status = 204;
    reply.headers = {{"Access-Control-Allow-Methods", "*"},
                     {"Access-Control-Allow-Headers", "*, Authorization"}};
  } else {
    reply = door.answer(request);
  }
  Write(from, response, std::move(reply), request_id, pause);
}

Listener::Listener(Door door, std::function<std::string()> new_id, Pause& pause,
                   const ListenerSettings& settings)
    : impl_(std::make_unique<Impl>(std::move(door), std::move(new_id), pause, settings)) {}

Listener::~Listener() {
  Stop();
}

Result<std::string> Listener::Start(const ListenAddress& address) {
  if (!impl_->server->is_valid()) {
    return Status(Reason::kInternal,
                  fmt::format("cannot use {} and {} as certificate and key", impl_->certificate, impl_->key));
  }
  Result<std::string> bound = impl_->runner.Start(address);
  if (!bound) return bound;
  std::string host;
  SplitHostPort(*bound, host, impl_->port);
  return bound;
}

int Listener::port() const {
  return impl_->port;
}

void Listener::Stop() {
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
