"""Pictures kept in memory: drawn once, and never more than there is room for."""

from webui.dicomweb.kept import Kept


def test_a_picture_is_drawn_once_while_there_is_room() -> None:
    kept, drawn = Kept(100), []

    def picture(name: str, size: int) -> bytes:
        return kept.get(name, lambda: drawn.append(name) or name.encode() * size)

    assert picture("a", 40) == picture("a", 40) == b"a" * 40
    picture("b", 40)
    picture("a", 40)
    assert drawn == ["a", "b"]
    picture("c", 40)  # "b" was asked for longest ago
    picture("a", 40)
    assert drawn == ["a", "b", "c"]
    assert picture("b", 40) == b"b" * 40
    assert drawn == ["a", "b", "c", "b"]
    assert picture("huge", 200) == b"huge" * 200
    picture("a", 40)
    picture("a", 40)
    assert drawn == ["a", "b", "c", "b", "huge", "a"]
