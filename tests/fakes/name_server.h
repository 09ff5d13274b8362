// NameServer: a DNS server on 127.0.0.1 that knows one set of addresses, whatever the name: what a headless
// Service is to those who ask for it.
#pragma once

#include <string>
#include <thread>
#include <vector>

namespace flux::fakes {

class NameServer {
 public:
  // `addresses` are IPv4, in dots. Every question of type A gets them all, every other one gets none.
  explicit NameServer(std::vector<std::string> addresses);
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  std::string address() const;  // "127.0.0.1:PORT"

 private:
  void Serve() const;

  std::vector<std::string> addresses_;
  int fd_;
  std::thread thread_;
};

}  // namespace flux::fakes
