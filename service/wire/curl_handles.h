// CurlHandles: easy handles with what all of ours have in common, kept for the next exchange. Knows libcurl's
// options, nothing of fal.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/wire/curl_loop.h"

namespace flux::fal {

// What libcurl says of a failure, in the buffer of CURLOPT_ERRORBUFFER.
using CurlError = std::array<char, CURL_ERROR_SIZE>;

// `error`, or where it is empty what `code` (CURLcode) means. It holds addresses and reasons, never headers,
// paths or queries.
std::string Describe(const CurlError& error, int code);

// Whether `code` says that the other side's certificate is not trusted.
bool IsUntrusted(int code);

// Whether this libcurl can be told to repeat a request by itself only where its HTTP/2 stream was refused,
// and never because a pooled connection turned out dead. Where it cannot, no repetition is to be trusted.
bool ResendsRefusedStreamsOnly();

struct CurlHandleOptions {
  bool https;           // what is asked for, so that HTTP/2 may come of it
  std::string ca_file;  // PEM; empty: the system's
  std::string user_agent;
  std::chrono::milliseconds connect_timeout;  // DNS, TCP and TLS together
  std::size_t most_idle;                      // handles kept; as many more as are at work
  // What the exchanges of this pool have in common beside; called once per handle.
  std::function<void(CURL*)> prepare;
  // Options that point into an exchange; set to null when it has ended.
  std::vector<CURLoption> borrowed;
};

// Lives on the loop of its CurlLoop, which outlives what is lent.
class CurlHandles {
 public:
  CurlHandles(CurlLoop& loop, CurlHandleOptions options);

  // A handle at work: taken off the loop and back into the pool however its coroutine ends.
  class Lent {
   public:
    explicit Lent(CurlHandles& from) : from_(from), easy_(from.Take()) { ++from_.lent_; }
    ~Lent();
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;

    CURL* easy() const { return easy_.get(); }
    // The handle is not to be used again.
    void Spoil() { spoilt_ = true; }

   private:
    friend class CurlHandles;
    struct Deleter {
      void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };
    using Easy = std::unique_ptr<CURL, Deleter>;

    CurlHandles& from_;
    Easy easy_;
    bool spoilt_ = false;
  };

 private:
  Lent::Easy Take();
  Lent::Easy Make() const;
  void Return(Lent::Easy easy);

  CurlLoop& loop_;
  const CurlHandleOptions options_;
  std::size_t lent_ = 0;
  std::vector<Lent::Easy> idle_;
};

}  // namespace flux::fal
