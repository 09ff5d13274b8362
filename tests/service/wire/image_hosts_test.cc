// From which hosts pictures may be fetched.
#include "service/wire/image_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux::fal {
namespace {

using testing::HasSubstr;

struct Case {
  const char* url;
  const char* problem;  // part of the message; nullptr: allowed
};

void Expect(const ImageHosts& hosts, std::initializer_list<Case> cases) {
  for (const Case& given : cases) {
    SCOPED_TRACE(given.url);
    const Result<std::string> allowed = hosts.Allowed(given.url);
    if (given.problem == nullptr) {
      ASSERT_TRUE(allowed) << allowed.error().message;
      EXPECT_EQ(*allowed, given.url);
    } else {
      ASSERT_FALSE(allowed);
      EXPECT_EQ(allowed.error().reason, Reason::kUpstreamProtocol);
      EXPECT_THAT(allowed.error().message, HasSubstr(given.problem));
      EXPECT_THAT(allowed.error().message, testing::Not(HasSubstr("secret")));
    }
  }
}

TEST(ImageHosts, AgainstFalItself) {
  const ImageHosts hosts("https://fal.run", {"fal.media", "*.fal.media"});
  constexpr auto kElsewhere = "which --fetch-hosts does not allow";
  constexpr auto kNoUrl = "is no http or https URL";
  Expect(hosts, {
                    {"https://fal.media/files/rabbit/X.png", nullptr},
                    {"https://v3.fal.media/files/rabbit/X.png?a=secret", nullptr},
                    {"https://v3b.fal.media/files/b/0a/x.jpg", nullptr},
                    {"https://a.b.fal.media/x", nullptr},
                    {"https://V3.FAL.MEDIA/x", nullptr},
                    {"https://fal.run/x", nullptr},

                    {"http://v3.fal.media/x?secret", "is http"},
                    {"https://v3.fal.media:8443/x?secret", kElsewhere},
                    {"https://v3.fal.media:80/x", kElsewhere},
                    {"https://fal.run:8443/x", kElsewhere},
                    {"https://x.fal.run/x", kElsewhere},
                    {"https://evilfal.media/x?secret", kElsewhere},
                    {"https://fal.media.evil.example/x", kElsewhere},
                    {"https://.fal.media/x", kElsewhere},
                    {"https://fal.media./x", kElsewhere},
                    {"https://evil.example/fal.media", kElsewhere},
                    {"https://evil.example/?x=.fal.media", kElsewhere},
                    {"https://evil.example#.fal.media", kElsewhere},
                    {"https://evil.example\\.fal.media/", kNoUrl},
                    {"https://127.0.0.1/x", kElsewhere},
                    {"https://2130706433/x", kElsewhere},
                    {"https://[::1]/x", kElsewhere},
                    {"https://169.254.169.254/latest/meta-data", kElsewhere},
                    {"https://localhost/x", kElsewhere},

                    {"https://secret@v3.fal.media/x", "user name or password"},
                    {"https://a:secret@v3.fal.media/x", "user name or password"},
                    {"https://:secret@v3.fal.media/x", "user name or password"},
                    {"https://v3.fal.media@evil.example/x", "user name or password"},

                    {"", kNoUrl},
                    {"v3.fal.media/x", kNoUrl},
                    {"//v3.fal.media/x", kNoUrl},
                    {"https:///x", kElsewhere},
                    {"file:///etc/passwd", kNoUrl},
                    {"file://v3.fal.media/etc/passwd", kNoUrl},
                    {"ftp://v3.fal.media/x", kNoUrl},
                    {"gopher://v3.fal.media/x", kNoUrl},
                    {"data:image/png;base64,secret", kNoUrl},
                    {"https://v3.fal.media/\r\nHost: secret", "printable ASCII"},
                    {"https://v3.fal.media/a b", "printable ASCII"},
                    {"https://v3.fal.media/\xc3\xa9", "printable ASCII"},
                });
  EXPECT_TRUE(hosts.Allowed("https://fal.media/" + std::string(8192 - 18, 'x')));
  EXPECT_FALSE(hosts.Allowed("https://fal.media/" + std::string(8192 - 17, 'x')));
}

TEST(ImageHosts, AgainstASimulator) {
  const ImageHosts hosts("http://127.0.0.1:8090", {"cdn.example.com"});
  Expect(hosts, {
                    {"http://127.0.0.1:8090/files/lion/1.png", nullptr},
                    {"https://127.0.0.1:8090/files/lion/1.png", nullptr},
                    {"http://cdn.example.com/x", nullptr},
                    {"https://cdn.example.com/x", nullptr},
                    {"http://cdn.example.com:443/x", "does not allow"},
                    {"http://127.0.0.1:8091/x", "does not allow"},
                    {"http://127.0.0.1/x", "does not allow"},
                    {"http://localhost:8090/x", "does not allow"},
                    {"https://x.cdn.example.com/x", "does not allow"},
                    {"https://v3.fal.media/x", "does not allow"},
                });
}

TEST(ImageHosts, WithoutPatternsOnlyFalIsLeft) {
  Expect(ImageHosts("https://[2001:db8::1]:8443", {}), {
                                                           {"https://[2001:db8::1]:8443/x", nullptr},
                                                           {"https://[2001:db8::1]/x", "does not allow"},
                                                           {"https://v3.fal.media/x", "does not allow"},
                                                       });
}

TEST(ImageHosts, PatternsAreNotCaseSensitive) {
  Expect(ImageHosts("https://fal.run", {"*.Example.COM"}), {{"https://a.example.com/x", nullptr}});
}

// What curl asks for is what was judged: no fragment, no way up, no other spelling of the scheme.
TEST(ImageHosts, ReturnsWhatIsFetched) {
  const ImageHosts hosts("https://fal.run", {"fal.media"});
  EXPECT_EQ(*hosts.Allowed("HTTPS://fal.media/x?y=%20z#fragment"), "https://fal.media/x?y=%20z");
  EXPECT_EQ(*hosts.Allowed("https:/fal.media/x"), "https://fal.media/x");
  EXPECT_EQ(*hosts.Allowed("https://fal.media:443/x"), "https://fal.media/x");
  EXPECT_EQ(*hosts.Allowed("https://fal.media"), "https://fal.media/");
}

TEST(HostPatternProblem, KnowsHostNames) {
  for (const char* sound : {"fal.media", "*.fal.media", "localhost", "10.0.0.1", "a-b.example"}) {
    EXPECT_EQ(HostPatternProblem(sound), std::nullopt) << sound;
  }
  for (const char* broken : {"", "*", "*.", "*.*.example", "v*.fal.media", "https://fal.media",
                             "fal.media:443", "fal.media/x", ".fal.media", "a b", "a@b"}) {
    EXPECT_THAT(HostPatternProblem(broken), testing::Optional(HasSubstr("is not a host name"))) << broken;
  }
}

}  // namespace
}  // namespace flux::fal
