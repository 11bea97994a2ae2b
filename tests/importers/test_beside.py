"""Which files beside an export its media are, as formats state it and tools name them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import iter_files, iter_posts, parse_post
from social_tui.importers.beside import FROM_TOP, candidates, left_out
from social_tui.importers.beside_files import NotTakenError, open_beside
from social_tui.models import MediaRole
from tests.importers.examples import EXAMPLES, TELEGRAM
from tests.importers.taking import media, post
from tests.importers.tool_examples import GALLERY_DL

INSTALOADER: dict[str, Any] = EXAMPLES["instaloader"]
YT_DLP: dict[str, Any] = EXAMPLES["yt_dlp"]


def telegram(**changes: Any) -> dict[str, Any]:
    return {**TELEGRAM, "messages": [{**TELEGRAM["messages"][0], "photo": None, **changes}]}


def places(folder: Path, name: str, value: Any, role: MediaRole | None = None) -> list[str | None]:
    """Return where the media of the one post of a file are."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    script = "window.YTD.tweets.part0 = " if name.endswith(".js") else ""
    path.write_text(script + json.dumps(value))
    ((_, _, taken),) = iter_files([str(path)])
    assert isinstance(taken, ParsedPost)
    return [each.local_path for each in taken.media if role in (None, each.role)]


def test_telegram_states_the_paths_of_files_and_their_small_pictures() -> None:
    taken = post(telegram(file="files/a b.mp4", thumbnail="files/a b.mp4_thumb.jpg"))
    assert [each.local_path for each in media(taken)] == ["files/a b.mp4"]
    (small,) = media(taken, "thumbnail")
    assert (small.local_path, small.media_type, small.url) == ("files/a b.mp4_thumb.jpg", "image", None)
    assert [each.local_path for each in media(post(TELEGRAM))] == [TELEGRAM["messages"][0]["photo"]]
    paid = post(telegram(paid_media=[{"photo": "p.jpg"}, {"file": "v.mp4"}]))
    assert [each.local_path for each in media(paid)] == ["p.jpg", "v.mp4"]


@pytest.mark.parametrize(
    ("note", "outcome"),
    [
        ("(File not included. Change data exporting settings to download.)", "deleted"),
        ("(File exceeds maximum size. Change data exporting settings to download.)", "too_large"),
        ("(File unavailable, please try again later)", "network"),
    ],
)
def test_telegram_says_what_it_left_out(note: str, outcome: str) -> None:
    taken = post(telegram(file=note, thumbnail=note))
    (only,) = taken.media
    assert only.local_path == note
    assert left_out(note) == (outcome, note[1:-1])
    assert left_out("files/(File not included.pdf") is None


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("tweets.js", "tweets_media"),
        ("tweets-part12.js", "tweets_media"),
        ("tweet.js", "tweet_media"),
        ("community-tweet.js", "community_tweet_media"),
        ("deleted_tweets.js", "deleted_tweets_media"),
    ],
)
def test_the_archive_of_x_has_files_in_a_folder_of_its_own(tmp_path: Path, name: str, folder: str) -> None:
    tweet = {
        "id_str": "1500000000000000001",
        "full_text": "t",
        "favorite_count": "1",
        "retweet_count": "0",
        "extended_entities": {
            "media": [
                {"type": "photo", "media_url_https": "https://pbs.test/media/Abc-1.jpg"},
                {
                    "type": "video",
                    "media_url_https": "https://pbs.test/thumb/x.jpg",
                    "video_info": {
                        "variants": [{"bitrate": "9", "url": "https://v.test/vid/Def.mp4?tag=1"}],
                    },
                },
            ]
        },
    }
    assert places(tmp_path, name, [{"tweet": tweet}], "main") == [
        f"{folder}/1500000000000000001-Abc-1.jpg",
        f"{folder}/1500000000000000001-Def.mp4",
    ]
    assert places(tmp_path, "bare.json", [tweet]) == [None, None, None]


def test_instaloader_names_files_by_its_own_name(tmp_path: Path) -> None:
    name = "2024-02-16_19-00-09_UTC.json"
    node = {
        "shortcode": "AAA",
        "taken_at_timestamp": 1_714_564_800,
        "__typename": "GraphVideo",
        "display_url": "https://ig.test/1.jpg",
        "video_url": "https://ig.test/1.mp4",
        "is_video": True,
    }
    single = {"node": node, "instaloader": {"node_type": "Post"}}
    assert places(tmp_path, name, single) == ["2024-02-16_19-00-09_UTC.*"] * 2
    picture = {"id": "2", "display_url": "https://ig.test/2.jpg", "is_video": False}
    edges = [{"node": {**node, "id": "1"}}, {"node": picture}]
    album = {**single, "node": {**node, "edge_sidecar_to_children": {"edges": edges}}}
    assert places(tmp_path, name, album, "main") == [
        "2024-02-16_19-00-09_UTC_1.*",
        "2024-02-16_19-00-09_UTC_2.*",
    ]
    assert places(tmp_path, name, album, "thumbnail") == ["2024-02-16_19-00-09_UTC_1.*"]
    assert places(tmp_path, name, node) == [None, None], "a page that was recorded has no files"
    assert places(tmp_path, "lines.jsonl", single) == [None, None]
    app = {
        "code": "BBB",
        "taken_at": 1_714_564_800,
        "carousel_media": [{"image_versions2": {"candidates": [{"url": "https://ig.test/3.jpg"}]}}],
    }
    assert places(tmp_path, name, {**single, "node": app}) == ["2024-02-16_19-00-09_UTC_1.*"]


def test_yt_dlp_names_files_by_its_own_name(tmp_path: Path) -> None:
    assert places(tmp_path, "A video [x.y].info.json", YT_DLP, "main") == ["A video [x.y].*"]
    assert places(tmp_path, "A video [x.y].info.json", YT_DLP, "thumbnail") in (["A video [x.y].*"], [])


def test_the_ending_that_only_the_bytes_tell() -> None:
    assert list(candidates("a/b.jpg", "image")) == ["a/b.jpg"]
    assert next(candidates("a/b.*", "image")) == "a/b.jpg"
    assert {"a/b.mp4", "a/b.webm", "a/b.mp3"} <= set(candidates("a/b.*", "video"))


def test_members_of_a_zip_file_are_beside_each_other(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/b/result.json", json.dumps(telegram(file="files/1.mp4")))
        archive.writestr("a/c/result.json", json.dumps(telegram(file="/etc/passwd", id=2)))
        archive.writestr("2024_UTC.json", json.dumps(INSTALOADER))
    found = [item for _, _, item in iter_files([str(path)])]
    taken = [[each.local_path for each in item.media] for item in found if isinstance(item, ParsedPost)]
    assert taken[1:] == [["a/b/files/1.mp4"], ["/etc/passwd"]]
    assert all(place is not None and place.startswith("2024_UTC") for place in taken[0])


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "x" * 9_000])
def test_names_that_no_file_can_have_are_stated_all_the_same(name: str) -> None:
    (only,) = post(telegram(file=name)).media
    assert only.local_path
    assert only.local_path.encode()


DOWNLOADED = {"timestamp": 1_704_164_645, "data": [{"post": "p"}]}


def from_top(folder: Path, uri: str) -> bytes | str:
    """Return the bytes of the file that a download in a folder names, or why it is not taken."""
    folder.mkdir(parents=True, exist_ok=True)
    export = folder / "your_posts_1.json"
    file = {"media": {"uri": uri, "creation_timestamp": 1}}
    export.write_text(json.dumps([{**DOWNLOADED, "attachments": [{"data": [file]}]}]))
    ((_, _, taken),) = iter_files([str(export)])
    assert isinstance(taken, ParsedPost)
    with open_beside(str(export)) as beside:
        try:
            return b"".join(beside.chunks(taken.media[0].local_path or "", 100))
        except NotTakenError as error:
            return error.why


@pytest.mark.parametrize(
    ("folder", "uri"),
    [
        ("your_facebook_activity/posts/album", "your_facebook_activity/posts/media/1.jpg"),
        ("your_activity_across_facebook/posts", "your_activity_across_facebook/posts/1.jpg"),
        (
            "this_profile's_activity_across_facebook/posts",
            "this_profile's_activity_across_facebook/posts/media/1.jpg",
        ),
        ("posts", "posts/media/1.jpg"),
        ("photos_and_videos/album", "photos_and_videos/Trip/1.jpg"),
        ("groups", "groups/1.jpg"),
        ("stories", "stories/1.jpg"),
    ],
)
def test_the_folders_of_downloads_are_followed_to_their_top(tmp_path: Path, folder: str, uri: str) -> None:
    picture = tmp_path / uri
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"its bytes")
    assert from_top(tmp_path / folder, uri) == b"its bytes"


@pytest.mark.parametrize(
    ("folder", "uri"),
    [
        ("home/ada/exports", "home/ada/private.jpg"),
        ("ada/exports", "ada/private.jpg"),
        ("exports", "\0exports/../private.jpg"),
        ("posts/exports", "posts/private.jpg"),
        ("your_posts/exports", "your_posts/private.jpg"),
        ("your_facebook_activity/a/b/c", "your_facebook_activity/private.jpg"),
        ("posts/album/exports", "posts/private.jpg"),
    ],
)
def test_other_folders_around_an_export_are_out_of_reach(tmp_path: Path, folder: str, uri: str) -> None:
    private = tmp_path / uri.lstrip("\0").replace("exports/../", "")
    private.parent.mkdir(parents=True, exist_ok=True)
    private.write_bytes(b"private")
    assert from_top(tmp_path / folder, uri) in ("not there", "escapes the folder")
    top = tmp_path.relative_to("/").as_posix()
    assert from_top(tmp_path / folder, f"{top}/{private.relative_to(tmp_path)}") == "not there"


def test_no_path_of_an_export_marks_itself_as_one_from_the_top(tmp_path: Path) -> None:
    folder = tmp_path / "your_facebook_activity"
    folder.mkdir()
    for number, start in enumerate((FROM_TOP, FROM_TOP * 2)):
        path = f"{start}your_facebook_activity/posts/1.jpg"
        assert places(folder, f"{number}.json", telegram(file=path)) == [path.lstrip(FROM_TOP)]


def sidecar(folder: Path, post_id: int, number: int, extension: str = "jpg", **changes: Any) -> str:
    """Write a file of gallery-dl."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{post_id}_{number}.{extension}.json"
    value = {**GALLERY_DL, "tweet_id": post_id, "num": number, "extension": extension, **changes}
    path.write_text(json.dumps(value, indent=1))
    return str(path)


def outline(files: list[str]) -> list[tuple[str, list[tuple[str, int, str | None]]]]:
    found: list[tuple[str, list[tuple[str, int, str | None]]]] = []
    for _, _, item in iter_files(files):
        assert isinstance(item, ParsedPost)
        found.append((item.urn, [(each.role, each.position, each.local_path) for each in item.media]))
    return found


def test_files_of_gallery_dl_give_one_post_for_each_post_of_a_folder(tmp_path: Path) -> None:
    files = [sidecar(tmp_path / "a", 7, number) for number in (1, 10, 2)]
    files += [sidecar(tmp_path / "a", 8, 1), sidecar(tmp_path / "b", 7, 1)]
    assert outline(files) == [
        ("7", [("main", 0, "7_1.jpg"), ("main", 1, "7_2.jpg"), ("main", 9, "7_10.jpg")]),
        ("8", [("main", 0, "8_1.jpg")]),
        ("7", [("main", 0, "7_1.jpg")]),
    ]


def test_a_preview_tells_of_no_post_and_a_place_is_given_once(tmp_path: Path) -> None:
    files = [
        sidecar(tmp_path, 7, 0, type="cover", content="of the cover"),
        sidecar(tmp_path, 7, 1, "mp4", content="of the video"),
        sidecar(tmp_path, 7, 1, "webm", content="of another"),
    ]
    ((file, _, taken),) = iter_files(files)
    assert isinstance(taken, ParsedPost)
    assert (file, taken.text_content) == (files[0], "of the video")
    assert [(each.role, each.position) for each in taken.media] == [
        ("thumbnail", 0),
        ("main", 0),
        ("main", 1),
    ]


def test_what_is_stored_of_several_files_gives_the_same_post(tmp_path: Path) -> None:
    ((_, _, taken),) = iter_files([sidecar(tmp_path, 7, number) for number in (1, 2)])
    assert isinstance(taken, ParsedPost)
    again = parse_post(json.loads(taken.raw_json), taken.raw_json)
    assert [each.position for each in again.media] == [0, 1]
    assert again.model_copy(update={"media": taken.media}) == taken
    files = json.loads(taken.raw_json)
    with pytest.raises(ImportRefusedError, match="several posts"):
        parse_post([files[0], {**files[1], "tweet_id": 8}], "[]")


def test_files_of_gallery_dl_in_a_zip_file_give_one_post(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in (1, 2):
            archive.writestr(
                f"u/7_{number}.jpg.json", json.dumps({**GALLERY_DL, "tweet_id": 7, "num": number})
            )
    assert outline([str(path)]) == [("7", [("main", 0, "u/7_1.jpg"), ("main", 1, "u/7_2.jpg")])]


def test_other_files_between_them_come_as_they_are(tmp_path: Path) -> None:
    other, broken = tmp_path / "other.json", tmp_path / "broken.json"
    other.write_text(json.dumps(TELEGRAM))
    broken.write_text("{")
    files = [sidecar(tmp_path, 7, 1), str(other), str(broken), sidecar(tmp_path, 7, 2)]
    found = [(Path(file).name, number, item) for file, number, item in iter_files(files)]
    assert [(name, number) for name, number, _ in found] == [
        ("other.json", 1),
        ("broken.json", 1),
        ("7_1.jpg.json", 1),
    ]
    assert isinstance(found[1][2], Rejection)
    assert list(iter_posts(str(other), str(other))) == [found[0][2]]


@pytest.mark.parametrize("limit", ["MAX_HELD_FILES", "MAX_HELD_CHARACTERS"])
def test_more_files_than_are_held_come_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    files = [sidecar(tmp_path, post_id, number) for post_id in (5, 6, 7) for number in (1, 2)]
    files.append(sidecar(tmp_path, 5, 3))
    size = 4 if limit == "MAX_HELD_FILES" else 4 * Path(files[0]).stat().st_size
    monkeypatch.setattr(f"social_tui.importers.regrouping.{limit}", size)
    found = [(urn, [position for _, position, _ in places]) for urn, places in outline(files)]
    assert found == [("5", [0, 1]), ("6", [0, 1]), ("7", [0, 1]), ("5", [2])]
