"""Planes cut through a series and volume rendering, in a real browser with and without WebGL 2.

Planes are held to the grey level against numpy's own, at a zoom where a pixel of the plane is a block of the canvas.
"""

from collections.abc import Iterator, Sequence
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.journeys.canvas import canvas, fitted, greys
from tests.journeys.prepared import VIEWS, Cube, Prepared, by_height, cube, prepared
from tests.journeys.viewer_fixture import SLICES, STUDY, Made, studies, volume
from tests.journeys.viewing import NEEDED, WITH_GL, WITHOUT_GL, chromium, opened, press, text, until

pytestmark = NEEDED
THREE = "() => [...document.querySelectorAll('.films-mpr .film')].filter(film => film.dataset.image).length"
DRAWN = "() => document.querySelector('.is-volume')?.dataset.image"
MIDDLE = [-0.5, -0.5, 24.0]
"""The centre of the made-up volume, in the slice on which it opens."""
WINDOW = (500.0, 2000.0)
RENDERED = ".is-volume canvas"


@pytest.fixture(scope="module", params=[WITH_GL, WITHOUT_GL], ids=["webgl", "no-webgl"])
def browser(request: pytest.FixtureRequest) -> Iterator[Any]:
    yield from chromium(request.param)


def film(view: str) -> str:
    return f".films-mpr .film:nth-child({list(VIEWS).index(view) + 1})"


@pytest.fixture
def cut(made: Made) -> Cube:
    """The made-up scanner as one volume, and what numpy knows of it."""
    series = studies(made)["studies"][0]["series"][0]
    series["geometry"] = {"kind": "volume", "mpr": True, "reason": None, "spacing_mm": 2.0}
    made.series = [series]
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    affine[:3, 3] = -128, -96, 0
    return Cube(volume().astype(float), affine, 1.0, -1024.0)


@pytest.fixture(scope="module")
def head_files(shared_dicom: Path) -> list[Path]:
    return sorted((shared_dicom / "series" / "ct-head-1mm").iterdir())


@pytest.fixture(scope="module")
def head(head_files: list[Path], require: Any) -> tuple[Prepared, Cube]:
    require("dcmdjpeg")
    return prepared(head_files, STUDY), cube(head_files)


def planes(page: Any, address: str) -> None:
    """Open the exam and its three planes."""
    opened(page, address)
    page.evaluate("() => document.querySelector('[data-command=mpr]').click()")
    until(page, THREE, 3)


def index_of(page: Any, view: str) -> int:
    return int(page.evaluate("film => document.querySelector(film).dataset.image", film(view))) - 1


def point_of(page: Any, cut: Cube) -> NDArray[np.float64]:
    """Return the point that the three planes have in common, by their numbers alone."""
    first = cut.affine[:3, 3]
    last = first + cut.affine[:3, :3] @ (np.array(cut.values.shape[::-1]) - 1)
    step = cut.affine[2, 2]
    x = last[0] - index_of(page, "sagittal") * cut.affine[0, 0]
    return np.array(
        [x, first[1] + index_of(page, "coronal") * cut.affine[1, 1], first[2] + index_of(page, "axial") * step]
    )


def errors(
    page: Any, view: str, stored: NDArray[np.float64], intercept: float, fits: tuple[int, ...] | None = None
) -> NDArray[np.float64]:
    """Return how far the greys of a plane's middle are from numpy's, at five canvas pixels a pixel.

    ``fits`` is the shape that fills the film now, where it is not the plane's: turned planes keep their scale.
    """
    place = page.locator(f"{film(view)} canvas")
    box = place.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    height, width = fits or stored.shape
    fit = min(box["width"] / width, box["height"] / height)
    factor = 5 / fit
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300 * float(np.log(factor)))
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    seen = canvas(page, f"{film(view)} canvas").astype(float)
    # Where the centre of each pixel of the plane lies on the canvas, the middle of one on the middle of the other.
    across = seen.shape[1] / 2 + (np.arange(stored.shape[1]) + 0.5 - stored.shape[1] / 2) * 5
    along = seen.shape[0] / 2 + (np.arange(stored.shape[0]) + 0.5 - stored.shape[0] / 2) * 5
    columns, rows = (
        np.flatnonzero((across > 3) & (across < seen.shape[1] - 3)),
        np.flatnonzero((along > 3) & (along < seen.shape[0] - 3)),
    )
    wanted = np.round(greys(np.floor(stored + 0.5), *WINDOW, intercept))
    wanted = np.where(np.isnan(stored), 0, wanted)[np.ix_(rows, columns)]
    assert wanted.size > 3000
    difference: NDArray[np.float64] = np.abs(
        seen[np.ix_(along[rows].astype(int), across[columns].astype(int))] - wanted
    )
    return difference


def assert_exact(
    page: Any, view: str, stored: NDArray[np.float64], intercept: float, fits: tuple[int, ...] | None = None
) -> None:
    found = errors(page, view, stored, intercept, fits)
    print(f"{view}: mean absolute error {found.mean():.4f} of {found.size} greys, highest {found.max():.0f}")
    assert found.mean() < 0.05
    assert (found > 1).mean() < 0.002


def test_three_planes_are_those_of_the_volume(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    point = point_of(page, cut)
    assert abs(point - np.array(MIDDLE)).max() <= 0.5
    page.keyboard.press("5")
    until(
        page, "() => [...document.querySelectorAll('.bl')].every(words => words.textContent.includes('Os 2000 / 500'))"
    )
    for view, ways in VIEWS.items():
        stored = cut.plane(ways, point)
        seen = canvas(page, f"{film(view)} canvas")
        whole = np.abs(seen - fitted(greys(stored, *WINDOW, -1024), seen.shape))
        assert whole.mean() < 2.5
        assert_exact(page, view, stored, -1024)


def test_planes_say_what_they_are(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    names = {view: text(page, f"{film(view)} .plane") for view in VIEWS}
    assert names == {"axial": "Axial", "coronal": "Coronal", "sagittal": "Sagittal"}
    letters = {view: [text(page, f"{film(view)} .or-{edge}") for edge in "tblr"] for view in VIEWS}
    assert letters == {"axial": ["A", "P", "R", "L"], "coronal": ["H", "F", "R", "L"], "sagittal": ["H", "F", "A", "P"]}
    marks = {view: text(page, f"{film(view)} .q") for view in VIEWS}
    assert marks == {"axial": "Sans perte", "coronal": "Recalculée", "sagittal": "Recalculée"}
    for view in VIEWS:
        assert "LEFÈVRE" in text(page, f"{film(view)} .tl")
        assert "depuis « Axiale, parties molles »" in text(page, f"{film(view)} .tr")
    assert "Coupes recalculées depuis « Axiale, parties molles »" in text(page, ".volbar .banner")


def test_a_phantom_of_140_slices_is_cut_as_numpy_does(
    page: Any, address: str, made: Made, head: tuple[Prepared, Cube]
) -> None:
    ready, cut = head
    made.series, made.frames = [ready.series], ready.frames
    opened(page, address)
    until(page, "() => document.body.dataset.framesLoaded", "140")
    took = page.evaluate("""async () => {
        const began = performance.now(), films = () => [...document.querySelectorAll('.films-mpr .film')];
        const ready = () => films().filter(film => film.dataset.image).length === 3;
        document.querySelector('[data-command=mpr]').click();
        while (!ready() && performance.now() - began < 20000) await new Promise(next => setTimeout(next, 5));
        return performance.now() - began; }""")  # fmt: skip
    print(f"three planes of 140 × 512 × 512 after {took:.0f} ms")
    until(page, THREE, 3)
    page.keyboard.press("5")
    page.wait_for_timeout(200)
    point = point_of(page, cut)
    for view, ways in VIEWS.items():
        assert_exact(page, view, cut.plane(ways, point), cut.intercept)


def line(page: Any, view: str, letter: str) -> list[float]:
    """Return where the line of another plane begins, in the page."""
    box = page.locator(f"{film(view)} canvas").bounding_box()
    numbers = page.evaluate("line => document.querySelector(line).getAttribute('d').match(/-?[\\d.]+/g).map(Number)",
                            f"{film(view)} .axis.ax-{letter}")  # fmt: skip
    return [box["x"] + numbers[2], box["y"] + numbers[3], box["x"] + numbers[4], box["y"] + numbers[5]]


def test_lines_take_their_planes_along(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    before, sagittal = index_of(page, "coronal"), index_of(page, "sagittal")
    x, y, further, _ = line(page, "axial", "c")
    at = (x + (60 if further > x else -60), y)
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 10, at[1] + 30, steps=4)
    page.mouse.up()
    until(page, f"() => document.querySelector({film('coronal')!r}).dataset.image !== '{before + 1}'")
    page.wait_for_timeout(150)
    assert index_of(page, "coronal") > before
    assert index_of(page, "sagittal") == sagittal
    page.keyboard.press("5")
    page.wait_for_timeout(150)
    assert_exact(page, "coronal", cut.plane(VIEWS["coronal"], point_of(page, cut)), -1024)


def test_a_double_click_brings_all_planes_to_a_point(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    box = page.locator(f"{film('sagittal')} canvas").bounding_box()
    scale = min(box["width"] / 192, box["height"] / 47)
    page.mouse.dblclick(box["x"] + box["width"] / 2 + 20 * scale, box["y"] + box["height"] / 2 - 10 * scale)
    until(page, "() => document.querySelector('.films-mpr .film').dataset.image", str(SLICES // 2 + 1 + 5))
    assert abs(index_of(page, "coronal") - (96 + 20)) <= 1


def test_scrolling_a_plane_moves_its_line(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    before = line(page, "coronal", "a")[1]
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    until(page, "() => document.querySelector('.films-mpr .film').dataset.image", str(SLICES // 2 + 5))
    page.wait_for_timeout(150)
    assert line(page, "coronal", "a")[1] < before - 5  # higher in the head


def test_a_slab_is_the_highest_or_the_mean_of_what_it_holds(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    page.keyboard.press("5")
    point = point_of(page, cut)
    through = [cut.plane(VIEWS["coronal"], point + np.array([0, offset, 0])) for offset in np.arange(10) - 4.5]
    page.click("[data-slab=mip]")
    until(page, f"() => document.querySelector({film('coronal')!r}).textContent.includes('MIP 10 mm')")
    page.wait_for_timeout(200)
    assert_exact(page, "coronal", np.max(through, axis=0), -1024)
    assert text(page, f"{film('axial')} .q") == "Recalculée"
    page.click(f"{film('coronal')} canvas", modifiers=[], position={"x": 5, "y": 120})
    page.keyboard.press("0")
    page.keyboard.press("5")
    page.click("[data-slab=mean]")
    until(page, f"() => document.querySelector({film('coronal')!r}).textContent.includes('Moyenne 10 mm')")
    page.wait_for_timeout(200)
    assert_exact(page, "coronal", np.mean(through, axis=0), -1024)


def turned(way: Sequence[float], degrees: float) -> list[float]:
    """Turn a direction about the body's long axis, from the left to the back."""
    x, y, z = way
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return [x * c - y * s, x * s + y * c, z]


def test_planes_are_turned_by_the_keyboard_and_set_straight(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    point = point_of(page, cut)
    page.keyboard.press("5")
    page.focus(f"{film('axial')} .cross-turn.ax-c[tabindex]")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    until(page, f"() => document.querySelector({film('coronal') + ' .plane'!r}).textContent", "Coronal (oblique)")
    page.wait_for_timeout(250)
    assert text(page, f"{film('axial')} .plane") == "Axial"
    assert text(page, f"{film('coronal')} .or-r") == "LP"
    ways = [turned(way, 15) for way in VIEWS["coronal"]]
    assert_exact(page, "coronal", cut.plane(ways, point), -1024, (47, 256))
    page.click("[aria-label='Plans droits, au centre']")
    until(page, f"() => document.querySelector({film('coronal') + ' .plane'!r}).textContent", "Coronal")


def test_one_window_for_all_planes(page: Any, address: str, cut: Cube) -> None:
    planes(page, address)
    page.click(f"{film('sagittal')} canvas", position={"x": 30, "y": 130})
    page.keyboard.press("6")
    until(
        page,
        "() => [...document.querySelectorAll('.bl')].filter(w => w.textContent.includes('Poumon 1500 / −600')).length",
        3,
    )
    page.keyboard.press("i")
    until(page, "() => [...document.querySelectorAll('.bl')].filter(w => w.textContent.includes('inversée')).length", 3)


def test_leaving_gives_the_images_and_the_memory_back(page: Any, address: str, cut: Cube) -> None:
    opened(page, address)
    workers = len(page.workers)
    press(page, "mpr")
    until(page, THREE, 3)
    assert len(page.workers) == workers + 1
    press(page, "mpr")
    until(page, "() => document.querySelectorAll('.film').length", 1)
    page.wait_for_timeout(100)
    assert len(page.workers) == workers
    assert page.evaluate("() => document.querySelectorAll('.volbar').length") == 0
    press(page, "mpr")
    until(page, THREE, 3)
    page.keyboard.press("2")
    until(page, "() => document.querySelectorAll('.films-2 .film').length", 2)
    assert len(page.workers) == workers


def test_a_missing_image_refuses_the_volume(page: Any, address: str, made: Made, cut: Cube) -> None:
    opened(page, address)
    made.broken = {"1.2.3.3/1"}
    page.reload()
    until(page, "() => document.querySelector('.film')?.dataset.image", str(SLICES // 2 + 1))
    press(page, "mpr")
    until(page, "() => document.querySelector('[data-notice=volume] .notice-title')?.textContent",
          "Le volume ne peut pas être fait : 1 images manquent.")  # fmt: skip
    made.broken = set()
    page.evaluate("() => document.querySelector('[data-notice=volume] button').click()")
    until(page, THREE, 3)


def test_a_tilted_gantry_is_refused_in_words(page: Any, address: str, made: Made, shared_dicom: Path) -> None:
    files = by_height((shared_dicom / "series" / "ct-head-tilt").iterdir())[:8]
    ready = prepared(files, STUDY)
    made.series, made.frames = [ready.series], ready.frames
    opened(page, address)
    for command in ("mpr", "volume"):
        said = page.evaluate("name => { const b = document.querySelector(`[data-command='${name}']`);"
                             " return b.ariaDisabled + ' ' + b.title; }", command)  # fmt: skip
        assert said.startswith("true ")
        assert "statif incliné : les coupes recalculées seraient déformées" in said
    press(page, "mpr")
    assert "statif incliné" in text(page, "[data-notice=why]")
    assert page.evaluate("() => document.querySelectorAll('.film').length") == 1


def test_a_hospital_may_want_none(page: Any, address: str, made: Made, cut: Cube) -> None:
    made.features = {"mpr": False}
    opened(page, address)
    assert page.evaluate("() => document.querySelector('[data-command=mpr]').ariaDisabled") == "true"
    assert page.evaluate("() => document.querySelector('[data-command=volume]').ariaDisabled") is None


@pytest.fixture(params=["as-the-page-chooses", "card"])
def rendering(request: pytest.FixtureRequest, page: Any) -> str:
    """The second time a graphics card draws however slow it is, where there is WebGL 2."""
    if request.param == "card":
        page.add_init_script("sessionStorage.setItem('volume-card', 'always')")
    return str(request.param)


def test_a_volume_is_rendered_turned_and_cropped(page: Any, address: str, cut: Cube, rendering: str) -> None:
    opened(page, address)
    press(page, "volume")
    until(page, DRAWN, "1")
    front = canvas(page, RENDERED)
    assert (front > 60).mean() > 0.05
    assert "Os" in text(page, ".vr-foot")
    assert "Ne pas mesurer sur cette vue" in text(page, ".vr-foot")
    assert "LEFÈVRE" in text(page, ".is-volume .tl")
    assert [text(page, f".vr-or.or-{edge}") for edge in "tblr"] == ["H", "F", "R", "L"]
    box = page.locator(RENDERED).bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 420, box["y"] + 260, steps=5)
    page.mouse.up()
    until(page, DRAWN, "1")
    assert (np.abs(canvas(page, RENDERED).astype(int) - front) > 30).mean() > 0.01
    page.click("[data-view=above]")
    until(page, DRAWN, "1")
    above = canvas(page, RENDERED)
    assert [text(page, f".vr-or.or-{edge}") for edge in "tblr"] == ["A", "P", "L", "R"]
    page.click(".crop summary")
    page.evaluate("() => { const bar = document.querySelector('.crop-box [data-axis=\"0\"][data-end=\"1\"]');"
                  " bar.value = 50; bar.dispatchEvent(new Event('input')); }")  # fmt: skip
    until(page, DRAWN, "1")
    assert (canvas(page, RENDERED) > 60).sum() < 0.75 * (above > 60).sum()


def test_a_rendering_is_saved_with_what_it_is(page: Any, address: str, cut: Cube) -> None:
    opened(page, address)
    press(page, "volume")
    until(page, DRAWN, "1")
    seen = canvas(page, RENDERED)
    page.click("[data-command=save]")
    page.wait_for_selector("#save .save-preview")
    with page.expect_download() as download:
        page.click("#save .btn-main")
    kept = np.asarray(Image.open(download.value.path()).convert("L")).astype(int)
    assert kept.shape[1] == seen.shape[1]
    top = (kept.shape[0] - seen.shape[0]) // 2
    middle = (slice(seen.shape[0] // 3, 2 * seen.shape[0] // 3), slice(seen.shape[1] // 3, 2 * seen.shape[1] // 3))
    shifted = [np.abs(kept[at : at + seen.shape[0]][middle] - seen[middle]).mean() for at in range(top - 40, top + 40)]
    assert min(shifted) < 25, "the rendering stands in the picture"


def test_modes_are_chosen_behind_the_gear(page: Any, address: str, cut: Cube) -> None:
    opened(page, address)
    press(page, "volume")
    until(page, DRAWN, "1")
    bone = canvas(page, RENDERED)
    page.click(".is-volume .fbtn")
    names = page.evaluate(
        "() => [...document.querySelectorAll('.film-menu [role=menuitemradio]')].map(item => item.textContent)"
    )
    assert names == ["Os", "Tissus mous", "Vaisseaux", "Poumon et bronches", "Projection maximale (MIP)"]
    page.click("[data-mode=mip]")
    until(page, DRAWN, "1")
    assert (canvas(page, RENDERED) != bone).any()
    assert "Projection maximale (MIP)" in text(page, ".vr-foot")
    page.keyboard.press("Escape")
    until(page, "() => document.querySelectorAll('.is-volume').length", 0)


def test_a_lost_card_leaves_the_rendering_to_the_processor(page: Any, address: str, cut: Cube) -> None:
    page.add_init_script("""sessionStorage.setItem('volume-card', 'always');
        const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (...asked) {
            const made = get.apply(this, asked);
            if (asked[0] === 'webgl2' && made) window.card = made;
            return made; };""")
    opened(page, address)
    press(page, "volume")
    until(page, DRAWN, "1")
    if not page.evaluate("() => !!window.card"):
        assert "Calculé sans carte graphique" in text(page, ".vr-foot"), "without WebGL 2 there is no card to lose"
        return
    page.evaluate("() => window.card.getExtension('WEBGL_lose_context').loseContext()")
    until(page, "() => document.querySelector('[data-notice=volume-cpu] .notice-title')?.textContent",
          "La carte graphique ne répond plus ; le rendu continue par le processeur.")  # fmt: skip
    until(page, DRAWN, "1")
    assert (canvas(page, RENDERED) > 60).mean() > 0.05


def test_slices_of_different_scales_are_brought_to_one(page: Any, address: str, made: Made, cut: Cube) -> None:
    assert made.series is not None
    for number, image in enumerate(made.series[0]["images"]):
        image["slope"] = 0.5 if number % 2 else 1.0
    scaled = np.array([np.floor(one * 0.5 + 0.5) if number % 2 else one for number, one in enumerate(cut.values)])
    planes(page, address)
    assert "ramenées à une seule" in text(page, "[data-notice=volume-scale]")
    page.keyboard.press("5")
    page.wait_for_timeout(200)
    other = Cube(scaled, cut.affine, cut.spacing_mm, cut.intercept)
    assert_exact(page, "sagittal", other.plane(VIEWS["sagittal"], point_of(page, cut)), -1024)


def test_a_small_device_gets_a_smaller_volume_and_is_told(page: Any, address: str, cut: Cube) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'deviceMemory', { value: 0.015 })")
    planes(page, address)
    assert "2 × 2 pixels en font un" in text(page, "[data-notice=volume-reduced]")
    assert text(page, f"{film('axial')} .q") == "Recalculée"
    joined = cut.values.reshape(SLICES, 96, 2, 128, 2).mean(axis=(2, 4))
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -127.5, -95.5, 0
    small = Cube(np.floor(joined + 0.5), affine, 2.0, -1024.0)
    page.keyboard.press("5")
    page.wait_for_timeout(200)
    assert_exact(page, "axial", small.plane(VIEWS["axial"], point_of(page, small)), -1024)


def test_what_is_no_scanner_is_rendered_by_its_own_range(page: Any, address: str, made: Made, cut: Cube) -> None:
    assert made.series is not None
    made.series[0]["modality"] = "MR"
    for image in made.series[0]["images"]:
        image |= {"unit": None, "intercept": 0.0, "windows": []}
    opened(page, address)
    press(page, "volume")
    until(page, DRAWN, "1")
    names = page.evaluate("() => [...document.querySelectorAll('[data-mode]')].map(item => item.textContent)")
    assert names == ["Tissus mous", "Vaisseaux", "Projection maximale (MIP)"]
    assert "à partir de 12 % des valeurs" in text(page, ".vr-foot")
    assert (canvas(page, RENDERED) > 40).mean() > 0.05


def test_axe_finds_no_fault(browser: Any, address: str, cut: Cube) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    # axe is a script of its own; the policy of the page lets no other in.
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR", bypass_csp=True)
    page = context.new_page()

    def faults() -> list[str]:
        found = axe.run(page, options=rules).response["violations"]
        return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]

    planes(page, address)
    assert faults() == []
    press(page, "volume")
    until(page, DRAWN, "1")
    page.click(".crop summary")
    page.click(".is-volume .fbtn")
    assert faults() == []
    context.close()
