// The rules that rows are made of: what several models share is written once, with fal's own names and limits
// (fal-api §1.1). Ranges are inclusive; the last argument is fal's default as text.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "service/catalogue/catalogue.h"

namespace flux::service::rules {

using Rules = std::vector<FieldRule>;

FieldRule Prompt();
FieldRule OptionalPrompt();
FieldRule Image();
FieldRule Mask();
// One picture of an edit, which fal takes as `image_url`.
FieldRule SingleImage();
// Up to `most` pictures of an edit, which fal takes as the list `image_urls`.
FieldRule Images(double most);
FieldRule Strength(std::string default_text);
FieldRule ImagePromptStrength();

// fal's `image_size` with any side from 1 to 14142 pixels (§1.1), or from 512 to 2048 (§1.5), and the words
// it takes.
FieldRule Size(std::string default_text, std::vector<std::string> words = {});
FieldRule Flux2Size(std::string default_text);
// fal's `aspect_ratio`; AspectRatios: the nine of "AR9" (§1.1). No default: the result follows the input.
FieldRule AspectRatio(std::vector<std::string> allowed, std::string default_text);
std::vector<std::string> AspectRatios();

FieldRule Steps(double minimum, double maximum, std::string default_text);
FieldRule Guidance(double minimum, double maximum, std::string default_text);
FieldRule NumImages();
FieldRule Seed();
FieldRule Format(std::vector<std::string> allowed, std::string default_text);
FieldRule SyncMode();
FieldRule Acceleration(std::vector<std::string> allowed, std::string default_text);
FieldRule Raw();
FieldRule EnhancePrompt(std::string fal_name = "enhance_prompt");
FieldRule NegativePrompt();
FieldRule Loras();
FieldRule CheckerSwitch();

// What every FLUX.1 app takes: num_images, seed, sync_mode, and JPEG or PNG, the first of which is the
// default.
Rules Common(std::string default_format = "jpeg");
// fal-api §1.1, §1.7: the open models have a checker of results and no tolerance; ours stands for the
// checker's switch.
Rules Checker();
// fal-api §1.1: a tolerance from "1" to "6" (Tol6) or "5" (Tol5), sent as it is.
Rules Tolerance(int most);

// One after the other.
Rules Join(std::initializer_list<Rules> parts);

UnitPrice PerMegapixel(std::uint64_t micro_usd);
UnitPrice PerImage(std::uint64_t micro_usd);

}  // namespace flux::service::rules
