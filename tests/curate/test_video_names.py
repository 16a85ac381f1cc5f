"""Names of one video meet, names of two do not."""

import pytest

from transforms.curate.video_names import video_keys

ID = "dQw4w9WgXcQ"

SAME = {
    "url": f"https://www.youtube.com/watch?v={ID}",
    "url with more": f"https://m.youtube.com/watch?app=desktop&v={ID}&t=10s",
    "short url": f"https://youtu.be/{ID}?t=3",
    "url without a scheme": f"youtube.com/watch?v={ID}",
    "shorts": f"https://www.youtube.com/shorts/{ID}",
    "embedded": f"https://www.youtube-nocookie.com/embed/{ID}?rel=0",
    "live": f"https://youtube.com/live/{ID}",
    "yt-dlp's spelling": f"youtube:{ID}",
    "file": f"videos/{ID}.mp4",
    "file of Windows": f"videos\\{ID}.MP4",
    "clip": f"{ID}_clip3.mp4",
    "clip by times": f"{ID}_510.0_660.0",
    "ActivityNet": f"v_{ID}",
    "as yt-dlp names it": f"a/My film [{ID}].webm",
    "as youtube-dl named it": f"My film-{ID}.mkv",
}


@pytest.mark.parametrize("name", SAME.values(), ids=SAME.keys())
def test_a_video_of_youtube(name: str) -> None:
    assert video_keys(name) & video_keys(ID)
    assert video_keys(name) & video_keys(f"https://www.youtube.com/watch?v={ID}")


def test_other_names() -> None:
    assert video_keys("data/room_06.mp4") == video_keys("Room_06") == {"name:room_06"}
    assert video_keys("https://example.org/films/soup.mp4?sig=1#x") == {"name:soup"}
    assert video_keys("https://example.org/films/a%20soup.mp4") == {"name:a soup"}
    assert video_keys("a/b/soup", "soup.mp4", "harbour.mkv") == {"name:soup", "name:harbour"}
    assert video_keys("s01e02.seg02") == {"name:s01e02.seg02"}
    assert video_keys("", " ", "/") == frozenset()


APART = {
    "an ordinary word": ("earthquakes_2019.mp4", "earthquakes"),
    "a title": ("Earthquakes_1.mp4", "Earthquakes_2.mp4"),
    "numbered parts": ("season01_ep_03.mp4", "season01_ep_04.mp4"),
    "rooms": ("living_room_06", "living_room_07"),
    "words run together": ("KitchenTour_1", "KitchenTour_2"),
    "capitals and numbers": ("Kitchen2_01_a", "Kitchen2_01_b"),
    "ids that differ in one letter": (ID, "dQw4w9WgXcR"),
    "ids that differ in a capital": (f"{ID}_1", "dqw4w9WgXcQ_2"),
    "longer than an id": (f"{ID}x_1", f"{ID}_1"),
    "an id in a word": (f"a{ID}b", ID),
    "mere numbers": ("videos/001.mp4", "001"),
    "numbered videos": ("video_12.mp4", "video_12"),
}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_names_that_say_nothing_of_another(one: str, other: str) -> None:
    assert not video_keys(one) & video_keys(other)


def test_a_word_of_eleven_letters_is_the_same_only_as_itself() -> None:
    assert video_keys("earthquakes.mp4") & video_keys("https://youtu.be/earthquakes") == {"name:earthquakes"}
    assert video_keys("movie101_66") == {"name:movie101_66"}
