// pem: looks at TLS files before anything is built on them, so that a mistake is told at start and in words.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace flux {

// A certificate with what leads to its authority, and its private key; both as PEM text.
struct KeyPair {
  std::string certificates;
  std::string key;
  WallTime end = {};  // of the first certificate, which is the one shown
};

// Reads and checks both files; what was checked is what is returned. INTERNAL says what CheckKeyPair would.
Result<KeyPair> ReadKeyPair(const std::string& certificate_file, const std::string& key_file);

// Reads and checks a bundle of authorities, as PEM text. INTERNAL says what CheckAuthorities would.
Result<std::string> ReadAuthorities(const std::string& file);

// What is wrong with this certificate (PEM, chain allowed) and private key (PEM, unencrypted): cannot be
// read, is not what it should be, has expired, do not belong together. Empty: nothing.
std::string CheckKeyPair(const std::string& certificate_file, const std::string& key_file);

// What is wrong with this bundle of authorities (PEM, one certificate at least). Empty: nothing.
std::string CheckAuthorities(const std::string& file);

}  // namespace flux
