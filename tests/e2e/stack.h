// Stack: simulator, service and gateway as processes, wired to one another on port 0.
#pragma once

#include <httplib.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/process.h"

namespace flux::e2e {

inline constexpr char kKey[] = "e2e-id:e2e-secret-canary";

// What differs from test to test.
struct StackOptions {
  std::vector<std::string> sim = {};
  std::vector<std::string> service = {};
  std::vector<std::string> gateway = {};
  std::string fal_url = {};  // empty: the simulator's
  bool queue = false;        // keyed purchases and jobs go through the simulator's queue
};

// A reply of the gateway, with its body as JSON where it is some.
struct Answer {
  int status = 0;  // 0: no answer
  httplib::Headers headers;
  std::string body;
  nlohmann::json json;

  std::string Header(const std::string& name) const;
};

class Stack {
 public:
  explicit Stack(StackOptions options = {});

  Answer Post(const std::string& path, const std::string& body, const httplib::Headers& headers = {});
  // {"prompt":…} to text-to-image/dev.
  Answer Draw(const std::string& prompt);
  Answer Get(const std::string& address, const std::string& path);

  // How many purchases the simulator has billed.
  std::size_t Billed();
  nlohmann::json Ledger();
  nlohmann::json LastRequest();  // what fal received last: endpoint, headers, body

  std::string public_address() const { return public_; }
  std::string admin_address() { return gateway->Address("admin"); }
  std::string metrics_address() { return service->Address("metrics"); }
  std::string fal_address() const { return fal_; }

  std::unique_ptr<Process> sim;
  std::unique_ptr<Process> service;
  std::unique_ptr<Process> gateway;

 private:
  std::string fal_;
  std::string public_;
};

// Waits until `done` is true, at most 30 s; returns whether it became true.
bool Eventually(const std::function<bool()>& done);

}  // namespace flux::e2e
