"""Writes pillow.json: small image files made by Pillow, each with the pixels that Pillow reads back from it.

python3 pillow.py > pillow.json    (written with Pillow 9.4.0)
"""

import base64
import io
import json
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

WIDTH, HEIGHT = 21, 17
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
rgb = np.stack([x * 11, y * 14, (x + y) * 6], -1).astype("u1")
alpha = (x * y % 256).astype("u1")
deep = (x * 3000 + y * 7).astype("u2")

colour = Image.fromarray(rgb)
grey = colour.convert("L")
bitmap = colour.convert("1")
translucent = Image.fromarray(np.dstack([rgb, alpha]), "RGBA")
sixteen = Image.fromarray(deep)
files = {}


def on_white(image):
    rgba = np.asarray(image.convert("RGBA")).astype(float)
    a = rgba[..., 3:]
    return np.floor(rgba[..., :3] * a / 255 + 255 - a + 0.5).astype("u1")


def add(name, image, expected=None, **options):
    buffer = io.BytesIO()
    image.save(buffer, name.rsplit(".", 1)[1].replace("jpg", "jpeg").replace("tif", "tiff"), **options)
    if expected is None:
        read = ImageOps.exif_transpose(Image.open(io.BytesIO(buffer.getvalue())))
        has_alpha = "A" in read.mode or "transparency" in read.info
        expected = on_white(read) if has_alpha else np.asarray(read.convert("RGB"))
    files[name] = {
        "file": base64.b64encode(buffer.getvalue()).decode(),
        "width": expected.shape[1],
        "height": expected.shape[0],
        "deflatedRgb": base64.b64encode(zlib.compress(np.ascontiguousarray(expected).tobytes(), 9)).decode(),
    }


high_byte = np.repeat((deep >> 8).astype("u1")[..., None], 3, -1)
oriented = Image.Exif()
oriented[0x112] = 6

for subsampling in (0, 1, 2):
    for progressive in (False, True):
        kind = "progressive" if progressive else "baseline"
        add(f"{kind} 4:{'444 422 420'.split()[subsampling]}.jpg", colour, subsampling=subsampling, progressive=progressive)
add("grey.jpg", grey)
add("CMYK.jpg", colour.convert("CMYK"), quality=90)
add("turned.jpg", colour, exif=oriented.tobytes())

for depth, colours in ((1, 2), (2, 4), (4, 16), (8, 256)):
    add(f"palette {depth} bits.png", colour.quantize(colours))
add("RGB.png", colour)
add("grey.png", grey)
add("bitmap.png", bitmap)
add("16-bit grey.png", sixteen, high_byte)
add("RGBA.png", translucent)
add("grey and alpha.png", translucent.convert("LA"))
add("colour key.png", colour, transparency=(11, 14, 12))
add("turned.png", colour, exif=oriented.tobytes())
keyed = colour.quantize(20)
add("palette with alpha.png", keyed, transparency=3)

add("lossy.webp", colour, quality=70)
add("lossless.webp", colour, lossless=True)
add("RGBA.webp", translucent, lossless=True)
add("lossy RGBA.webp", translucent, quality=80)
add("turned.webp", colour, exif=oriented.tobytes(), lossless=True)
add("animated.webp", translucent, save_all=True, append_images=[grey.convert("RGBA")], lossless=True)

for name, image in (("RGB", colour), ("grey", grey), ("bitmap", bitmap), ("palette", colour.quantize(256))):
    add(f"{name}.bmp", image)
    add(f"{name}.gif", image)
add("transparent.gif", keyed, transparency=3)
add("not interlaced.gif", keyed, interlace=0)
add("animated.gif", keyed, save_all=True, append_images=[grey.quantize(64)])

for name, image in (
    ("RGB", colour),
    ("grey", grey),
    ("bitmap", bitmap),
    ("palette", colour.quantize(64)),
    ("RGBA", translucent),
    ("CMYK", colour.convert("CMYK")),
):
    for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        add(f"{name} {packing}.tif", image, compression=packing)
add("16-bit grey.tif", sixteen, high_byte)
add("16-bit grey lzw.tif", sixteen, high_byte, compression="tiff_lzw")
add("JPEG.tif", colour, compression="jpeg")

add("RGB.ppm", colour)
for name, image in (("grey.pgm", grey), ("bitmap.pbm", bitmap)):
    buffer = io.BytesIO()
    image.save(buffer, "ppm")
    files[name] = {
        "file": base64.b64encode(buffer.getvalue()).decode(),
        "width": WIDTH,
        "height": HEIGHT,
        "deflatedRgb": base64.b64encode(zlib.compress(np.asarray(image.convert("RGB")).tobytes(), 9)).decode(),
    }

print(json.dumps({"by": f"Pillow {PIL.__version__}", "files": files}, indent=1))
