// parameters: how fal's fields differ from the catalogue's parameters. Pure.
#pragma once

#include <string>

#include "flux/v1/models.pb.h"
#include "gateway/doors/flux/flux.h"

namespace flux::gateway {

// A tolerance that stands for the switch of a checker has fal's name of that switch. It is no field of fal's.
inline bool IsSwitch(const v1::ModelParameter& parameter) {
  return parameter.name() == "safety_tolerance" && parameter.fal_name() != "safety_tolerance";
}

// One picture where others take a list: `image_url` is read for either.
inline bool IsSingle(const v1::ModelParameter& parameter) {
  return parameter.name() == "images" && parameter.fal_name() == "image_url";
}

// One picture for which fal takes a list: a list of one is read for it.
inline bool IsListed(const v1::ModelParameter& parameter) {
  return parameter.name() == "image" && parameter.fal_name() == "image_urls";
}

// The field that a client of fal's sets for it.
inline std::string FieldOf(const v1::ModelParameter& parameter) {
  return parameter.fal_name().empty() ? std::string(PublicName(parameter.name())) : parameter.fal_name();
}

}  // namespace flux::gateway
