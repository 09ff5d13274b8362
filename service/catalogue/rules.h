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
// The classes of pixels, "1k" by default.
FieldRule Resolution(std::vector<std::string> allowed, std::string default_text);

FieldRule NumImages(double most = 4);
FieldRule Seed();
FieldRule Format(std::vector<std::string> allowed, std::string default_text);
FieldRule SyncMode();
FieldRule Acceleration(std::vector<std::string> allowed, std::string default_text);
FieldRule Raw();
FieldRule EnhancePrompt(std::string fal_name = "enhance_prompt");
FieldRule NegativePrompt();
// At most `most`; the apps that tell no limit take any number, and ten is this project's.
FieldRule Loras(double most = 10);
FieldRule CheckerSwitch();

// What only some models take, each under its own name (FieldRule::type). ImageExtra is required.
FieldRule Extra(std::string name, v1::ParameterType type, std::string default_text = {});
FieldRule ImageExtra(std::string name);
FieldRule NumberExtra(std::string name, double minimum, double maximum, std::string default_text);
FieldRule IntegerExtra(std::string name, double minimum, double maximum, std::string default_text);
FieldRule SwitchExtra(std::string name, std::string default_text = "false");
FieldRule ChoiceExtra(std::string name, std::vector<std::string> allowed, std::string default_text);
FieldRule ObjectsExtra(std::string name);

// What every FLUX.1 app takes: num_images, seed, sync_mode, and JPEG or PNG, the first of which is the
// default.
Rules Common(std::string default_format = "jpeg");
// fal-api §1.1, §1.7: the open models have a checker of results and no tolerance; ours stands for the
// checker's switch.
Rules Checker();
// fal-api §1.1: a tolerance from "1" to "6" (Tol6) or "5" (Tol5), sent as it is.
Rules Tolerance(int most);
// A tolerance from 0 to `most`, sent as a number.
FieldRule NumberTolerance(int most);

// What fal-ai/flux-general and its siblings have that no other app has.
Rules GeneralExtras();

// One after the other.
Rules Join(std::initializer_list<Rules> parts);

UnitPrice PerMegapixel(std::uint64_t micro_usd);
UnitPrice PerImage(std::uint64_t micro_usd);
// Of what is made and of what is handed in, of each picture of which fal makes one megapixel.
UnitPrice PerMegapixelInOut(std::uint64_t micro_usd);
// The first megapixel at one price, every further one at another; pictures handed in count.
UnitPrice FirstAndFurther(std::uint64_t first, std::uint64_t further);

}  // namespace flux::service::rules
