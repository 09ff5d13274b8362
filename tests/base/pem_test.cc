// TLS files are looked at before they are used; each mistake is told in words.
#include "base/pem.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "tests/fakes/certificate.h"

namespace flux {
namespace {

using testing::HasSubstr;

TEST(PemTest, AcceptsAPair) {
  const fakes::Certificate made;
  EXPECT_EQ(CheckKeyPair(made.certificate(), made.key()), "");
  EXPECT_EQ(CheckAuthorities(made.certificate()), "");
}

TEST(PemTest, TellsWhatIsWrong) {
  const fakes::Certificate one;
  const fakes::Certificate other;
  EXPECT_THAT(CheckKeyPair(one.certificate(), other.key()), HasSubstr("does not belong"));
  EXPECT_THAT(CheckKeyPair(one.key(), one.key()), HasSubstr("PEM certificate"));
  EXPECT_THAT(CheckKeyPair(one.certificate(), one.certificate()), HasSubstr("private key"));
  EXPECT_THAT(CheckKeyPair("/nowhere", one.key()), HasSubstr("/nowhere"));
  EXPECT_THAT(CheckAuthorities(one.key()), HasSubstr("PEM certificates"));
}

TEST(PemTest, AChainThatIsCutOffIsNone) {
  const fakes::Certificate made;
  std::ifstream file(made.certificate());
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  std::ofstream(made.certificate(), std::ios::app) << whole << whole.substr(0, whole.size() / 2);
  EXPECT_THAT(CheckKeyPair(made.certificate(), made.key()), HasSubstr("PEM certificate"));
  EXPECT_THAT(CheckAuthorities(made.certificate()), HasSubstr("PEM certificates"));
}

TEST(PemTest, WhatWasCheckedIsWhatIsRead) {
  const fakes::Certificate made;
  const Result<KeyPair> pair = ReadKeyPair(made.certificate(), made.key());
  ASSERT_TRUE(pair);
  EXPECT_THAT(pair->certificates, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_THAT(pair->key, HasSubstr("PRIVATE KEY"));
}

}  // namespace
}  // namespace flux
