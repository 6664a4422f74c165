"""Lists of sales as people write them: what is read, what is at fault, and that no line is lost or made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.flows.batches.line_values import Line
from bot.dialogue.flows.batches.lines import cells_of, is_list, read_lines, rows_of
from bot.dialogue.flows.batches.names import named_rows
from bot.dialogue.parsing.titles import Rows
from bot.domain.catalog import WOYOFAL, Catalog

A, B = "14123456789", "14555666777"


def only(text: str) -> Line:
    lines = read_lines(rows_of(text), WOYOFAL)
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize(
    ("text", "amount_xof", "name"),
    [
        (f"{A};5000;Awa", 5000, "Awa"),
        (f"{A} ; 5 000 F CFA ; Awa Ndiaye", 5000, "Awa Ndiaye"),
        (f"{A};5000", 5000, ""),
        (f"{A};5000;;", 5000, ""),
        (f"{A}\t5000\tAwa", 5000, "Awa"),
        (f"{A}|5000|Awa", 5000, "Awa"),
        (f"{A},5000,Awa", 5000, "Awa"),
        (f"{A},5,000,Awa", 5000, "Awa"),
        (f"{A},500,000,Awa", 500000, "Awa"),
        (f"{A},1500,Awa", 1500, "Awa"),
        ("14,123,456,789;5000;Awa", 5000, "Awa"),
        (f"{A}  5000  Awa", 5000, "Awa"),
        (f"{A} 5000 Awa Ndiaye", 5000, "Awa Ndiaye"),
        ("14 1234 567 89 5 000 Awa", 5000, "Awa"),
        ("14 1234 567 89;5.000;Awa", 5000, "Awa"),
        (f"{A} 5k Awa", 5000, "Awa"),
        (f"{A} 5 mille Awa", 5000, "Awa"),
        (f"{A};5000F;Awa", 5000, "Awa"),
        (f"w {A} 5000", 5000, ""),
        (f"woyofal {A} 5000 Awa", 5000, "Awa"),
        (f"woyofal;{A};5000;Awa", 5000, "Awa"),
        # Any order, where the cells tell by themselves.
        (f"Awa;{A};5000", 5000, "Awa"),
        (f"5000;{A};Awa", 5000, "Awa"),
        (f"Awa;5000;{A}", 5000, "Awa"),
        (f"Awa {A} 5000", 5000, "Awa"),
        (f"{A} Awa 5000", 5000, "Awa"),
        (f"{A} 5000 Maison 2", 5000, "Maison 2"),
        (f"1;{A};5000;Awa", 5000, "Awa"),
        # Of two figures one is no amount.
        (f"7;{A};5000", 5000, "7"),
        # As spreadsheets write.
        (f"{A}.0;5000.0;Awa", 5000, "Awa"),
        (f"'{A};5000;Awa", 5000, "Awa"),
        ("１４１２３４５６７８９;５０００;Awa", 5000, "Awa"),
    ],
)
def test_a_line_that_can_be_bought(text: str, amount_xof: int, name: str) -> None:
    line = only(text)
    assert (line.fault, line.reference, line.amount_xof, line.name) == ("", A, amount_xof, name)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (";5000;Awa", "no_meter"),
        ("Awa", "no_meter"),
        ("Total;;190000", "no_meter"),
        ("abc;5000;Awa", "no_meter"),
        (f"{A};;Awa", "no_amount"),
        (A, "no_amount"),
        (f"{A};abc;Awa", "bad_amount"),
        (f"{A};-5000;Awa", "bad_amount"),
        (f"{A};2 maisons;Awa", "bad_amount"),
        (f"{A};5000 7000;Awa", "bad_amount"),
        (f"{A};999;Awa", "too_small"),
        (f"{A};0;Awa", "too_small"),
        (f"{A};500001;Awa", "too_large"),
        ("1.41235E+10;5000;Awa", "rounded"),
        ("1,41235E+10;5000;Awa", "rounded"),
        ("14 123 456 789 5000 5000", "unclear"),
    ],
)
def test_a_line_at_fault(text: str, fault: str) -> None:
    assert only(text).fault == fault


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("senelec;210278816", ("senelec", "210278816", 0, "", "", "")),
        ("senelec 210278816", ("senelec", "210278816", 0, "", "", "")),
        ("senelec 210278816 18 450", ("senelec", "210278816", 18_450, "", "", "")),
        ("Senelec ; 210278816 ; 18 450 F ; Awa Ba", ("senelec", "210278816", 18_450, "Awa Ba", "", "")),
        ("5000;senelec;210278816", ("senelec", "210278816", 5_000, "", "", "")),
        ("210278816;seneau;Awa", ("seneau", "210278816", 0, "Awa", "", "")),
        ("sen eau 123456789", ("seneau", "123456789", 0, "", "", "")),
        (f"{A};5000;SenEau", ("seneau", A, 5_000, "", "", "")),
        ("Awa;senelec", ("senelec", "", 0, "Awa", "Awa", "no_meter")),
        ("awa ba senelec", ("senelec", "", 0, "awa ba", "awa ba", "no_meter")),
        # Where one figure may be the reference or the amount, nothing is guessed.
        ("Awa;senelec;18450", ("senelec", "", 0, "Awa", "", "unclear")),
        ("Awa seneau 1845", ("seneau", "", 0, "Awa", "", "unclear")),
        ("senelec;1;2;3", ("senelec", "", 0, "", "", "unclear")),
        ("senelec;18450", ("senelec", "18450", 0, "", "", "length")),
        ("senelec;210278816;0", ("senelec", "", 0, "", "", "bad_amount")),
        ("senelec;210278816;1;5", ("senelec", "", 0, "", "", "unclear")),
        ("senelec;210278816;1.5.7", ("senelec", "", 0, "", "", "bad_amount")),
        (";senelec;", ("senelec", "", 0, "", "", "no_meter")),
    ],
)
def test_a_line_of_a_bill(text: str, line: tuple[str, str, int, str, str, str]) -> None:
    read = only(text)
    assert (read.service, read.reference, read.amount_xof, read.name, read.named, read.fault) == line


def test_bills_repeat_whatever_amount_is_written() -> None:
    lines = read_lines(rows_of("senelec;210278816\nsenelec;210278816;18450\nseneau;210278816"), WOYOFAL)
    assert [(line.fault, line.repeats) for line in lines] == [("", None), ("repeats", 1), ("", None)]
    assert is_list("senelec 210278816\nsenelec 210278817", WOYOFAL)
    assert not is_list("senelec\n210278816", WOYOFAL)


def test_limits_are_inside() -> None:
    assert [only(f"{A};{amount}").fault for amount in (1000, 500000)] == ["", ""]


def test_what_was_said_before_is_at_fault_unless_the_amount_is_another() -> None:
    lines = read_lines(
        rows_of(f"{A};5000;Awa\n{B};5000\n{A} 5 000 encore\n{A};6000\n000{A};5000\n{A};999\n{A};999"), WOYOFAL
    )
    assert [(line.fault, line.repeats) for line in lines] == [
        ("", None),
        ("", None),
        ("repeats", 1),
        ("", None),
        ("repeats", 1),
        ("too_small", None),
        ("too_small", None),
    ]


@pytest.mark.parametrize(
    "title",
    [
        "N°;Montant (F CFA);Numéro de compteur;Prénom;Nom",
        "no;amount;meter number;first name;last name",
        "#;MONTANT;COMPTEUR;CLIENT;NOM",
    ],
)
def test_titles_say_which_column_is_which(title: str) -> None:
    lines = read_lines(rows_of(f"{title}\n1;5000;{A};Awa;Diop\n\n2;6000;{B};Modou;\n3;7000;;;"), WOYOFAL)
    assert [(line.number, line.reference, line.amount_xof, line.name, line.fault) for line in lines] == [
        (1, A, 5000, "Awa Diop", ""),
        (2, B, 6000, "Modou", ""),
        (3, "", 7000, "", "no_meter"),
    ]


def test_a_heading_above_the_titles_is_no_line() -> None:
    rows: Rows = (("Ventes du jour",), (), ("Compteur", "Montant"), (A, "5000"))
    assert [line.reference for line in read_lines(rows, WOYOFAL)] == [A]
    # But whatever has a figure above them is one.
    rows = (("Ventes du 24",), ("Compteur", "Montant"), (A, "5000"))
    assert len(read_lines(rows, WOYOFAL)) == 3


def test_a_service_column() -> None:
    lines = read_lines(rows_of(f"service;compteur;montant\nwoyofal;{A};5000\nsenelec;{B};5000"), WOYOFAL)
    assert [(line.fault, line.service) for line in lines] == [("", "woyofal"), ("", "senelec")]
    lines = read_lines(
        rows_of("nom;service;compteur;montant\nAwa;seneau;4501;\nAwa;seneau;;2500\n;seneau;;\n"), WOYOFAL
    )
    assert [(line.reference, line.amount_xof, line.named, line.fault) for line in lines] == [
        ("4501", 0, "", ""),
        ("", 2_500, "Awa", "no_meter"),
        ("", 0, "", "no_meter"),
    ]


def test_a_file_of_one_column_is_parted_like_a_text() -> None:
    assert read_lines(((f"{A} 5000 Awa",), (f"{B};6000",)), WOYOFAL)[1].amount_xof == 6000


def test_long_names_and_lines_are_cut() -> None:
    line = only(f"{A};5000;{'x' * 500}")
    assert len(line.name) == 60
    assert len(line.written) == 120


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{A};5000\n{B};6000", True),
        (f"{A} 5000 Awa\nBoutique 14555666777 6000", True),
        (f"Liste\n{A};5000", True),
        ("compteur;montant\n12345;5000", True),
        (f"{A};5000", False),
        (f"{A}\n5000", False),
        ("bonjour\ncomment ça va ?", False),
        ("12345 5000\n12346 6000", False),
        ("compteur;montant", False),
        ("", False),
    ],
)
def test_what_is_meant_as_a_list(text: str, expected: bool) -> None:
    assert is_list(text, WOYOFAL) is expected


_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
CELLS = st.text(st.characters(codec="utf-8", exclude_characters=_LINE_ENDS), max_size=20)
METERS = st.integers(10**10, 10**11 - 1).map(str)
GOOD = st.tuples(METERS, st.integers(1000, 500_000).map(str), st.sampled_from(("Awa", "Modou Fall", "")))


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=30))
def test_every_row_that_is_not_empty_is_one_line(rows: list[tuple[str, str, str]]) -> None:
    given_rows = tuple(tuple(cell.strip() for cell in row) for row in rows)
    lines = read_lines(given_rows, WOYOFAL)
    there = [row for row in given_rows if any(row)]
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    # Without titles nothing is left out; these cells make none.
    assert len(lines) == len(there)
    for line in lines:
        assert line.fault or (len(line.reference) >= 4 and 1000 <= line.amount_xof <= 500_000)


@given(st.lists(GOOD, min_size=1, max_size=60), st.sampled_from((";", "\t", "|", ",", "  ", " ")))
def test_sums_are_what_was_written(rows: list[tuple[str, str, str]], mark: str) -> None:
    text = "\n".join(mark.join(part for part in row if part) for row in rows)
    lines = read_lines(rows_of(text), WOYOFAL)
    assert len(lines) == len(rows)
    assert sum(line.amount_xof for line in lines) == sum(int(amount) for _, amount, _ in rows)
    assert [line.reference for line in lines] == [meter for meter, _, _ in rows]
    bought = {(line.reference, line.amount_xof) for line in lines if not line.fault}
    assert bought == {(meter, int(amount)) for meter, amount, _ in rows}
    assert sum(not line.fault for line in lines) == len(bought)


@given(st.text(max_size=200))
def test_any_text_is_read_without_falling_over(text: str) -> None:
    for line in text.splitlines():
        cells_of(line)
    is_list(text, WOYOFAL)
    assert len(read_lines(rows_of(text), WOYOFAL)) <= len(text.splitlines())


# Names instead of meters.


def called(text: str) -> list[tuple[str, int, str]]:
    return [(line.named, line.amount_xof, line.fault) for line in read_lines(rows_of(text), WOYOFAL)]


def test_a_line_may_name_a_client_instead_of_a_meter() -> None:
    assert called("Bocar ; 3000\n5000;Fatou Diop\nawa deux mille\nBoutique 2 ; 10 000\nVieux Sarr 500") == [
        ("Bocar", 3000, "no_meter"),
        ("Fatou Diop", 5000, "no_meter"),
        ("awa", 2000, "no_meter"),
        ("Boutique 2", 10_000, "no_meter"),
        ("Vieux Sarr", 500, "too_small"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "1412;5000;Fama",
        "5000",
        "Bocar",
        "Bocar 3000 awa 2000",
        "771234567 Bocar 3000",
        "senelec;210278816;5000",
        "b 3000",
    ],
)
def test_a_line_with_another_figure_or_without_a_name_names_nobody(line: str) -> None:
    assert called(line)[0][0] == ""


def test_titles_without_meters_head_a_list_of_names() -> None:
    assert called("Nom;Montant\nBocar;3000\n;2000") == [("Bocar", 3000, "no_meter"), ("", 2000, "no_meter")]


@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("bocar 3000, awa 2000", 2),
        ("bocar 3000;awa 2000 ; fatou 1 000", 3),
        ("bocar cinq mille et awa deux mille", 2),
        ("bocar 3,000, awa 2,000", 2),
        ("Bocar ; 3000\nAwa ; 2000\nqui ?", 3),
        ("bocar\n3000", 0),
        ("fatou, 5000", 0),
        ("bocar 3000 awa 2000", 0),
        ("bocar 3000, merci", 0),
        ("je voudrais 2000, c'est pour ma mère", 0),
    ],
)
def test_several_names_with_amounts_are_a_list(text: str, many: int) -> None:
    assert len(named_rows(text, Catalog())) == many
