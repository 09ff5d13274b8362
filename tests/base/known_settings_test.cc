// Environment variables that look like settings and are none are told.
#include "base/known_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flux {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(UnknownSettings, AreToldWithWhatWasMeant) {
  EXPECT_THAT(
      UnknownSettings({{"FLUX_MAX_BODY_BYTE", "1"}, {"FLUX_LISTENN", ""}, {"FLUX_SOMETHING_ELSE", ""}}),
      ElementsAre(HasSubstr("did you mean FLUX_LISTEN?"), HasSubstr("did you mean FLUX_MAX_BODY_BYTES?"),
                  "FLUX_SOMETHING_ELSE: no such setting"));
}

TEST(UnknownSettings, AreNotThoseOfOtherProgramsOrOfKubernetes) {
  EXPECT_THAT(UnknownSettings({{"FLUX_SIM_LATENCY", "1s"},
                               {"FLUX_LOOPS", "1"},
                               {"FLUX_GATEWAY_SERVICE_HOST", "10.0.0.1"},
                               {"FLUX_GATEWAY_SERVICE_PORT_HTTP", "80"},
                               {"FLUX_GATEWAY_PORT", "tcp://10.0.0.1:80"},
                               {"FLUX_GATEWAY_PORT_80_TCP_ADDR", "10.0.0.1"},
                               {"FLUXX", "not ours"},
                               {"PATH", "/bin"}}),
              IsEmpty());
}

}  // namespace
}  // namespace flux
