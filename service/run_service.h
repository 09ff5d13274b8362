// RunService: the whole of flux-service, from its arguments to its exit code.
#pragma once

#include <functional>
#include <memory>

#include "service/store/store.h"

namespace flux::service {

// Where a program that is not the shipped one takes part.
struct ServiceHooks {
  // Takes the store that was opened and returns the one that is used. Empty: the same.
  std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)> store = {};
};

// Call it from main, before there is any other thread. Returns when the service has stopped, with the exit
// code (base/exit_code.h).
int RunService(int argc, char** argv, const ServiceHooks& hooks = {});

}  // namespace flux::service
