"""DICOM JSON (PS3.18 Annex F) of an instance, as received, with bulk data by reference.

One pass over the data set. Values that cannot be expressed are given without value rather than
refused; sequences deeper than `DEPTH_LIMIT` are cut. Pixel data is never read.
"""

import base64
import math
from typing import TypeAlias
from urllib.parse import quote

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from appliance.dicom.elements import FOREIGN_ERRORS
from appliance.dicom.header import transfer_syntax_of
from appliance.dicom.plain_elements import Json, JsonElement, plain_element

JsonDataset: TypeAlias = dict[str, JsonElement]

#: Binary values longer than this are given by reference.
INLINE_LIMIT_BYTES = 1024
DEPTH_LIMIT = 32
_BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW"})
_PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})


def instance_json(dataset: FileDataset, instance_path: str) -> JsonDataset:
    """Return the instance in the DICOM JSON model, without its pixel data: see `with_pixels`.

    Parameters
    ----------
    instance_path
        Path-absolute address of the instance, e.g. ``/dicom-web/studies/1/series/2/instances/3``;
        a BulkDataURI is relative to it: ``{instance_path}/bulkdata/{tag path}``.
    """
    described = _dataset(dataset, f"{instance_path}/bulkdata", 0)
    described["00020010"] = {"vr": "UI", "Value": [transfer_syntax_of(dataset)]}
    described.pop("7FE00010", None)
    return dict(sorted(described.items()))


def with_pixels(described: JsonDataset, instance_path: str) -> JsonDataset:
    """Return what `instance_json` says with (7FE0,0010) announced, which is never read for it."""
    pixels: JsonElement = {"vr": "OW", "BulkDataURI": f"{instance_path}/bulkdata/7FE00010"}
    return dict(sorted({**described, "7FE00010": pixels}.items()))


def bulk_value(dataset: Dataset, tag_path: str) -> bytes | None:
    """Return the bytes that a BulkDataURI ending in `tag_path` names, or None.

    `tag_path` is ``00420011`` or, inside sequences, ``00409096.0.00281053``: tag, item from 0, tag.
    """
    current: Dataset = dataset
    steps = tag_path.split(".")
    try:
        for tag, item in zip(steps[:-1:2], steps[1::2], strict=True):
            current = current[BaseTag(int(tag, 16))].value[int(item)]
        value = current[BaseTag(int(steps[-1], 16))].value
    except FOREIGN_ERRORS:
        return None
    return value if isinstance(value, bytes) else None


def _dataset(dataset: Dataset, bulk_path: str, depth: int) -> JsonDataset:
    described: JsonDataset = {}
    for tag in list(dataset.keys()):
        if tag.element == 0 or tag.group < 0x0008 or tag in _PIXEL_TAGS:
            continue
        try:
            described[f"{tag:08X}"] = plain_element(dataset.get_item(tag)) or _element(dataset, tag, bulk_path, depth)
        except FOREIGN_ERRORS:
            described[f"{tag:08X}"] = {"vr": _declared_vr(dataset, tag)}
    return described


def _declared_vr(dataset: Dataset, tag: BaseTag) -> str:
    try:
        element = dataset.get_item(tag)
    except FOREIGN_ERRORS:
        return "UN"
    vr = element.VR
    return str(vr) if len(str(vr)) == 2 else "UN"


def _element(dataset: Dataset, tag: BaseTag, bulk_path: str, depth: int) -> JsonElement:
    element = dataset[tag]
    key = f"{tag:08X}"
    if isinstance(element.value, Sequence):
        if depth >= DEPTH_LIMIT:
            return {"vr": "SQ"}
        separator = "/" if depth == 0 else "."
        return {"vr": "SQ", "Value": [
            dict(_dataset(item, f"{bulk_path}{separator}{key}.{index}", depth + 1))
            for index, item in enumerate(element.value)]}
    if element.VR in _BINARY_VRS or isinstance(element.value, bytes):
        return _binary(element, f"{bulk_path}{'/' if depth == 0 else '.'}{key}")
    described: JsonElement = element.to_json_dict(None, 0)
    given = described.get("Value")
    if element.VR in ("FL", "FD", "OF", "OD") and isinstance(given, list):
        described["Value"] = [_number(value) for value in given]
    return described


def _number(value: Json) -> Json:
    """JSON has no NaN: PS3.18 F.2.3 writes what is not finite as a text."""
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def _binary(element: DataElement, address: str) -> JsonElement:
    vr = element.VR if len(element.VR) == 2 else "OW"
    value = element.value
    if not isinstance(value, bytes) or not value:
        return {"vr": vr}
    if len(value) > INLINE_LIMIT_BYTES:
        return {"vr": vr, "BulkDataURI": quote(address)}
    return {"vr": vr, "InlineBinary": base64.b64encode(value).decode("ascii")}
