// pem: looks at TLS files before anything is built on them, so that a mistake is told at start and in words.
#pragma once

#include <string>

namespace flux {

// What is wrong with this certificate (PEM, chain allowed) and private key (PEM, unencrypted): cannot be
// read, is not what it should be, has expired, do not belong together. Empty: nothing.
std::string CheckKeyPair(const std::string& certificate_file, const std::string& key_file);

// What is wrong with this bundle of authorities (PEM, one certificate at least). Empty: nothing.
std::string CheckAuthorities(const std::string& file);

}  // namespace flux
