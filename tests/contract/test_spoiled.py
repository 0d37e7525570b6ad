"""One wrong place in a right answer: every decoder refuses it, or tells exactly what is written down."""

from __future__ import annotations

from contract.spoiling import (
    digest,
    find_places,
    find_value,
    flatten,
    list_wrongs,
    load_rows,
    parse_pointer,
    print_pointer,
    spoil,
    spoiled,
    still,
    tell,
)

from recovery.checks import Found
from recovery.demo.fixtures import Fixture
from recovery.networks import Network


def test_a_spoiled_answer_becomes_what_is_written_down(
    found: Found, fixture: Fixture, row: Network
) -> None:
    """Wrong rows here after a change that was meant: ``python -m contract.spoiling FAMILY`` shows them all."""
    raw, truth = still(found.raw), flatten(found.evidence)
    differences = []
    rows = load_rows(row.family)[fixture.name]
    assert digest(truth) == rows.pop("")["right"], truth
    for pointer, outcomes in rows.items():
        place = parse_pointer(pointer)
        wrongs = list_wrongs(find_value(raw.answers, place))
        assert wrongs.keys() == outcomes.keys(), pointer
        for name, expected in outcomes.items():
            told = tell(row, spoiled(raw, place, wrongs[name]), truth)
            if told != expected:
                differences.append(f"{pointer} {name}\n  was: {expected}\n  now: {told}")
    assert not differences, "\n".join(differences[:10])


def test_spoiling_changes_one_place_and_leaves_the_answer_alone() -> None:
    answer = {"a": [{"b": 1}, {"b": 2}], "c": None}
    assert spoil(answer, ("a", 1, "b"), "x") == {"a": [{"b": 1}, {"b": "x"}], "c": None}
    assert answer == {"a": [{"b": 1}, {"b": 2}], "c": None}
    assert [place for place, _ in find_places(answer)] == [
        ("a",), ("a", 0), ("a", 0, "b"), ("a", 1), ("a", 1, "b"), ("c",),
    ]  # fmt: skip


def test_a_place_is_found_again_by_its_pointer() -> None:
    answer = {"a/b": [{"~c": 1}]}
    (_, _, (place, value)) = find_places(answer)
    assert print_pointer(place) == "a~1b/0/~0c"
    assert find_value(answer, parse_pointer(print_pointer(place))) == value == 1
