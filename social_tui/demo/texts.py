"""What the demo's people write. They, their companies and their towns are made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who posts: a person with a first and a last name, or a company with one name."""

    slug: str
    name: tuple[str, ...]
    headline: str
    picture: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """A post before it is put into the shape of an export.

    Args:
        key: Its name within the demo.
        author: The author's slug.
        hours: How many hours before the newest post it was written.
        text: What it says.
        counts: Reactions, comments, reposts.
        images: Its pictures, by asset.
        film: Its video and the video's cover, by asset.
        paper: Its document's title, the document and its cover, by asset.
        article: The page to which it links: address, title, picture by asset.
        shares: The post that it quotes, by key.
        repeats: The post that it passes on unchanged, by key.
        language: As the company export states it.
    """

    key: str
    author: str
    hours: float
    text: str
    counts: tuple[int, int, int]
    images: tuple[str, ...] = ()
    film: tuple[str, str] | None = None
    paper: tuple[str, str, str] | None = None
    article: tuple[str, str, str] | None = None
    shares: str | None = None
    repeats: str | None = None
    language: str = "en"


AUTHORS: Mapping[str, Author] = {
    author.slug: author
    for author in (
        Author("mira-okafor", ("Mira", "Okafor"), "Landscape photographer", "portrait-1"),
        Author("ines-varga", ("Ines", "Varga"), "Archivist at Harbour Library", "portrait-2"),
        Author("clara-hoffmann", ("Clara", "Hoffmann"), "Ingenieurin für Windenergie", "portrait-3"),
        Author(
            "tomas-lind", ("Tomas", "Lind"), "Data journalist, mostly about what went missing", "portrait-4"
        ),
        Author("kenji-arai", ("健二", "荒井"), "港町の写真と潮の記録", "portrait-5"),
        Author("layla-haddad", ("ليلى", "حداد"), "مهندسة معمارية", "portrait-6"),
        Author("fernmoor", ("Fernmoor Instruments",), "4,218 followers", "fernmoor-mark"),
        Author("north-pier-energy", ("North Pier Energy",), "11,904 followers", "wind-park"),
    )
}

SKETCHES: tuple[Sketch, ...] = (
    Sketch(
        "lake",
        "mira-okafor",
        0,
        "Four mornings at the same lake, four different lakes. Swipe for the bridge, the fog and the "
        "lights.\n\n"
        "I got up at 4:30 for the first one and stayed up until 3 for the last. 🏔️🌫️🌌\n\n"
        "#landscape #patience",
        (412, 38, 21),
        images=("mountain-lake", "arch-bridge", "fir-forest", "northern-lights"),
    ),
    Sketch(
        "losses",
        "tomas-lind",
        7,
        "A year ago I saved 12,400 links to pictures in public posts. Last night I opened all of "
        "them again.\n\n"
        "Only 27 % still show a picture. 42 % are signed links that ran out, 23 % were deleted, and "
        "the rest now ask me to log in.\n\n"
        "If you cite a picture, keep the picture. The method is in the first comment.",
        (1893, 204, 377),
        images=("link-losses",),
    ),
    Sketch(
        "harbour",
        "kenji-arai",
        15,
        "夕方の港。風が止まり、三隻の帆船がゆっくり戻ってきました。\n"
        "潮位は午後五時に二・八メートル。明日の朝は霧の予報です。⛵️\n\n"
        "#港 #夕焼け",
        (268, 12, 9),
        images=("sailing-boats",),
    ),
    Sketch(
        "night-flight",
        "layla-haddad",
        26,
        "ثوانٍ قليلة فوق المدينة ليلاً. كل نافذة مضاءة قصة، وكل قصة تستحق أن تُحفظ.\n\n"
        "صُوّر المقطع من سطح المكتبة — Harbour Library — الساعة 23:40.\n\n"
        "#عمارة #ليل",
        (731, 54, 40),
        film=("night-flight", "night-flight-cover"),
    ),
    Sketch(
        "wind",
        "clara-hoffmann",
        33,
        "Der Oktober war der beste Monat, seit der Park steht: 41 GWh, ein gutes Drittel mehr als im "
        "Vorjahr. 💨\n\n"
        "Danke an alle, die bei Regen auf den Türmen waren. Die Messreihe liegt wie immer offen.",
        (356, 29, 18),
        images=("wind-output",),
    ),
    Sketch(
        "guide",
        "ines-varga",
        49,
        "After two years of workshops we have put it on two pages: how to keep what the network "
        "forgets.\n\n"
        "Print it, pin it up, translate it. 📄",
        (640, 71, 155),
        paper=("Field guide to fading links", "field-guide", "field-guide-cover"),
    ),
    Sketch(
        "tide-article",
        "fernmoor",
        58,
        "Our oldest tide gauge has been ticking since 1931. We asked the people who wind it up every "
        "Monday why they still do.",
        (97, 8, 6),
        article=(
            "https://journal.fernmoor.example/tide-gauge",
            "Ninety-five years of Mondays",
            "water-levels",
        ),
    ),
    Sketch(
        "quote",
        "ines-varga",
        66,
        "This is why we checksum everything on the day it comes in. Read Tomas's numbers, then look "
        "at your own bookmarks.",
        (208, 17, 31),
        shares="losses",
    ),
    Sketch(
        "bridge-again",
        "fernmoor",
        80,
        "Four mornings at the same lake, four different lakes. Swipe for the bridge, the fog and the lights.",
        (19, 1, 0),
        images=("arch-bridge-again",),
        repeats="lake",
    ),
    Sketch(
        "slides",
        "ines-varga",
        95,
        "Three slides from yesterday's training. Yes, the third one is homework. 😇\n\n"
        "#archives #digitalpreservation",
        (322, 40, 66),
        images=("slide-1", "slide-2", "slide-3"),
    ),
    Sketch(
        "meme",
        "tomas-lind",
        104,
        "Made this during the meeting about the other meme. I regret nothing.",
        (2750, 96, 310),
        images=("signed-link-meme",),
    ),
    Sketch(
        "radar",
        "north-pier-energy",
        121,
        "Nine boats, one sweep. The new bird and vessel radar at the pier went live this morning, "
        "and the turbines now slow down for geese. 🪿",
        (188, 23, 14),
        images=("radar",),
    ),
    Sketch(
        "inventory",
        "fernmoor",
        140,
        "Spring cleaning, in autumn: six instruments, one missing lens. If you know where a lens of "
        "1904 might be, our workshop would like a word.",
        (76, 19, 5),
        images=("inventory",),
    ),
    Sketch(
        "dunes",
        "mira-okafor",
        163,
        "Une heure de marche dans le sable pour trente secondes de lumière. Ça valait la peine — et "
        "mes chaussures s'en souviendront. ☀️",
        (540, 33, 12),
        images=("desert-dunes",),
        language="fr",
    ),
    Sketch(
        "archives-night",
        "ines-varga",
        178,
        "¡Nos vemos el 14 de noviembre! Noche de los Archivos en la Harbour Library: visitas a los "
        "depósitos, un taller sobre sumas de verificación y chocolate caliente.\n\n"
        "The poster is ours, the old one is gone.",
        (145, 11, 27),
        images=("night-of-the-archives", "lost-poster"),
    ),
    Sketch(
        "panorama",
        "kenji-arai",
        202,
        "長い一枚。回線が遅いので、ゆっくり見てください。🐢",
        (88, 4, 2),
        images=("harbour-panorama",),
    ),
    Sketch(
        "old-town",
        "layla-haddad",
        226,
        "أربعة أقواس وحجر واحد ناقص. بدأنا ترميم الجسر القديم، والصورة الأولى وصلت أخيراً.",
        (301, 22, 16),
        images=("old-town",),
    ),
    Sketch(
        "market",
        "clara-hoffmann",
        251,
        "Marktplatz, kurz nach Ladenschluss. Der Bilddienst bat erst einmal um Geduld, wie die "
        "Bäckerei am Samstag. 🥨",
        (64, 7, 1),
        images=("market-square",),
    ),
    Sketch(
        "report",
        "north-pier-energy",
        290,
        "Our environmental report for the third quarter is out. We have since withdrawn the first "
        "version because of an error on page 9; the corrected one follows next week.",
        (51, 31, 8),
        paper=("Environmental report Q3", "withdrawn-report", "wind-park"),
    ),
    Sketch(
        "members",
        "fernmoor",
        322,
        "Behind the scenes for members of our circle of friends: the restored theodolite, "
        "photographed before it leaves for the exhibition.",
        (33, 2, 0),
        images=("members-only",),
    ),
    Sketch(
        "login",
        "tomas-lind",
        371,
        "Screenshot or it didn't happen, they say. So here is a link to a screenshot. What you will "
        "see instead is a page that wants your e-mail address.",
        (127, 44, 9),
        images=("login-wall",),
    ),
    Sketch(
        "summer",
        "mira-okafor",
        447,
        "去年夏天的最后一个傍晚。链接会过期，记忆不会。\n(The link does expire, though.)",
        (980, 61, 43),
        images=("last-summer", "city-at-night"),
    ),
    Sketch(
        "intranet",
        "north-pier-energy",
        530,
        "Team day at the pier! Somebody copied the picture's address from our intranet. We are "
        "looking into who.",
        (205, 58, 4),
        images=("intranet-photo", "wind-park"),
    ),
    Sketch(
        "card",
        "ines-varga",
        610,
        "Somebody put me on a card. בעברית זה נשמע אפילו יותר נחרץ: מה שלא נשמר, אי אפשר לבדוק.",
        (412, 25, 88),
        images=("quote-card",),
    ),
    Sketch(
        "thread",
        "tomas-lind",
        700,
        "No picture today, only a question: what is the oldest file you own whose origin you could "
        "still prove?\n\n"
        "Mine is a text of 1994. 👨‍👩‍👧‍👦 asked, 🤷 answered.",
        (266, 312, 20),
    ),
)
