"""Measures on images with four kinds of millimetres, against geometry computed here; edited, hidden and deleted."""

import math
from typing import Any

import numpy as np

from tests.journeys.canvas import canvas
from tests.journeys.viewer_fixture import CORONAL, CT, DETECTOR, SCANNED, SLICES, XR, Made, coronal, radiograph, volume
from tests.journeys.viewing import NEEDED, opened, press, settle, text, until

pytestmark = NEEDED
Point = tuple[float, float]

SEEN = (
    "() => { const film = document.querySelector('.film.is-active');"
    " return [film.dataset.series, !!film.dataset.image]; }"
)
SAID = "() => [...document.querySelectorAll('#marks-said li')].map(li => li.textContent)"
# The page's point over an image position of an upright film that shows the whole image.
OVER = """([x, y, columns, rows, tall]) => {
  const box = document.querySelector('.film.is-active canvas').getBoundingClientRect();
  const scale = Math.min(box.width / columns, box.height / (rows * tall));
  return [box.x + box.width / 2 + (x - columns / 2) * scale, box.y + box.height / 2 + (y - rows / 2) * tall * scale];
}"""


class Film:
    """The active film, in image positions of a series of known size."""

    def __init__(self, page: Any, shape: tuple[int, int], tall: float = 1.0) -> None:
        self.page, self.rows, self.columns, self.tall = page, *shape, tall

    def at(self, point: Point) -> Point:
        x, y = self.page.evaluate(OVER, [*point, self.columns, self.rows, self.tall])
        return x, y

    def drag(self, start: Point, end: Point) -> None:
        self.page.mouse.move(*self.at(start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(end), steps=4)
        self.page.mouse.up()
        settle(self.page)

    def said(self) -> list[str]:
        return list(self.page.evaluate(SAID))


def show(page: Any, series: str) -> None:
    page.evaluate("uid => document.querySelector(`button[data-series='${uid}']`).click()", series)
    until(page, SEEN, [series, True])


def number(words: str, label: str = "") -> float:
    """Return the number after ``label`` in what a mark says of itself."""
    told = words.split(" : ", 1)[1].split(label, 1)[1].split()[0] if label else words.split(" : ", 1)[1].split()[0]
    return float(told.rstrip(",°").replace("\u2212", "-").replace(",", "."))


def test_a_length_has_the_millimetres_of_each_kind_of_image(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)
    for series, shape, mm, unit, origin in (
        (CT, (192, 256), (1.0, 1.0), "mm", "plan patient"),
        (CORONAL, (SLICES, 256), (2.0, 1.0), "mm", "plan patient"),
        (DETECTOR, (300, 200), (0.5, 0.25), "mm", "au détecteur"),
        (SCANNED, (300, 200), (0.2, 0.2), "mm", "région de l’image"),
        (XR, (300, 200), (1.0, 1.0), "px", "pixels, taille réelle inconnue"),
    ):
        show(page, series)
        film = Film(page, shape, mm[0] / mm[1])
        page.keyboard.press("m")
        start, end = (40.0, shape[0] * 0.3), (150.0, shape[0] * 0.45)
        film.drag(start, end)
        [words] = film.said()
        wanted = math.hypot((end[0] - start[0]) * mm[1], (end[1] - start[1]) * mm[0])
        # The pointer moves by whole pixels of the page.
        assert abs(number(words) - wanted) < 1.5 * max(mm), (series, words, wanted)
        assert f" {unit}, {origin}" in words


def test_a_line_that_leaves_its_region_has_no_millimetres(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)
    show(page, SCANNED)
    page.keyboard.press("m")
    film = Film(page, (300, 200))
    film.drag((60, 60), (100, 280))
    assert "px, pixels, taille réelle inconnue" in film.said()[0]


def test_an_angle_is_that_of_the_body_not_of_the_pixels(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)
    show(page, CORONAL)
    page.keyboard.press("a")
    film = Film(page, (SLICES, 256), 2.0)
    film.drag((60, 6), (120, 18))
    assert abs(number(film.said()[0]) - _angle((60, 6), (120, 18), (120 - 12, 18 + 60), (1.0, 2.0))) < 2
    press(page, "delete")
    film.drag((60, 12), (120, 12))
    assert abs(number(film.said()[0]) - 90) < 1


def _angle(a: Point, b: Point, c: Point, mm: tuple[float, float]) -> float:
    one, two = ((np.array(end) - np.array(b)) * np.array(mm) for end in (a, c))
    return math.degrees(math.acos(float(one @ two) / float(np.linalg.norm(one) * np.linalg.norm(two))))


def test_a_zone_has_the_statistics_of_its_pixels(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)
    for series, stored, slope, intercept, mm, unit in (
        (CT, volume()[SLICES // 2], 1.0, -1024.0, (1.0, 1.0), "HU"),
        (CORONAL, coronal()[SLICES // 2], 1.0, -1024.0, (2.0, 1.0), "HU"),
        (DETECTOR, radiograph(), 2.0, 0.0, (0.5, 0.25), ""),
    ):
        show(page, series)
        film = Film(page, stored.shape, mm[0] / mm[1])
        page.keyboard.press("e")
        rows = stored.shape[0]
        start, end = (90.0, rows * 0.35), (150.0, rows * 0.65)
        film.drag(start, end)
        [words] = film.said()
        y, x = np.mgrid[0:rows, 0 : stored.shape[1]] + 0.5
        cx, cy, rx, ry = 120.0, rows / 2, 30.0, rows * 0.15
        inside = stored[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1] * slope + intercept
        spread = float(inside.max() - inside.min())
        assert abs(number(words, "Moyenne ") - inside.mean()) < max(0.02 * spread, 0.5), (series, words)
        assert abs(number(words, "Écart type ") - inside.std()) < max(0.02 * spread, 0.5), (series, words)
        assert abs(number(words, "Max ") - inside.max()) <= 0.03 * spread + 0.5
        area = math.pi * rx * ry * mm[0] * mm[1]
        told = [part for part in words.split(", ") if part.endswith("mm²")]
        assert abs(float(told[0].split()[0].replace(",", ".")) - area) < 0.05 * area
        assert f" {unit}".rstrip() in words


def test_the_value_of_a_pixel_is_the_one_in_the_file(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("s")
    film = Film(page, (192, 256))
    film.drag((128.5, 96.5), (128.5, 96.5))
    film.drag((40.5, 25.5), (40.5, 25.5))
    middle = volume()[SLICES // 2]
    assert [number(words) for words in film.said()] == [middle[96, 128] - 1024.0, middle[25, 40] - 1024.0]
    film.drag((2.5, 2.5), (2.5, 2.5))
    assert number(film.said()[2]) == -1000.0


def test_marks_are_moved_hidden_and_deleted(page: Any, address: str) -> None:
    opened(page, address)
    before = canvas(page)
    page.keyboard.press("m")
    film = Film(page, (192, 256))
    film.drag((60, 60), (120, 60))
    assert (canvas(page) != before).any()
    assert abs(number(film.said()[0]) - 60) < 1
    film.drag((120, 60), (160, 60))
    assert abs(number(film.said()[0]) - 100) < 1, "the end that was grasped moves"
    assert len(film.said()) == 1
    press(page, "hide")
    assert (canvas(page) == before).all()
    press(page, "hide")
    film.drag((60, 120), (120, 120))
    assert len(film.said()) == 2
    page.keyboard.press("Delete")
    until(page, "() => document.querySelectorAll('#marks-said li').length", 1)
    press(page, "delete-all")
    until(page, "() => document.querySelectorAll('#marks-said li').length", 0)
    assert (canvas(page) == before).all()


def test_a_mark_stays_on_its_image(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("m")
    Film(page, (192, 256)).drag((60, 60), (120, 60))
    page.keyboard.press("ArrowDown")
    until(page, "() => document.querySelectorAll('#marks-said li').length", 0)
    page.keyboard.press("ArrowUp")
    until(page, "() => document.querySelectorAll('#marks-said li').length", 1)


def test_an_arrow_carries_words(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("t")
    film = Film(page, (192, 256))
    film.drag((60, 60), (120, 90))
    until(page, "() => document.activeElement.className", "input film-ask")
    page.keyboard.type("Lésion")
    page.keyboard.press("Enter")
    until(page, SAID, ["Flèche : Lésion"])
    assert text(page, ".film.is-active .bl").endswith(f"{SLICES // 2 + 1} / {SLICES}"), "typing moved no image"


def test_a_turned_image_keeps_its_lengths(page: Any, address: str) -> None:
    opened(page, address)
    page.keyboard.press("m")
    film = Film(page, (192, 256))
    film.drag((60, 60), (120, 60))
    for command in ("rotate", "flip-h", "flip-v"):
        press(page, command)
        assert abs(number(film.said()[0]) - 60) < 1


def test_lossy_pixels_have_no_value(page: Any, address: str) -> None:
    opened(page, address)
    show(page, XR)
    film = Film(page, (300, 200))
    for key in ("s", "e"):
        page.keyboard.press(key)
        film.drag((60, 60), (120, 120))
        assert film.said() == []
        assert "compressé avec perte" in text(page, "[data-notice=why]")


def test_a_hospital_may_turn_measures_off(page: Any, address: str, made: Made) -> None:
    made.features = {"measures": False, "not_for_diagnosis": False}
    opened(page, address)
    assert "Non destiné au diagnostic" not in text(page, ".film .bl")
    film = Film(page, (192, 256))
    for key in ("m", "a", "e", "s"):
        page.keyboard.press(key)
        assert "désactivé par l’hôpital" in text(page, "[data-notice=why]")
        film.drag((60, 60), (120, 120))
        assert film.said() == []
    page.keyboard.press("t")
    film.drag((60, 60), (120, 120))
    assert film.said() == ["Flèche : "], "an arrow measures nothing"


def test_overlays_lie_on_their_pixels_and_are_hidden(page: Any, address: str, made: Made) -> None:
    made.compared = True
    opened(page, address)
    assert "cette série n’en a pas" in str(page.get_attribute("[data-command=overlays]", "title"))
    show(page, DETECTOR)
    page.wait_for_timeout(400)
    with_line = canvas(page).astype(int)
    page.keyboard.press("o")
    drawn = np.abs(with_line - canvas(page)) > 8
    rows, columns = np.nonzero(drawn)
    top, scale = _top_and_scale(drawn.shape, 300 * 2, 200)
    # Row 40 from one is 39 rows below the edge; a pixel is twice as tall as wide.
    assert abs(rows.mean() - (top + 39.5 * 2 * scale)) < 2 * scale
    left = (drawn.shape[1] - 200 * scale) / 2
    assert abs(columns.min() - (left + 10 * scale)) < 3 * scale
    assert abs(columns.max() - (left + 110 * scale)) < 3 * scale
    page.keyboard.press("o")
    assert (np.abs(with_line - canvas(page)) < 8).all()


def _top_and_scale(shape: tuple[int, ...], tall: float, wide: float) -> Point:
    scale = min(shape[1] / wide, shape[0] / tall)
    return (shape[0] - tall * scale) / 2, scale
