"""Writes tifffile.json: small TIFF files made by tifffile, each with the pixels that it must give.

python3 tifffile.py > tifffile.json    (written with tifffile 2026.3.3, imagecodecs 2026.3.6 and Pillow 12.3.0)
"""

import base64
import io
import json
import sys
import zlib

# A script of this name would be imported in the library's place.
sys.path = [folder for folder in sys.path if not __file__.startswith(folder + "/")]

import numpy as np
import tifffile
from PIL import Image

WIDTH, HEIGHT = 21, 17
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
rgb = np.stack([x * 11, y * 14, (x + y) * 6], -1).astype("u1")
grey = (x * 12 + y).astype("u1")
alpha = (x * y % 256).astype("u1")
files = {}


def to_rgb(array):
    return np.repeat(array[..., None], 3, -1) if array.ndim == 2 else array


def to_bytes(array, low, high):
    return np.floor((array.astype("f8") - low) * 255 / (high - low) + 0.5).clip(0, 255).astype("u1")


def add(name, array, expected, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, metadata=None, software=False, **options)
    store(name, buffer.getvalue(), expected)


def store(name, data, expected):
    expected = np.ascontiguousarray(to_rgb(expected))
    files[name] = {
        "file": base64.b64encode(data).decode(),
        "width": expected.shape[1],
        "height": expected.shape[0],
        "deflatedRgb": base64.b64encode(zlib.compress(expected.tobytes(), 9)).decode(),
    }


colors = {"photometric": "rgb"}
whole = rgb.astype("f4") / 255
wide = rgb.astype("f4") * 3 - 40

add("BigTIFF.tif", rgb, rgb, bigtiff=True, **colors)
add("big-endian BigTIFF.tif", grey, grey, bigtiff=True, byteorder=">", photometric="minisblack")
add("float.tif", whole, rgb, **colors)
add("big-endian float.tif", whole, rgb, byteorder=">", **colors)
add("half float.tif", whole.astype("f2"), to_bytes(whole.astype("f2"), 0, 1), **colors)
add("double.tif", whole.astype("f8"), rgb, **colors)
add("float of its own range.tif", wide, to_bytes(wide, wide.min(), wide.max()), **colors)
add("float with predictor.tif", whole, rgb, predictor=3, compression="zlib", **colors)
add("big-endian float with predictor.tif", whole, rgb, predictor=3, compression="lzw", byteorder=">", **colors)
add("half float with predictor.tif", whole.astype("f2"), to_bytes(whole.astype("f2"), 0, 1), predictor=3, compression="zlib", **colors)
missing = whole.copy()
missing[3, 4] = np.nan
missing[5, 6] = np.inf
holes = rgb.copy()
holes[3, 4] = holes[5, 6] = 255
add("float with holes.tif", missing, holes, **colors)
heights = (x * 100 - y * 3).astype("i2")
add("signed.tif", heights, to_bytes(heights, heights.min(), heights.max()), photometric="minisblack")
counts = (x * 1000 + y).astype("u4")
add("32 bits of their own range.tif", counts, to_bytes(counts, counts.min(), counts.max()), photometric="minisblack")
for bits in (10, 12, 14):
    deep = (to_rgb(grey).astype("u4") * (2**bits - 1) // 255).astype("u2")
    deep[0, 0] = 2**bits - 1
    add(f"{bits} bits in 16.tif", deep, to_bytes(deep, 0, 2**bits - 1), **colors)
    add(f"{bits} bits in 16, apart.tif", np.moveaxis(deep, -1, 0), to_bytes(deep, 0, 2**bits - 1), planarconfig="separate", **colors)
packed = (to_rgb(grey).astype("u4") * 4095 // 255).astype("u2")
add("12 bits packed.tif", packed, to_bytes(packed, 0, 4095), bitspersample=12, **colors)
add("tiles.tif", rgb, rgb, tile=(16, 16), compression="zlib", predictor=2, **colors)
add("tiles apart.tif", np.moveaxis(rgb, -1, 0), rgb, tile=(16, 16), planarconfig="separate", compression="lzw", **colors)
on_white = np.floor(grey * (alpha / 255.0) + 255.5 - alpha).astype("u1")
add("grey and alpha.tif", np.dstack([grey, alpha]), on_white, photometric="minisblack", extrasamples=["unassalpha"])
add("grey and alpha of 16 bits.tif", np.dstack([grey, alpha]).astype("u2") * 257, on_white, photometric="minisblack", extrasamples=["unassalpha"])
cmyk = np.asarray(Image.fromarray(rgb).convert("CMYK")).copy()
cmyk[..., 3] = alpha // 2
plain = np.asarray(Image.frombytes("CMYK", (WIDTH, HEIGHT), cmyk.tobytes()).convert("RGB"))
add("CMYK.tif", cmyk, plain, photometric="separated")
add("CMYK apart.tif", np.moveaxis(cmyk, -1, 0), plain, photometric="separated", planarconfig="separate")
smooth = np.stack([x * 6, y * 7, (x + y) * 3, (x + y) * 2], -1).astype("u1")


def add_jpeg(name, array, color, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, metadata=None, software=False, compression="jpeg", compressionargs={"level": 95}, **options)
    store(name, buffer.getvalue(), color(tifffile.imread(io.BytesIO(buffer.getvalue()))))


def ink_to_rgb(inks):
    return np.asarray(Image.frombytes("CMYK", (WIDTH, HEIGHT), inks.tobytes()).convert("RGB"))


add_jpeg("CMYK as JPEG.tif", smooth, ink_to_rgb, photometric="separated")
add_jpeg("grey as JPEG.tif", smooth[..., 0], lambda read: read, photometric="minisblack")
add_jpeg("white is zero as JPEG.tif", smooth[..., 0], lambda read: 255 - read, photometric="miniswhite")
add_jpeg("tiles of JPEG.tif", smooth[..., :3].copy(), lambda read: read, photometric="rgb", tile=(16, 16))

print(json.dumps({"by": f"tifffile {tifffile.__version__}", "files": files}, indent=1))
