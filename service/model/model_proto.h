// A catalogue row as `ListModels` shows it.
#pragma once

#include "flux/v1/models.pb.h"
#include "service/model/catalogue.h"

namespace flux::service {

v1::Model ToProto(const ModelRow& row);

}  // namespace flux::service
