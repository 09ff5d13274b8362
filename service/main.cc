// flux-service.
#include "service/run_service.h"

int main(int argc, char** argv) {
  return flux::service::RunService(argc, argv);
}
