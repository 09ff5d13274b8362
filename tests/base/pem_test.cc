#include "base/pem.h"

#include <gmock/gmock.h>

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

}  // namespace
}  // namespace flux
