package imageproxy

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
)

// maxPixels bounds a picture of few bytes that unfolds into many pixels.
const maxPixels = 50_000_000

// kindOf tells from its first bytes which picture something is; false when it is
// none, or one that unfolds into too much. What is made of shapes and may hold
// scripts, like SVG, is none.
func kindOf(data []byte) (kind string, ok bool) {
	var c image.Config
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		kind = "image/png"
		c, err = png.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		kind = "image/jpeg"
		c, err = jpeg.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		kind = "image/gif"
		c, err = gif.DecodeConfig(bytes.NewReader(data))
	case len(data) >= 30 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		kind = "image/webp"
		c = webpConfig(data)
	default:
		return "", false
	}
	return kind, err == nil && c.Width > 0 && c.Height > 0 && int64(c.Width)*int64(c.Height) <= maxPixels
}

// webpConfig reads the size of a WebP picture (RFC 9649 §2.5-2.7); zero when it
// has none. data has at least 30 bytes.
func webpConfig(data []byte) (c image.Config) {
	switch string(data[12:16]) {
	case "VP8 ":
		if string(data[23:26]) == "\x9d\x01\x2a" {
			c.Width = int(binary.LittleEndian.Uint16(data[26:]) & 0x3fff)
			c.Height = int(binary.LittleEndian.Uint16(data[28:]) & 0x3fff)
		}
	case "VP8L":
		if data[20] == 0x2f {
			bits := binary.LittleEndian.Uint32(data[21:])
			c.Width, c.Height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		}
	case "VP8X":
		c.Width = 1 + (int(data[24]) | int(data[25])<<8 | int(data[26])<<16)
		c.Height = 1 + (int(data[27]) | int(data[28])<<8 | int(data[29])<<16)
	}
	return c
}
