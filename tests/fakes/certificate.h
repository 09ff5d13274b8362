// A self-signed certificate for 127.0.0.1 and localhost, made on the spot, so that no key is in the
// repository.
#pragma once

#include <filesystem>

namespace flux::fakes {

// PEM files in a fresh temporary directory, gone with the object.
class Certificate {
 public:
  Certificate();
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::filesystem::path certificate() const { return directory_ / "cert.pem"; }
  std::filesystem::path key() const { return directory_ / "key.pem"; }

 private:
  std::filesystem::path directory_;
};

}  // namespace flux::fakes
