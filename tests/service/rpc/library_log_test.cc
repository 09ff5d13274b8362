// Lines of gRPC's and protobuf's own logs, without what a peer has sent.
#include "service/rpc/library_log.h"

#include <gtest/gtest.h>

namespace flux::service {
namespace {

TEST(LibraryWordsTest, LeavesOutWhatAPeerHasSent) {
  EXPECT_EQ(LibraryWords("String field 'flux.v1.X.prompt' contains invalid UTF-8 data"),
            "String field 'flux.v1.X.prompt' contains invalid UTF-8 data");
  EXPECT_EQ(LibraryWords("Error parsing metadata: error=invalid value key=authorization value=Bearer s3"),
            "Error parsing metadata: error=invalid ");
  EXPECT_EQ(LibraryWords("bad frame {\"description\":\"s3\"}"), "bad frame {");
  EXPECT_EQ(LibraryWords("two\nlines\x1b[0m"), "two lines [0m");
  EXPECT_EQ(LibraryWords(std::string(1000, 'x')).size(), 200u);
}

}  // namespace
}  // namespace flux::service
