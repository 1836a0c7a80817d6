#!/usr/bin/env python3
"""Draws the portrait of the simulator's invented holders and writes it into the Swift source that embeds it.

The face is a drawing of nobody. It is 480 x 640 pixels and, with a JPEG comment as filler, exactly 15,000 bytes: the size of a
portrait on a real chip. Needs Pillow (any recent version); the JPEG's bytes depend on Pillow's libjpeg, so the result is
committed and this script is run only to change the picture.

    python3 Scripts/make-portrait.py            # rewrites TestPortrait+Data.swift
    python3 Scripts/make-portrait.py face.jpg   # writes the picture alone
"""

import base64
import io
import pathlib
import random
import struct
import sys

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT, SIZE = 480, 640, 15_000
COMMENT = b"swift-emrtd: an invented portrait, drawn by Scripts/make-portrait.py "
TARGET = (
    pathlib.Path(__file__).resolve().parent.parent
    / "Sources/EMRTDSimulator/Personalisation/TestPortrait+Data.swift"
)


def draw() -> Image.Image:
    """A head and shoulders in front of a light wall."""
    scale = 2
    image = Image.new("RGB", (WIDTH * scale, HEIGHT * scale), (222, 228, 232))
    pen = ImageDraw.Draw(image)

    def box(x0, y0, x1, y1):
        return [x0 * scale, y0 * scale, x1 * scale, y1 * scale]

    def points(*pairs):
        return [(x * scale, y * scale) for x, y in pairs]

    hair, skin, shade, shirt = (40, 33, 32), (233, 194, 160), (214, 170, 136), (54, 88, 128)
    pen.ellipse(box(108, 110, 372, 470), fill=hair)
    pen.rounded_rectangle(box(40, 520, 440, 760), 90 * scale, fill=shirt)
    pen.polygon(points((190, 440), (290, 440), (310, 545), (240, 590), (170, 545)), fill=shade)
    pen.polygon(points((170, 530), (240, 600), (205, 640), (140, 540)), fill=(240, 240, 240))
    pen.polygon(points((310, 530), (240, 600), (275, 640), (340, 540)), fill=(240, 240, 240))
    pen.ellipse(box(112, 290, 142, 360), fill=shade)
    pen.ellipse(box(338, 290, 368, 360), fill=shade)
    pen.ellipse(box(128, 150, 352, 490), fill=skin)
    pen.pieslice(box(118, 120, 362, 400), 180, 360, fill=hair)
    pen.ellipse(box(132, 200, 348, 350), fill=skin)
    pen.polygon(points((132, 262), (240, 196), (300, 215), (200, 250)), fill=hair)
    for centre in (190, 290):
        pen.arc(box(centre - 36, 268, centre + 36, 310), 205, 335, fill=hair, width=8 * scale)
        pen.ellipse(box(centre - 25, 300, centre + 25, 328), fill=(250, 250, 248))
        pen.ellipse(box(centre - 12, 301, centre + 12, 327), fill=(70, 45, 30))
        pen.ellipse(box(centre - 5, 308, centre + 5, 320), fill=(10, 10, 10))
        pen.ellipse(box(centre + 2, 306, centre + 7, 311), fill=(255, 255, 255))
    pen.polygon(points((240, 315), (222, 382), (258, 382)), fill=shade)
    pen.ellipse(box(216, 368, 264, 392), fill=shade)
    pen.ellipse(box(200, 412, 280, 446), fill=(190, 96, 92))
    pen.rectangle(box(196, 426, 284, 430), fill=(140, 60, 60))
    image = image.filter(ImageFilter.GaussianBlur(2)).resize((WIDTH, HEIGHT), Image.LANCZOS)

    # A camera's grain, so that the file compresses like a photograph and not like a poster.
    dice = random.Random(9303)
    grain = Image.new("L", (WIDTH // 4, HEIGHT // 4))
    grain.putdata([dice.randint(108, 148) for _ in range(WIDTH // 4 * (HEIGHT // 4))])
    grain = grain.resize((WIDTH, HEIGHT), Image.BICUBIC)
    return Image.blend(image, Image.merge("RGB", (grain, grain, grain)), 0.18)


def encode(image: Image.Image) -> bytes:
    """The JPEG in the best quality that fits, brought to SIZE bytes by one comment segment after SOI and APP0."""
    for quality in range(95, 9, -1):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True)
        jpeg = buffer.getvalue()
        room = SIZE - len(jpeg) - 4
        if room >= len(COMMENT):
            break
    else:
        raise SystemExit("the picture does not fit")
    text = (COMMENT * (room // len(COMMENT) + 1))[:room]
    app0_end = 4 + struct.unpack(">H", jpeg[4:6])[0]
    return jpeg[:app0_end] + b"\xff\xfe" + struct.pack(">H", room + 2) + text + jpeg[app0_end:]


def main() -> None:
    jpeg = encode(draw())
    assert len(jpeg) == SIZE
    if len(sys.argv) > 1:
        pathlib.Path(sys.argv[1]).write_bytes(jpeg)
        return
    text = base64.b64encode(jpeg).decode()
    lines = [text[i : i + 112] for i in range(0, len(text), 112)]
    body = "\\\n        ".join(lines)
    TARGET.write_text(
        "// Made by Scripts/make-portrait.py; do not edit.\n"
        "extension TestPortrait {\n"
        "    /// The JPEG in base64: a string literal compiles in no time, an array literal of 15,000 integers does not.\n"
        f'    static let base64: StaticString = """\n        {body}\n        """\n'
        "}\n"
    )


main()
