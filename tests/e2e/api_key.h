// Keygen: API keys for tests, made by the gateway's own command.
#pragma once

#include <string>
#include <vector>

namespace flux::e2e {

// What `flux-gateway keygen` printed.
struct Key {
  std::string key;
  std::string line;  // of --api-keys-file
};

// `arguments`: NAME and its limits. Fails the test where no key comes.
Key Keygen(std::vector<std::string> arguments);

}  // namespace flux::e2e
