"""First names: the vectors of the rule, and what no vector shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import names
from appliance.domain.errors import Malformed

VECTORS = [
    ("Jean-Pierre", "MARTIN^JEAN PIERRE", 0, 1), ("jean pierre", "MARTIN^JEAN-PIERRE", 0, 1),
    ("JEANPIERRE", "MARTIN^Jean-Pierre", 0, 1), ("Jean", "MARTIN^JEAN-PIERRE", 0, 1),
    ("Jean-Pierre", "MARTIN^JEAN", 0, 1), ("Pierre", "MARTIN^JEAN PIERRE MARIE", 0, 1),
    ("Jeanne", "MARTIN^JEAN", 0, 0), ("Jean", "MARTIN^JEANNE", 0, 0), ("Pierre Jean", "MARTIN^JEAN PIERRE", 0, 0),
    ("Éloïse", "LEROY^ELOISE", 0, 1), ("ELOÏSE", "LEROY^E\u0301loi\u0308se", 0, 1), ("Maëlys", "ROY^MAELYS", 0, 1),
    ("Cœur", "DURAND^COEUR", 0, 1), ("Lætitia", "DURAND^LAETITIA", 0, 1), ("Letitia", "DURAND^LAETITIA", 0, 0),
    ("M'Hamed", "BENALI^M HAMED", 0, 1), ("Mhamed", "BENALI^M’HAMED", 0, 1), ("N’Golo", "KANTE^NGOLO", 0, 1),
    ("Straßer", "X^STRASSER", 0, 1), ("Søren", "Y^SOREN", 0, 1), ("Łukasz", "Z^LUKASZ", 0, 1),
    ("Thị Ngọc", "NGUYEN^THI NGOC ANH", 0, 1), ("Ngoc Anh", "NGUYỄN^Thị Ngọc Ánh", 0, 1),
    ("Thi", "NGUYEN^THI NGOC ANH", 0, 0), ("Đức", "TRAN^DUC", 0, 1), ("de", "COSTA^MARIA DE LURDES", 0, 0),
    ("Maria de Lurdes", "COSTA^MARIA DE LURDES", 0, 1), ("Anne", "PETIT^MME ANNE", 0, 1),
    ("Marie", "PETIT^CLAIRE^MARIE", 0, 1), ("Claire", "PETIT^CLAIRE^MARIE^^MME", 0, 1), ("J", "PETIT^J", 0, 1),
    ("J", "PETIT^JEAN", 0, 0), ("太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", 0, 1),
    ("Tarou", "Yamada^Tarou=山田^太郎=やまだ^たろう", 0, 1),
    ("Christophe-Alexandre", "DE LA ROCHEFOUCAULD MONTBEL DE SAINT AUBIN^JEAN CHRISTOPHE-ALE", 1, 0),
    ("Jean-Christophe-Alexandre", "DE LA ROCHEFOUCAULD^JEAN CHRISTOPHE ALEX", 1, 1), ("Bébé", "DUPONT^BEBE", 0, 0),
    ("Dupont", "DUPONT JEAN", 0, 0), ("Saïd", "B^SAID", 0, 1), ("Ange-Marie ", "C^ANGE  MARIE", 0, 1),
    ("Marie\u2011Ève", "C^MARIE-EVE", 0, 1),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "recorded", "cut", "accepted"), VECTORS)
def test_a_first_name_is_accepted_as_the_rule_says(typed, recorded, cut, accepted):
    lists = names.given_lists(recorded)
    assert any(names.matches(names.typed(typed), given, cut=bool(cut)) for given in lists) is bool(accepted)


def test_a_record_cut_within_a_short_last_name_says_too_little():
    assert not names.matches(names.typed("Jean-Christian"), ("JEAN", "CHR"), cut=True)


@pytest.mark.parametrize("text", ["", "   ", "-'", "x" * 65, "a b c d e f g h i"])
def test_nothing_or_too_much_is_malformed(text):
    with pytest.raises(Malformed, match="given_name"):
        names.typed(text)


@pytest.mark.parametrize("recorded", ["DUPONT", "DUPONT^", "DUPONT^X", "DUPONT^Inconnu", "DUPONT^NOUVEAU NE", "^^^"])
def test_the_desk_is_asked_when_the_record_has_no_first_name(recorded):
    assert names.needs_given_name(recorded)


def test_a_record_with_a_first_name_asks_nobody():
    assert not names.needs_given_name("DUPONT^Anne")


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=2, max_size=20))
def test_a_name_opens_itself_whatever_its_case_and_accents(text):
    folded = names.fold(text)
    if folded and not names.is_placeholder(folded):
        assert names.matches(names.fold(text.upper()), folded) or names.fold(text.upper()) != folded


@given(st.text(max_size=200))
def test_any_text_folds_without_a_fault(text):
    assert all(token.isalpha() or token for token in names.fold(text))
