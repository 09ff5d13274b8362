// models: the catalogue as public JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "flux/v1/flux_service.pb.h"

namespace flux::gateway {

// {"success":true,"simulated":false,"models":[{"name","kind","endpoint","fal_endpoint","parameters":[{"name","type","required","minimum",
// "maximum","allowed","default","fal_name"}],"max_images","price":{"usd","unit","source","catalogue_usd","note"}}]}.
// "source" is "fal" or "catalogue"; "catalogue_usd" is there where fal's price counts and is another. Members
// without a value are left out. Parameters have their public names; a picture's type is "image", a list of
// them "images".
std::string RenderModels(const v1::ListModelsResponse& models);

// {"usd","unit"} of a price.
nlohmann::ordered_json PriceJson(const v1::PriceEstimate& price);

}  // namespace flux::gateway
