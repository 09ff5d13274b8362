// H2Server: an HTTP/2 server over TLS on 127.0.0.1 that ends each request as a script says. It plays a fal,
// or a balancer before fal, that refuses streams and closes connections. It reads frames, not headers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "tests/fakes/certificate.h"

namespace flux::fakes {

// What becomes of one request that has arrived whole.
enum class H2Fate {
  kAnswer,        // 200 with "{}"
  kRefuse,        // RST_STREAM, REFUSED_STREAM: not processed (RFC 9113 §8.7)
  kGoAwayBefore,  // GOAWAY whose last stream is the one before, then the end: not processed (RFC 9113 §6.8)
  kGoAwayAt,      // GOAWAY that leaves open whether this stream was processed, then the end
  kReset,         // RST_STREAM, INTERNAL_ERROR
  kHeadThenRefuse,  // the answer's head, then REFUSED_STREAM, which contradicts itself
  kClose,           // the connection ends without a word
};

class H2Server {
 public:
  // `request` counts over all connections from 0. Called on the server's threads.
  using Script = std::function<H2Fate(int request)>;

  explicit H2Server(Script script);
  ~H2Server();
  H2Server(const H2Server&) = delete;
  H2Server& operator=(const H2Server&) = delete;

  std::string url() const;
  const Certificate& certificate() const;
  // Requests that have arrived whole, whatever became of them.
  int requests() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace flux::fakes
