"""What a saved presentation asks, read from a real one and from broken ones."""

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from appliance.dicom.presentation_states import Drawing, Presented, presentation_state

IMAGE = ("1.3.46.670589.33.1.272601309984837964.32125363861510980821", None)


@pytest.fixture
def saved(shared_dicom: Path) -> Dataset:
    return dcmread(shared_dicom / "gsps" / "bone-window-annotated.dcm")


def test_a_bone_window_with_a_line_and_words(saved: Dataset) -> None:
    state = presentation_state(saved)
    assert state is not None
    assert (state.label, state.made_on, state.images) == ("CLE", "20261124", (IMAGE,))
    assert state.windows == (Presented((), 600.0, 2800.0),)
    assert (state.slope, state.intercept, state.inverted, state.rotation, state.flipped) == (1, -1024, False, 0, False)
    assert state.drawings == (
        Drawing((IMAGE,), "polyline", (100.0, 100.0, 200.0, 150.0), relative=False),
        Drawing((IMAGE,), "text", (100.0, 90.0, 220.0, 110.0), relative=False, text="Mesure 12 mm"),
    )


def test_turns_mirrors_inversion_and_shares_of_the_area(saved: Dataset) -> None:
    saved.ImageRotation, saved.ImageHorizontalFlip, saved.PresentationLUTShape = 270, "Y", "INVERSE"
    saved.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicAnnotationUnits = "DISPLAY"
    state = presentation_state(saved)
    assert state is not None
    assert (state.rotation, state.flipped, state.inverted) == (270, True, True)
    assert [one.relative for one in state.drawings] == [True, False]


def test_what_is_broken_is_left_out_and_the_rest_kept(saved: Dataset) -> None:
    line = saved.GraphicAnnotationSequence[0].GraphicObjectSequence[0]
    line.GraphicData = [1.0, 2.0, 3.0]
    saved.ImageRotation = 45
    saved.SoftcopyVOILUTSequence[0].WindowWidth = "0"
    state = presentation_state(saved)
    assert state is not None
    assert [one.kind for one in state.drawings] == ["text"]
    assert (state.rotation, state.windows) == (0, ())
    del saved.ReferencedSeriesSequence
    assert presentation_state(saved) is None
    assert presentation_state(Dataset()) is None
