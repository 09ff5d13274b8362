// One line, whatever became of the reply.
#include "gateway/guard/access_record.h"

namespace flux::gateway {

void AccessRecord::Write() const {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  constexpr std::size_t kShown = 128;  // of what clients choose
  constexpr int kLeft = 499;
  const AccessEntry& a = access_;
  const bool cut = !delivery_.whole;
  const std::string_view reason = a.failure ? RowOf(*a.failure).name : cut ? "CUT" : "OK";
  const auto write = cut ? &Log::Warn : &Log::Info;
  const std::chrono::duration<double> duration = a.streamed ? clock_.Now() - a.arrived : a.duration;
  (log_.*write)("access", {{"request_id", a.request_id},
                           {"trace_id", a.trace_id},
                           {"remote", a.remote},
                           {"caller", a.caller},
                           {"method", std::string_view(a.method).substr(0, kShown)},
                           {"path", std::string_view(a.path).substr(0, kShown)},
                           {"status", cut ? kLeft : a.status},
                           {"reason", reason},
                           {"billed", Name(a.billed)},
                           {"delivered", !cut},
                           {"bytes_in", a.bytes_in},
                           {"bytes_out", cut || a.streamed ? delivery_.bytes : a.bytes_out},
                           {"upstream_ms", Milliseconds(a.upstream).count()},
                           {"duration_ms", Milliseconds(duration).count()},
                           {"job", a.job}});
}

}  // namespace flux::gateway
