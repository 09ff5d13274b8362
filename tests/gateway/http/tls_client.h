// TlsClient: a blocking TLS connection for tests, by OpenSSL's client side.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/gateway/http/raw_client.h"

namespace flux::gateway {

struct TlsOptions {
  int version = 0;                  // TLS1_2_VERSION and so on; 0: the newest
  std::string_view protocols = {};  // of ALPN, each with its length before it
};

class TlsClient {
 public:
  // Shakes hands at once; see connected().
  explicit TlsClient(const std::string& address, TlsOptions options = {});

  bool connected() const { return connected_; }
  std::string Version() const { return SSL_get_version(ssl_.get()); }
  // What ALPN chose; empty where it chose nothing.
  std::string Protocol() const;
  // A name of the certificate that was shown, different for different ones.
  std::string Fingerprint() const;

  bool Send(std::string_view bytes);
  // One reply with a Content-Length; status 0 where the connection ended first.
  RawReply Read();
  std::string ReadToEnd();
  RawClient& raw() { return raw_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  bool Fill();

  RawClient raw_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace flux::gateway
