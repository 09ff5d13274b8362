// The same API over TLS, with a certificate made here.
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

// Writes a self-signed certificate for 127.0.0.1 and its key.
void WriteCertificate(const std::string& cert_path, const std::string& key_path) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const cert = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), 0);
  X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
  X509_set_pubkey(cert, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
  X509_set_issuer_name(cert, X509_get_subject_name(cert));
  X509_sign(cert, key, EVP_sha256());
  std::FILE* file = std::fopen(cert_path.c_str(), "w");
  PEM_write_X509(file, cert);
  std::fclose(file);
  file = std::fopen(key_path.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(cert);
  EVP_PKEY_free(key);
}

class TlsTest : public SimTest {
 protected:
  void SetUp() override {
    const std::string mine = testing::TempDir() + "flux_sim_" + std::to_string(getpid());
    config_.tls_cert = mine + "_cert.pem";
    config_.tls_key = mine + "_key.pem";
    WriteCertificate(config_.tls_cert, config_.tls_key);
  }
  void TearDown() override {
    std::remove(config_.tls_cert.c_str());
    std::remove(config_.tls_key.c_str());
  }
  httplib::Result Send(const std::string& prompt) {
    httplib::SSLClient client(host_, port_);
    client.enable_server_certificate_verification(false);
    client.set_read_timeout(30);
    return client.Post(kDev, httplib::Headers{{"Authorization", "Key sim:sim"}},
                       Given({{"prompt", prompt}, {"image_size", "square"}}).dump(), "application/json");
  }
  SimConfig config_;
};

TEST_F(TlsTest, GeneratesAndNamesHttpsFiles) {
  StartSim(config_);
  const auto reply = Send("x");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_THAT(Given::parse(reply->body)["images"][0]["url"].get<std::string>(),
              testing::StartsWith("https://127.0.0.1:" + std::to_string(port_) + "/files/"));
}

TEST_F(TlsTest, ResetAndCutWorkToo) {
  StartSim(config_);
  EXPECT_FALSE(Send("sim:reset"));
  EXPECT_FALSE(Send("sim:cut"));
  EXPECT_TRUE(Send("x"));
}

TEST_F(TlsTest, FilesThatAreNoCertificateAreAnError) {
  config_.tls_cert = config_.tls_key;
  config_.listen.text = "127.0.0.1:0";
  Simulator simulator(config_, log_);
  EXPECT_FALSE(simulator.Start().has_value());
}

}  // namespace
}  // namespace flux::sim
