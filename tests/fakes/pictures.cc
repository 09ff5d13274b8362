// Encodes small pictures for tests. An error of the image libraries ends the program, which is good enough to
// fail a test.
#include "tests/fakes/pictures.h"

#include <jpeglib.h>  // needs FILE and size_t first
#include <png.h>
#include <webp/encode.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace flux::fakes {
namespace {

// Neither flat nor noise, so that every coder has something to do.
unsigned char Sample(int x, int y, int channel) {
  return static_cast<unsigned char>(x * 7 + y * 3 + channel * 50 + (x * y) / 5);
}

std::vector<unsigned char> Row(int bytes, int y) {
  std::vector<unsigned char> row(static_cast<std::size_t>(bytes));
  for (int x = 0; x < bytes; ++x) row[static_cast<std::size_t>(x)] = Sample(x / 3, y, x % 3);
  return row;
}

void AppendPng(png_structp png, png_bytep data, png_size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), size);
}

std::string BigEndian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string Chunk(std::string_view type, std::string_view data) {
  const std::string covered = std::string(type) + std::string(data);
  const auto* bytes = reinterpret_cast<const Bytef*>(covered.data());
  const auto sum = static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(covered.size())));
  return BigEndian(static_cast<std::uint32_t>(data.size())) + covered + BigEndian(sum);
}

}  // namespace

std::string MakePng(int width, int height, PngKind kind) {
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &out, AppendPng, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), kind.depth,
               kind.color_type, kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  const std::vector<png_color> palette(std::size_t{1} << std::min(kind.depth, 8));
  if (kind.color_type == PNG_COLOR_TYPE_PALETTE)
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  png_write_info(png, info);
  const int passes = png_set_interlace_handling(png);
  const int row_bytes = static_cast<int>(png_get_rowbytes(png, info));
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < height; ++y) png_write_row(png, Row(row_bytes, y).data());
  }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

std::string MakePngHeader(unsigned width, unsigned height) {
  const std::string header = BigEndian(width) + BigEndian(height) + std::string("\x08\x02\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n") + Chunk("IHDR", header) + Chunk("IDAT", "no pixels") +
         Chunk("IEND", "");
}

std::string MakeJpeg(int width, int height, JpegKind kind) {
  const bool cmyk = kind.colors == JpegColors::kCmyk || kind.colors == JpegColors::kYcck;
  jpeg_error_mgr errors;
  jpeg_compress_struct jpeg{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.input_components = kind.colors == JpegColors::kGray ? 1 : cmyk ? 4 : 3;
  jpeg.in_color_space = kind.colors == JpegColors::kGray ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  if (kind.colors == JpegColors::kYcck) jpeg_set_colorspace(&jpeg, JCS_YCCK);
  if (kind.progressive) jpeg_simple_progression(&jpeg);
  const jpeg_scan_info bands[] = {{1, {0}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 0}};
  if (kind.bands) {
    jpeg.scan_info = bands;
    jpeg.num_scans = 2;
  }
  jpeg.arith_code = kind.arithmetic ? TRUE : FALSE;
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    std::vector<unsigned char> row = Row(width * jpeg.input_components, static_cast<int>(jpeg.next_scanline));
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&jpeg, &pointer, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::string out(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return out;
}

std::string MakeWebp(int width, int height, WebpKind kind) {
  const int stride = width * (kind.alpha ? 4 : 3);
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < height; ++y) {
    const auto row = Row(stride, y);
    pixels.insert(pixels.end(), row.begin(), row.end());
  }
  std::uint8_t* bytes = nullptr;
  const auto encode = [&] {
    if (kind.lossless && kind.alpha)
      return WebPEncodeLosslessRGBA(pixels.data(), width, height, stride, &bytes);
    if (kind.lossless) return WebPEncodeLosslessRGB(pixels.data(), width, height, stride, &bytes);
    if (kind.alpha) return WebPEncodeRGBA(pixels.data(), width, height, stride, 80, &bytes);
    return WebPEncodeRGB(pixels.data(), width, height, stride, 80, &bytes);
  };
  const std::size_t size = encode();
  std::string out(reinterpret_cast<const char*>(bytes), size);
  WebPFree(bytes);
  return out;
}

}  // namespace flux::fakes
