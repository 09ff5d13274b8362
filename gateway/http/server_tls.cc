// A context per loaded pair; sessions hold the one they began with.
#include "gateway/http/server_tls.h"

#include <openssl/err.h>

#include <string_view>
#include <utility>

#include "base/pem.h"

namespace flux::gateway {
namespace {

constexpr unsigned char kProtocols[] = "\x08http/1.1";
constexpr unsigned kProtocolsBytes = sizeof kProtocols - 1;

// A caller that offers only other protocols is refused (RFC 7301 §3.2), rather than answered in one it did
// not offer.
int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_bytes, const unsigned char* offered,
                   unsigned offered_bytes, void*) {
  unsigned char* chosen = nullptr;
  const int outcome =
      SSL_select_next_proto(&chosen, out_bytes, kProtocols, kProtocolsBytes, offered, offered_bytes);
  *out = chosen;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::string LastError() {
  char text[256];
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  return text;
}

}  // namespace

ServerTls::ServerTls(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

std::string ServerTls::Load() {
  const Result<KeyPair> pair = ReadKeyPair(certificate_file_, key_file_);
  if (!pair) return pair.error().message;
  ERR_clear_error();
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX* const raw = context.get();
  const bool good = raw != nullptr && SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
                    SSL_CTX_use_certificate_chain_file(raw, certificate_file_.c_str()) == 1 &&
                    SSL_CTX_use_PrivateKey_file(raw, key_file_.c_str(), SSL_FILETYPE_PEM) == 1 &&
                    SSL_CTX_check_private_key(raw) == 1;
  if (!good) return "TLS cannot use the certificate: " + LastError();
  // An end without close_notify is an end: where a body ends, its own framing says.
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(
      raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets resume, and are kept by the callers
  SSL_CTX_set_alpn_select_cb(raw, &ChooseProtocol, nullptr);
  const std::lock_guard lock(mutex_);
  context_ = context;
  end_ = pair->end;
  return {};
}

std::optional<WallTime> ServerTls::End() const {
  const std::lock_guard lock(mutex_);
  return context_ ? std::optional(end_) : std::nullopt;
}

Session ServerTls::Open(int descriptor) const {
  Context context;
  {
    const std::lock_guard lock(mutex_);
    context = context_;
  }
  Session session(context ? SSL_new(context.get()) : nullptr);
  if (session && SSL_set_fd(session.get(), descriptor) != 1) session.reset();
  return session;
}

}  // namespace flux::gateway
