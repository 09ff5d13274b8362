// A TLS client that trusts every certificate, because the other side is what is tested.
#include "tests/gateway/http/tls_client.h"

#include <openssl/x509.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace flux::gateway {

TlsClient::TlsClient(const std::string& address, TlsOptions options)
    : raw_(address), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_security_level(context_.get(), 0);  // old versions are to be refused by the server, not here
  if (options.version != 0) {
    SSL_CTX_set_min_proto_version(context_.get(), options.version);
    SSL_CTX_set_max_proto_version(context_.get(), options.version);
  }
  if (!options.protocols.empty()) {
    SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(options.protocols.data()),
                            static_cast<unsigned>(options.protocols.size()));
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), raw_.fd());
  connected_ = SSL_connect(ssl_.get()) == 1;
}

std::string TlsClient::Protocol() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return {chosen, chosen + size};
}

std::string TlsClient::Fingerprint() const {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (shown) X509_digest(shown.get(), EVP_sha256(), digest.data(), &size);
  return {digest.begin(), digest.begin() + size};
}

bool TlsClient::Send(std::string_view bytes) {
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
         static_cast<int>(bytes.size());
}

bool TlsClient::Fill() {
  std::array<char, 65536> chunk;
  const int count = SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size()));
  if (count <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

RawReply TlsClient::Read() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  RawReply reply;
  std::size_t end = 0;
  while ((end = buffer_.find(kEnd)) == std::string::npos) {
    if (!Fill()) return {};
  }
  reply.head = buffer_.substr(0, end + kEnd.size());
  buffer_.erase(0, reply.head.size());
  const auto at = reply.head.find(kLength);
  const std::size_t length =
      at == std::string::npos ? 0 : std::strtoull(&reply.head[at + kLength.size()], nullptr, 10);
  while (buffer_.size() < length) {
    if (!Fill()) return {};
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  reply.status = std::atoi(reply.head.c_str() + std::string_view("HTTP/1.1 ").size());
  return reply;
}

std::string TlsClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::exchange(buffer_, {});
}

}  // namespace flux::gateway
