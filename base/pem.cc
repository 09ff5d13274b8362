// OpenSSL reads, this asks.
#include "base/pem.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>

namespace flux {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using File = std::unique_ptr<std::FILE, Freed<&std::fclose>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;

// A key that wants a passphrase would otherwise be asked for on the terminal.
int NoPassphrase(char*, int, int, void*) {
  return -1;
}

Certificate FirstCertificate(const std::string& file) {
  const File stream(std::fopen(file.c_str(), "re"));
  return stream ? Certificate(PEM_read_X509(stream.get(), nullptr, &NoPassphrase, nullptr)) : nullptr;
}

std::string Quoted(const std::string& file) {
  return '"' + file + '"';
}

}  // namespace

std::string CheckKeyPair(const std::string& certificate_file, const std::string& key_file) {
  const Certificate certificate = FirstCertificate(certificate_file);
  if (!certificate) return Quoted(certificate_file) + " cannot be read as a PEM certificate";
  const File stream(std::fopen(key_file.c_str(), "re"));
  const Key key(stream ? PEM_read_PrivateKey(stream.get(), nullptr, &NoPassphrase, nullptr) : nullptr);
  if (!key) return Quoted(key_file) + " cannot be read as a PEM private key without passphrase";
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return "the key in " + Quoted(key_file) + " does not belong to the certificate in " +
           Quoted(certificate_file);
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return "the certificate in " + Quoted(certificate_file) + " has expired";
  }
  return {};
}

std::string CheckAuthorities(const std::string& file) {
  return FirstCertificate(file) ? "" : Quoted(file) + " cannot be read as PEM certificates";
}

}  // namespace flux
