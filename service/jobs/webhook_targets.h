// WebhookTargets: where webhooks may be sent. Judges addresses twice: as callers write them, and as names
// resolve when a connection is made. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "service/wire/url.h"

namespace flux::service {

// A URL that may be sent to.
struct WebhookTarget {
  std::string url;     // as libcurl understands it
  fal::Origin origin;  // of it
  // "host:port", by which receivers are told apart.
  std::string Host() const { return origin.host + ":" + origin.port; }
};

// Whether the internet routes this address, to one machine: not private, loopback, link-local, multicast, of
// a carrier's NAT, or reserved. IPv4 within IPv6 is judged as IPv4.
bool IsPublic(const IpAddress& address);

class WebhookTargets {
 public:
  // Each item is a host, a host:port, or a network such as 10.0.0.0/8: exceptions that the operator has made.
  // A host may be sent to by plain http and whatever it resolves to, and so may an address of a network; a
  // name that resolves into a network is reached by https.
  explicit WebhookTargets(const std::vector<std::string>& allow);

  // The URL, or a sentence that follows the field's name: "must be …".
  Result<WebhookTarget> Check(const std::string& url) const;

  // Whether a connection for this origin may be made to this address.
  bool MayConnect(const fal::Origin& origin, const IpAddress& address) const;

 private:
  struct Host {
    std::string name;
    std::string port;  // empty: any
  };
  bool Names(const fal::Origin& origin) const;
  bool Holds(const IpAddress& address) const;

  std::vector<Host> hosts_;
  std::vector<IpNetwork> networks_;
};

// What is wrong with an item of --webhook-allow; nothing where it is one.
std::optional<std::string> WebhookAllowProblem(const std::string& item);

}  // namespace flux::service
