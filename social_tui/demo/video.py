"""Draws the demo's film: a flight along a city at night, as H.264 in MP4, and its cover."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from social_tui.demo.canvas import glow, jpeg, seeded
from social_tui.demo.scenes import city_at_night

SIZE = (640, 360)
FRAMES_PER_SECOND = 20
SECONDS = 2.5


def draw_video(seed: str = "demo") -> dict[str, bytes]:
    """Draw the film and its cover.

    Args:
        seed: The same seed gives the same pictures.

    Returns:
        ``night-flight``: an MP4 of 2.5 s, 640 x 360 pixels, without sound; ``night-flight-cover``: a JPEG of
        a picture from its middle.
    """
    count = round(SECONDS * FRAMES_PER_SECOND)
    city = city_at_night(seeded(f"{seed}/night-flight"))
    frames = [_frame(city, index / (count - 1)) for index in range(count)]
    return {"night-flight": _encode(frames), "night-flight-cover": jpeg(frames[count // 2])}


def _frame(city: Image.Image, progress: float) -> Image.Image:
    """Look at a part of the city that moves to the right and grows, with an aeroplane crossing it."""
    width = 760 - 160 * progress
    left, top = 300 * progress, 150 + 60 * progress
    box = (round(left), round(top), round(left + width), round(top + width * SIZE[1] / SIZE[0]))
    image = city.resize(SIZE, Image.Resampling.BILINEAR, box)
    x, y = 40 + 560 * progress, 110 - 60 * progress
    if round(progress * 20) % 2:
        glow(image, (x, y), 16, (255, 90, 90), 1.0)
    draw = ImageDraw.Draw(image)
    draw.line((x - 60 * (1 - progress), y + 7, x, y), fill=(180, 180, 210), width=2)
    draw.ellipse((x - 3, y - 3, x + 3, y + 3), fill=(255, 255, 255))
    return image


def _encode(frames: list[Image.Image]) -> bytes:
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        # One thread: with several the bytes would depend on the machine.
        stream.options = {"preset": "veryfast", "crf": "26", "threads": "1"}
        for image in frames:
            frame = av.VideoFrame(*SIZE, format="rgb24")
            frame.planes[0].update(image.tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()
