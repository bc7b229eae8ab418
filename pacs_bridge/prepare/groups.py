"""Attributes of a frame, wherever they stand."""

from pydicom.dataset import Dataset, FileDataset

from appliance.dicom.elements import first_item, items


class Groups:
    """Attributes of a frame: its functional groups (PS3.3 C.7.6.16), then the data set itself."""

    def __init__(self, dataset: FileDataset) -> None:
        self._dataset = dataset
        self._shared = first_item(dataset, "SharedFunctionalGroupsSequence")
        self._frames = list(items(dataset, "PerFrameFunctionalGroupsSequence"))

    def item(self, index: int, sequence: str, keyword: str) -> Dataset:
        """Return the data set that holds `keyword` for frame `index` (from 0)."""
        for holder in self._holders(index):
            found = first_item(holder, sequence)
            if found is not None and keyword in found:
                return found
        return self._dataset

    def group(self, index: int, sequence: str) -> Dataset | None:
        """Return the first item of a functional group of frame `index` (from 0), None without one."""
        return next((found for holder in self._holders(index)
                     if (found := first_item(holder, sequence)) is not None), None)

    def _holders(self, index: int) -> list[Dataset]:
        holders = [self._frames[index]] if index < len(self._frames) else []
        return holders if self._shared is None else [*holders, self._shared]
