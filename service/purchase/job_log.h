// JobLog: what a model has written while it worked on a job, as far as fal tells. Pure.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "flux/v1/jobs.pb.h"
#include "service/fal/queue_reply.h"

namespace flux::service {

// Bounded: of very many lines the first are forgotten, and of very long ones the ends.
class JobLog {
 public:
  // Lines as fal tells them: all so far, or those that are new. Whether any was new.
  bool Take(const std::vector<fal::LogLine>& told);

  // How many lines there were so far.
  std::uint32_t size() const { return forgotten_ + static_cast<std::uint32_t>(lines_.size()); }

  // Appends the lines after the first `seen`, as far as they are remembered.
  void CopyFrom(std::uint32_t seen, google::protobuf::RepeatedPtrField<v1::JobLog>& to) const;

 private:
  void Add(fal::LogLine line);

  std::deque<fal::LogLine> lines_;
  std::size_t bytes_ = 0;
  std::uint32_t forgotten_ = 0;
  WallTime forgotten_until_ = WallTime::min();
};

}  // namespace flux::service
