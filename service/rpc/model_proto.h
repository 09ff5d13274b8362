// A catalogue row as `ListModels` shows it. The names of a size by pixels are listed, though ratios and exact
// sizes are taken as well; a size by ratio takes what is listed, or any ratio where nothing is.
#pragma once

#include "flux/v1/models.pb.h"
#include "service/catalogue/catalogue.h"
#include "service/order/prices.h"

namespace flux::service {

// `prices` are those of the row's catalogue; null: the catalogue's own count.
v1::Model ToProto(const ModelRow& row, const Prices* prices = nullptr);

}  // namespace flux::service
