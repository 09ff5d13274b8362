// ServerTls: the certificate of a public address and the rules by which TLS is spoken there: 1.2 or newer,
// HTTP/1.1 by ALPN, no renegotiation, no session kept in memory. It touches no socket.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/status.h"

namespace flux::gateway {

struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};
// One connection's TLS.
using Session = std::unique_ptr<SSL, FreeSession>;

// Thread-safe.
class ServerTls {
 public:
  // PEM files: the certificate with what leads to its authority, and its key without passphrase. Load before
  // use.
  ServerTls(std::string certificate_file, std::string key_file);

  // Reads the files. Empty: connections from now on show what they hold, and those that stand go on with what
  // they had. Else what is wrong, and everything stays as it was.
  std::string Load();

  // When the certificate ends that connections are shown from now on. Nothing before it is loaded.
  std::optional<WallTime> End() const;

  // For a connection on this descriptor, which it borrows; null when out of memory.
  Session Open(int descriptor) const;

 private:
  using Context = std::shared_ptr<SSL_CTX>;

  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;
  Context context_;  // guarded by mutex_; taken once per connection
  WallTime end_;     // guarded by mutex_
};

}  // namespace flux::gateway
