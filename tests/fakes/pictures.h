// Pictures of every kind, encoded with the libraries that everybody uses.
#pragma once

#include <string>

namespace flux::fakes {

// What libpng calls PNG_COLOR_TYPE_*, and bits per channel.
struct PngKind {
  int color_type = 2;  // RGB
  int depth = 8;
  bool interlaced = false;
};
std::string MakePng(int width, int height, PngKind kind = {});

enum class JpegColors { kYcc, kGray, kCmyk, kYcck };
struct JpegKind {
  JpegColors colors = JpegColors::kYcc;
  bool progressive = false;
  bool arithmetic = false;
  bool bands = false;  // kGray only: progressive in two scans, the averages and everything else
};
std::string MakeJpeg(int width, int height, JpegKind kind = {});

struct WebpKind {
  bool lossless = false;
  bool alpha = false;
};
std::string MakeWebp(int width, int height, WebpKind kind = {});

// A PNG file that is all header: the size is claimed, the pixels are not there. Some 100 bytes.
std::string MakePngHeader(unsigned width, unsigned height);

}  // namespace flux::fakes
