// Which texts are URLs that a webhook could be sent to.
#include "gateway/http/web_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace flux::gateway {
namespace {

TEST(FaultOfWebUrlTest, TakesWhatCouldBeCalled) {
  for (const std::string& url :
       {std::string("https://example.com"), std::string("https://example.com/"),
        std::string("HTTPS://EXAMPLE.com/a?b=c"), std::string("https://example.com:8443/hooks/flux"),
        std::string("https://192.0.2.1/x"), std::string("https://[2001:db8::1]:443/x"),
        std::string("http://receiver.internal:8080/hook"), std::string("https://example.com?x=y@z"),
        std::string("https://example.com/a%20b"), "https://example.com/" + std::string(2'028, 'a')}) {
    EXPECT_EQ(FaultOfWebUrl(url), "") << url;
  }
}

TEST(FaultOfWebUrlTest, SaysWhatIsWrong) {
  for (const auto& [url, fault] : std::vector<std::pair<std::string, std::string>>{
           {"", "begins with https://"},
           {"example.com/hook", "begins with https://"},
           {"ftp://example.com", "begins with https://"},
           {"javascript:alert(1)", "begins with https://"},
           {"https:/example.com", "begins with https://"},
           {"//example.com", "begins with https://"},
           {" https://example.com", "begins with https://"},
           {"https://", "host"},
           {"https:///path", "host"},
           {"https://:443/", "host"},
           {"https://?x", "host"},
           {"https://exa mple.com", "white space"},
           {"https://example.com/a b", "white space"},
           {"https://example.com/\xc3\xa4", "white space"},
           {std::string("https://example.com/\0", 21), "white space"},
           {"https://example.com/a\r\nHost: b", "white space"},
           {"https://example.com\\@evil.example", "white space"},
           {"https://user@example.com", "user or password"},
           {"https://user:secret@example.com/", "user or password"},
           {"https://@example.com/", "user or password"},
           {"https://example.com:port/", "host"},
           {"https://exam%70le.com/", "host"},
           {"https://example.com/#x", "fragment"},
           {"https://example.com/" + std::string(2'029, 'a'), "2,048 bytes"}}) {
    EXPECT_THAT(std::string(FaultOfWebUrl(url)), testing::HasSubstr(fault)) << url;
  }
}

}  // namespace
}  // namespace flux::gateway
