// Reads PEM files whole and lets OpenSSL look at their text.
#include "base/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <climits>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

namespace flux {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Input = std::unique_ptr<BIO, Freed<&BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;

// A key that wants a passphrase would otherwise be asked for on the terminal.
int NoPassphrase(char*, int, int, void*) {
  return -1;
}

// Empty where it cannot be read.
std::string Contents(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// What OpenSSL reads from; null for more text than it counts.
Input From(const std::string& text) {
  if (text.size() > INT_MAX) return nullptr;
  return Input(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Certificate NextCertificate(BIO* from) {
  return Certificate(from == nullptr ? nullptr : PEM_read_bio_X509(from, nullptr, &NoPassphrase, nullptr));
}

// How many certificates there are, up to the first that cannot be read; -1 where something follows that is
// none.
int CountCertificates(const std::string& text) {
  const Input from = From(text);
  int count = 0;
  ERR_clear_error();
  while (NextCertificate(from.get())) ++count;
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end ? count : -1;
}

std::string Quoted(const std::string& file) {
  return '"' + file + '"';
}

}  // namespace

Result<KeyPair> ReadKeyPair(const std::string& certificate_file, const std::string& key_file) {
  const auto wrong = [](std::string what) { return Status(Reason::kInternal, std::move(what)); };
  KeyPair pair{Contents(certificate_file), Contents(key_file), {}};
  const Certificate certificate = NextCertificate(From(pair.certificates).get());
  if (!certificate || CountCertificates(pair.certificates) < 1) {
    return wrong(Quoted(certificate_file) + " cannot be read as a PEM certificate");
  }
  const Input from = From(pair.key);
  const Key key(from ? PEM_read_bio_PrivateKey(from.get(), nullptr, &NoPassphrase, nullptr) : nullptr);
  if (!key) return wrong(Quoted(key_file) + " cannot be read as a PEM private key without passphrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return wrong("the key in " + Quoted(key_file) + " does not belong to the certificate in " +
                 Quoted(certificate_file));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0) {
    return wrong("the certificate in " + Quoted(certificate_file) + " has expired");
  }
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) == 1) {
    pair.end = std::chrono::system_clock::from_time_t(timegm(&end));
  }
  return pair;
}

Result<std::string> ReadAuthorities(const std::string& file) {
  std::string text = Contents(file);
  if (CountCertificates(text) < 1) {
    return Status(Reason::kInternal, Quoted(file) + " cannot be read as PEM certificates");
  }
  return text;
}

std::string CheckKeyPair(const std::string& certificate_file, const std::string& key_file) {
  const Result<KeyPair> pair = ReadKeyPair(certificate_file, key_file);
  return pair ? "" : pair.error().message;
}

std::string CheckAuthorities(const std::string& file) {
  const Result<std::string> authorities = ReadAuthorities(file);
  return authorities ? "" : authorities.error().message;
}

}  // namespace flux
