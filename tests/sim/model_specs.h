// fal-api §1 once more, in a short notation, for tests that hold the simulator's rows against it. Written
// from the document, not from the rows.
#pragma once

#include <string>
#include <vector>

#include "sim/apps/size.h"
#include "sim/json.h"

namespace flux::sim {

enum class Form { kSized, kFile, kFileAndSeedOnly, kFilesOnly, kOneImage };

struct Spec {
  std::string endpoint;
  // Blank between fields, each NAME[!][?]:TYPE[=DEFAULT][[LEAST..MOST]][{CHOICE,...}]
  //   !  required    ?  may be null
  //   TYPE  text, int, num, bool, choice, size, image, images (with LEAST, and MOST where more are refused),
  //         object, objects (likewise)
  std::string fields;
  Pixels size = {};  // of a request with nothing but what is required, its pictures being 96x64
  Form form = Form::kSized;
  std::string format = "jpeg";  // of the same
  double units = 1;             // of the same
  Pixels picture = {96, 64};    // what is handed in
};

// One field, read from the notation.
struct FieldSpec {
  std::string name, type;
  bool required = false;
  bool nullable = false;
  std::string fallback;     // JSON; empty: none
  std::string least, most;  // numbers; empty: none
  std::vector<std::string> choices;
};

const std::vector<Spec>& Specs();
// Those of fal-api §12 and §13, which are among Specs().
std::vector<Spec> NewerSpecs();
std::vector<FieldSpec> FieldsOf(const Spec& spec);

// A body with what is required; every picture is `picture`.
Given Minimal(const Spec& spec, const std::string& picture);

// "fal-ai/flux/dev" as a test's name.
std::string TestName(const std::string& endpoint);

}  // namespace flux::sim
