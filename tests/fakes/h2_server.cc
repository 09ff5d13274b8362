// A thread per connection that reads frames and answers with prepared ones.
#include "tests/fakes/h2_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/fakes/h2_frame.h"

namespace flux::fakes {
namespace {

constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kAck = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::uint32_t kInternalError = 2;
constexpr std::uint32_t kRefusedStream = 7;
constexpr std::size_t kPreface = 24;
constexpr std::size_t kFrameHead = 9;

void PutNumber(std::string& to, std::uint32_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) to += static_cast<char>(number >> (8 * i));
}

std::string MakeFrame(H2Frame type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = "") {
  std::string frame;
  PutNumber(frame, static_cast<std::uint32_t>(payload.size()), 3);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  PutNumber(frame, stream, 4);
  return frame.append(payload);
}

std::string Reset(std::uint32_t stream, std::uint32_t error) {
  std::string payload;
  PutNumber(payload, error, 4);
  return MakeFrame(kReset, 0, stream, payload);
}

std::string GoAway(std::uint32_t last_stream) {
  std::string payload;
  PutNumber(payload, last_stream, 4);
  PutNumber(payload, 0, 4);
  return MakeFrame(kGoAway, 0, 0, payload);
}

// ":status: 200", the eighth of HPACK's static table.
std::string OkHead(std::uint32_t stream) {
  return MakeFrame(kHeaders, kEndHeaders, stream, "\x88");
}

std::uint32_t ReadNumber(const std::string& from, std::size_t at, int bytes) {
  std::uint32_t number = 0;
  for (int i = 0; i < bytes; ++i) number = number << 8 | static_cast<unsigned char>(from[at + i]);
  return number;
}

int ChooseH2(SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned, void*) {
  static constexpr unsigned char kH2[] = {'h', '2'};
  *out = kH2;
  *size = sizeof kH2;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

struct H2Server::Impl {
  explicit Impl(Script wanted) : script(std::move(wanted)), tls(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate_chain_file(tls, certificate.certificate().c_str());
    SSL_CTX_use_PrivateKey_file(tls, certificate.key().c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_alpn_select_cb(tls, &ChooseH2, nullptr);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener, 64);
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    acceptor = std::thread([this] { Accept(); });
  }

  ~Impl() {
    shutdown(listener, SHUT_RDWR);
    acceptor.join();
    close(listener);
    {
      const std::lock_guard lock(mutex);
      for (const int fd : open) shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads) thread.join();
    for (const int fd : open) close(fd);
    SSL_CTX_free(tls);
  }

  void Accept() {
    for (;;) {
      const int fd = accept(listener, nullptr, nullptr);
      if (fd < 0) return;
      const std::lock_guard lock(mutex);
      open.push_back(fd);
      threads.emplace_back([this, fd] { Serve(fd); });
    }
  }

  void Serve(int fd) {
    sigset_t pipe;  // OpenSSL writes to connections that are gone
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    SSL* ssl = SSL_new(tls);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) Speak(ssl);
    SSL_free(ssl);
    shutdown(fd, SHUT_RDWR);
  }

  static bool Read(SSL* ssl, std::size_t bytes, std::string& into) {
    into.resize(bytes);
    for (std::size_t done = 0; done < bytes;) {
      const int count = SSL_read(ssl, into.data() + done, static_cast<int>(bytes - done));
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  }

  static void Write(SSL* ssl, const std::string& bytes) {
    SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
  }

  void Speak(SSL* ssl) {
    std::string head;
    std::string payload;
    if (!Read(ssl, kPreface, head)) return;
    Write(ssl, MakeFrame(kSettings, 0, 0));
    while (Read(ssl, kFrameHead, head) && Read(ssl, ReadNumber(head, 0, 3), payload)) {
      const auto type = static_cast<H2Frame>(head[3]);
      const auto flags = static_cast<std::uint8_t>(head[4]);
      const std::uint32_t stream = ReadNumber(head, 5, 4);
      if (type == kSettings && (flags & kAck) == 0) Write(ssl, MakeFrame(kSettings, kAck, 0));
      if (type == kPing && (flags & kAck) == 0) Write(ssl, MakeFrame(kPing, kAck, 0, payload));
      if (type == kPing && (flags & kAck) != 0) Write(ssl, Reset(refuse_after_ping, kRefusedStream));
      const bool whole = (type == kData || type == kHeaders) && (flags & kEndStream) != 0;
      if (whole && !End(ssl, stream)) return;
    }
  }

  // False where the connection ends.
  bool End(SSL* ssl, std::uint32_t stream) {
    switch (script(requests++)) {
      case H2Fate::kAnswer:
        Write(ssl, OkHead(stream) + MakeFrame(kData, kEndStream, stream, "{}"));
        return true;
      case H2Fate::kRefuse:
        Write(ssl, Reset(stream, kRefusedStream));
        return true;
      case H2Fate::kGoAwayBefore:
        Write(ssl, GoAway(stream < 2 ? 0 : stream - 2));  // callers count in odd numbers
        return false;
      case H2Fate::kGoAwayAt:
        Write(ssl, GoAway(stream));
        return false;
      case H2Fate::kReset:
        Write(ssl, Reset(stream, kInternalError));
        return true;
      case H2Fate::kHeadThenRefuse:
        // The answered ping shows that the head has been read.
        Write(ssl, OkHead(stream) + MakeFrame(kPing, 0, 0, std::string(8, 'p')));
        refuse_after_ping = stream;
        return true;
      case H2Fate::kClose:
        return false;
    }
    return false;
  }

  const Script script;
  Certificate certificate;
  SSL_CTX* tls;
  int listener = -1;
  int port = 0;
  std::thread acceptor;
  std::atomic<int> requests{0};
  std::atomic<std::uint32_t> refuse_after_ping{0};
  std::mutex mutex;
  std::vector<std::thread> threads;  // guarded by `mutex`
  std::vector<int> open;             // likewise
};

H2Server::H2Server(Script script) : impl_(std::make_unique<Impl>(std::move(script))) {}

H2Server::~H2Server() = default;

std::string H2Server::url() const {
  return "https://127.0.0.1:" + std::to_string(impl_->port);
}

const Certificate& H2Server::certificate() const {
  return impl_->certificate;
}

int H2Server::requests() const {
  return impl_->requests;
}

}  // namespace flux::fakes
