// TLS on the gRPC port: who comes in, and what happens when the files change, in any order.
#include <gmock/gmock.h>

#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fakes/certificate.h"
#include "tests/service/rpc/port.h"

namespace flux::service {
namespace {

using testing::HasSubstr;

std::string Contents(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void Copy(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

class RpcTlsTest : public PortTest {
 protected:
  TlsOptions Options() const { return {.certificate_file = own_.certificate(), .key_file = own_.key()}; }

  std::shared_ptr<grpc::ChannelCredentials> Trusting(const fakes::Certificate& authority,
                                                     const fakes::Certificate* own = nullptr) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = Contents(authority.certificate());
    if (own != nullptr) {
      options.pem_private_key = Contents(own->key());
      options.pem_cert_chain = Contents(own->certificate());
    }
    return grpc::SslCredentials(options);
  }

  // Whether a fresh connection is served.
  bool IsServed(const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    grpc::ChannelArguments apart;
    apart.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(address_, credentials, apart);
    return Ask(kModels, "right").ok();
  }

  fakes::Certificate own_;
};

TEST_F(RpcTlsTest, ServesOverTlsAndNothingElse) {
  Serve({.tls = Options()});
  EXPECT_TRUE(IsServed(Trusting(own_)));
  EXPECT_FALSE(IsServed(grpc::InsecureChannelCredentials()));
  const fakes::Certificate other;
  EXPECT_FALSE(IsServed(Trusting(other)));
}

TEST_F(RpcTlsTest, WithClientAuthoritiesACertificateIsNeeded) {
  const fakes::Certificate client;
  TlsOptions tls = Options();
  tls.client_ca_file = client.certificate();
  Serve({.tls = tls});
  EXPECT_FALSE(IsServed(Trusting(own_)));
  EXPECT_TRUE(IsServed(Trusting(own_, &client)));
  const fakes::Certificate stranger;
  EXPECT_FALSE(IsServed(Trusting(own_, &stranger)));
}

TEST_F(RpcTlsTest, ACertificateThatArrivesBeforeItsKeyWaitsForIt) {
  Serve({.tls = Options()});
  const fakes::Certificate next;
  const fakes::Certificate old;
  Copy(own_.certificate(), old.certificate());
  Copy(next.certificate(), own_.certificate());
  EXPECT_THAT(server_.ReloadTls(), HasSubstr("does not belong"));
  EXPECT_TRUE(IsServed(Trusting(old)));
  Copy(next.key(), own_.key());
  EXPECT_EQ(server_.ReloadTls(), "");
  EXPECT_TRUE(IsServed(Trusting(next)));
  EXPECT_FALSE(IsServed(Trusting(old)));
}

TEST_F(RpcTlsTest, ABrokenFileChangesNothing) {
  Serve({.tls = Options()});
  const std::string good = Contents(own_.certificate());
  fakes::Certificate trusted;
  Copy(own_.certificate(), trusted.certificate());
  for (const std::string& broken : {std::string(), good.substr(0, good.size() / 2), std::string("rubbish")}) {
    std::ofstream(own_.certificate()) << broken;
    EXPECT_NE(server_.ReloadTls(), "");
    EXPECT_TRUE(IsServed(Trusting(trusted)));
  }
  // A chain whose second certificate is cut off.
  std::ofstream(own_.certificate()) << good << good.substr(0, good.size() / 2);
  EXPECT_NE(server_.ReloadTls(), "");
  EXPECT_TRUE(IsServed(Trusting(trusted)));
}

TEST_F(RpcTlsTest, BrokenAuthoritiesChangeNothing) {
  const fakes::Certificate client;
  fakes::Certificate authorities;
  Copy(client.certificate(), authorities.certificate());
  TlsOptions tls = Options();
  tls.client_ca_file = authorities.certificate();
  Serve({.tls = tls});
  std::ofstream(authorities.certificate()) << "";
  EXPECT_THAT(server_.ReloadTls(), HasSubstr("PEM certificates"));
  EXPECT_TRUE(IsServed(Trusting(own_, &client)));
  EXPECT_FALSE(IsServed(Trusting(own_)));
}

TEST_F(RpcTlsTest, AHandshakeThatDoesNotEndIsEnded) {
  Serve({.tls = Options(), .handshake_time = 300ms});
  asio::io_context context;
  asio::ip::tcp::socket caller(context);
  const int port = std::stoi(address_.substr(address_.rfind(':') + 1));
  caller.connect({asio::ip::address_v4::loopback(), static_cast<asio::ip::port_type>(port)});
  asio::write(caller, asio::buffer("\x16\x03\x01\x02", 4));  // a handshake of which nothing follows
  asio::error_code ec;
  char byte = 0;
  asio::read(caller, asio::buffer(&byte, 1), ec);
  EXPECT_TRUE(ec == asio::error::eof || ec == asio::error::connection_reset) << ec.message();
}

}  // namespace
}  // namespace flux::service
