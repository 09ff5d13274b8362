// Stack: simulator, service and gateway as processes, wired to one another on port 0.
#pragma once

#include <httplib.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/e2e/process.h"

namespace flux::e2e {

inline constexpr char kKey[] = "e2e-id:e2e-secret-canary";

// Where the gateway draws.
inline constexpr char kDev[] = "/api/v1/flux/text-to-image/dev";
inline constexpr char kSchnell[] = "/api/v1/flux/text-to-image/schnell";
inline constexpr char kPro[] = "/api/v1/flux/text-to-image/pro";
inline constexpr char kImage[] = "/api/v1/flux/image-to-image";
inline constexpr char kInpaint[] = "/api/v1/flux/inpainting";

// The header by which a caller says what is to be bought once only.
inline constexpr char kKeyHeader[] = "Idempotency-Key";

// What differs from test to test.
struct StackOptions {
  std::vector<std::string> sim = {};
  std::vector<std::string> service = {};
  std::vector<std::string> gateway = {};
  std::string fal_url = {};  // empty: the simulator's
  bool whole_fal = false;    // flux-service is told where the simulator's queue, history and keys are, too
  Process::Settings environment = {};  // of flux-service, beside its key
  std::string service_program = "flux-service";
  std::vector<std::string> before = {};  // arguments of that program before flux-service's
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
  // The same to the gateway at `address`.
  static Answer PostTo(const std::string& address, const std::string& path, const std::string& body,
                       const httplib::Headers& headers = {});
  // Asks again until the answer is 200, as a caller does who has a key; at most 30 s. The last answer.
  Answer Insist(const std::string& path, const std::string& body, const httplib::Headers& headers);
  // {"prompt":…} to text-to-image/dev.
  Answer Draw(const std::string& prompt);
  static Answer Get(const std::string& address, const std::string& path,
                    const httplib::Headers& headers = {});

  // Another flux-service of the same settings; another gateway, ready, in front of the services named.
  std::unique_ptr<Process> AnotherService();
  std::unique_ptr<Process> AnotherGateway(const std::string& services);
  // Kills the service where it still runs, and starts flux-service at its address with its settings.
  void RestartService();

  // What the simulator does wrong next, so many times (GET /_sim lists the words).
  void Arm(const std::string& fault, int count = 1);

  // How many purchases the simulator has billed.
  std::size_t Billed();
  std::size_t Billed(const std::string& prompt);
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
  std::unique_ptr<Process> StartService(const std::string& program, std::vector<std::string> arguments,
                                        const std::string& listen) const;

  const StackOptions options_;
  std::string fal_;
  std::string public_;
  std::string grpc_;
};

// Asks `count` times at the same instant, each from a thread of its own; the answers in order.
std::vector<Answer> AtOnce(std::size_t count, const std::function<Answer(std::size_t)>& ask);

// Waits until `done` is true, at most 30 s; returns whether it became true.
bool Eventually(const std::function<bool()>& done);

}  // namespace flux::e2e
