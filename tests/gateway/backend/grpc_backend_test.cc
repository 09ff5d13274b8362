// Which channels may carry a token and callers' names, and where gRPC's sockets are waited for.
#include "gateway/backend/grpc_backend.h"

#include <gtest/gtest.h>

#include "gateway/backend/grpc_sockets.h"

namespace flux::gateway {
namespace {

bool Trusted(const char* target) {
  GrpcBackendOptions options;
  options.target = target;
  return IsTrustedChannel(options);
}

TEST(TrustedChannelTest, WhatOnlyThisMachineSees) {
  for (const char* target : {"127.0.0.1:50051", "localhost:50051", "[::1]:50051", "unix:/run/flux",
                             "dns:///127.0.0.2:1", "ipv4:127.0.0.1:1,127.0.0.1:2", "ipv6:[::1]:1"}) {
    EXPECT_TRUE(Trusted(target)) << target;
  }
}

TEST(TrustedChannelTest, NothingElseWithoutTls) {
  for (const char* target : {"flux-service:50051", "dns:///flux-service:50051", "127.example.com:443",
                             "10.0.0.1:1", "ipv4:127.0.0.1:1,10.0.0.1:2", "127.0.0.1", ""}) {
    EXPECT_FALSE(Trusted(target)) << target;
  }
}

TEST(TrustedChannelTest, AnythingWithTls) {
  GrpcBackendOptions options;
  options.target = "flux-service:50051";
  options.ca_file = "/etc/flux/ca.pem";
  EXPECT_TRUE(IsTrustedChannel(options));
}

// Nothing else in this program uses gRPC.
TEST(SocketsOfGrpcTest, AreFoundWhereGrpcIsFirstUsed) {
  const QueueSockets sockets = SocketsOfGrpc();
  EXPECT_GE(sockets.descriptor, 0);
  EXPECT_GE(sockets.count(), 1) << "gRPC's own wake-up stands in it";
  EXPECT_EQ(SocketsOfGrpc().descriptor, sockets.descriptor);
}

}  // namespace
}  // namespace flux::gateway
