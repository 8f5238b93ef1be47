"""Recorded calls as CSV, and who keeps them as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unicall.behave.records import COLUMNS, REQUIRED, CallRecord, moment, number_or_text, outcome_of, read, read_csv
from unicall.numbers import e164
from unicall.problem import DocumentError, FlowError

HEADER = (
    "call_id,call_started,caller_id,phone_number,ring_to,disposition,duration,provisioned_route_id,default_ring_to,is_outbound\n"
)
ROW = "41,2026-02-14T18:20:12Z,18015550199,8015550122,+18015550151,NO ANSWER,12,1022,sip:192.0.2.10,no\n"
RECORD = CallRecord(
    id="41", started=datetime(2026, 2, 14, 18, 20, 12, tzinfo=UTC), caller="+18015550199", dialled="+18015550122",
    rang="+18015550151", disposition="NO ANSWER", outcome="no_answer", seconds=12, flow="1022", default_rang="sip:192.0.2.10",
)  # fmt: skip


def csv_of(**cells: str) -> str:
    """A file of one call that has the required columns, and these."""
    row = {"call_started": "2026-02-14T18:20:12Z", "caller_id": "", "phone_number": "", "ring_to": "", "disposition": "", **cells}
    return ",".join(row) + "\n" + ",".join(row.values()) + "\n"


def refused(run: Any) -> list[str]:
    """What a refusal says, one line for each error."""
    with pytest.raises(DocumentError) as error:
        run()
    return [str(one) for one in (error.value, *error.value.others)]


def test_a_row_is_a_call_record() -> None:
    assert read_csv(HEADER + ROW) == (RECORD,)


def test_text_that_is_no_json_is_read_as_csv() -> None:
    assert read(HEADER + ROW) == read((HEADER + ROW).encode("utf-8-sig")) == (RECORD,)


def test_columns_may_stand_in_any_order_among_others() -> None:
    names = HEADER.strip().split(",")
    cells = ROW.strip().split(",")
    text = "\n".join([",".join([*reversed(names), "agent"]), ",".join([*reversed(cells), "Alex"])])
    assert read_csv(text) == (RECORD,)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_columns_may_be_divided_otherwise(delimiter: str) -> None:
    assert read_csv((HEADER + ROW).replace(",", delimiter)) == (RECORD,)


def test_only_what_a_replay_needs_is_required() -> None:
    (record,) = read_csv(csv_of())
    assert record == CallRecord(None, RECORD.started, None, None, None, "", None, None, None, None)
    assert set(REQUIRED) < set(COLUMNS)


def test_a_file_of_a_header_alone_holds_no_call_and_empty_lines_are_none() -> None:
    assert read_csv(HEADER) == ()
    assert read_csv(f"\n{HEADER}\n{ROW}\n\n") == (RECORD,)


def test_a_cell_may_hold_line_breaks_and_errors_name_the_line_where_the_row_begins() -> None:
    text = HEADER + '1,x,"two\nlines",,,,,,,\n' + "2,y,,,,,,,,\n"
    assert refused(lambda: read_csv(text, "calls.csv")) == [
        'calls.csv: line 2, column call_started: expected a time in ISO 8601, got "x"',
        'calls.csv: line 4, column call_started: expected a time in ISO 8601, got "y"',
    ]


def test_all_errors_of_a_file_come_in_one() -> None:
    text = HEADER + "1,,,,,,-3,,,\n" + ROW + "2,2026-02-14T18:20:12Z,,,,,many,,,perhaps\n3,x\n"
    assert refused(lambda: read_csv(text, "calls.csv")) == [
        "calls.csv: line 2, column call_started: is empty",
        'calls.csv: line 2, column duration: expected seconds, got "-3"',
        'calls.csv: line 4, column duration: expected seconds, got "many"',
        'calls.csv: line 4, column is_outbound: expected true or false, got "perhaps"',
        "calls.csv: line 5: has 2 columns, where the first line names 10",
    ]


def test_a_misspelt_column_that_is_required_is_named_with_the_nearest() -> None:
    text = HEADER.replace("caller_id", "callerid").replace("disposition", "Dispositon")
    assert refused(lambda: read_csv(text)) == [
        "the document: line 1: has no column caller_id; did you mean callerid?",
        "the document: line 1: has no column disposition; did you mean Dispositon?",
    ]


def test_a_column_that_stands_twice_is_refused() -> None:
    assert refused(lambda: read_csv("ring_to," + HEADER)) == ["the document: line 1: has the column ring_to 2 times"]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", b""])
def test_an_empty_file_is_refused(text: str | bytes) -> None:
    assert refused(lambda: read(text)) == ["the document: is empty"]


def test_a_quote_that_never_ends_is_refused_with_its_line() -> None:
    assert refused(lambda: read_csv(HEADER + ROW + '1,"x\n', "a.csv")) == ["a.csv: line 3: is not CSV: unexpected end of data"]


def test_bytes_that_are_no_text_are_refused() -> None:
    assert refused(lambda: read(b"call_id\xff")) == ["the document: is not UTF-8 text: byte 7 is 0xff"]


@pytest.mark.parametrize("document", [42, "42", '"calls"', "null", None, True, {}, [], "[]", '{"flow": 1}'])
def test_json_that_holds_no_calls_is_refused(document: Any) -> None:
    (said,) = refused(lambda: read(document))
    assert "is no document of" in said


def test_json_that_breaks_off_is_refused_with_its_place() -> None:
    (said,) = refused(lambda: read('[{"call_id": 1, "caller_id": '))
    assert said.startswith("/0/caller_id: is not JSON")


def test_a_carrier_whose_calls_nobody_knows_is_refused() -> None:
    (said,) = refused(lambda: read({"name": "Test", "json": {"route1": "192.0.2.1"}}, "api19"))
    assert "is a document of api19, where unicall knows no recorded calls" in said


def test_a_provider_that_nobody_has_is_a_mistake() -> None:
    with pytest.raises(FlowError, match="did you mean convirza-v3"):
        read([], "convirza-v4")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-02-14T18:20:12.000Z", "2026-02-14T18:20:12+00:00"),
        ("2026-02-14 18:20:12", "2026-02-14T18:20:12+00:00"),
        ("2026-02-14T11:20:12-07:00", "2026-02-14T18:20:12+00:00"),
    ],
)
def test_a_time_is_aware_and_in_utc(text: str, utc: str) -> None:
    found = moment(text)
    assert found is not None and found.isoformat() == utc


@pytest.mark.parametrize("text", ["", "2026-02-14", "14.2.2026 18:20", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert moment(text) is None


@given(st.from_regex(r"\+?1?[0-9]{10}", fullmatch=True) | st.text(alphabet="0123456789+-() a", max_size=16))
def test_a_number_is_what_the_numbers_of_flows_are(text: str) -> None:
    """The short way for numbers of the North American plan is no other way."""
    assert number_or_text(text) == (e164(text) or text if text.strip() else None)


@pytest.mark.parametrize("text", ["anonymous", "sip:192.0.2.10:5060", "device:694"])
def test_a_caller_or_target_that_is_no_number_stays_as_it_is(text: str) -> None:
    (record,) = read_csv(csv_of(caller_id=text, ring_to=text))
    assert (record.caller, record.rang) == (text, text)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("ANSWERED", "answered"), ("No Answer", "no_answer"), ("no-answer", "no_answer"), ("CONGESTION", None), ("", None)],
)
def test_a_word_means_something_only_where_it_is_known(word: str, meaning: str | None) -> None:
    assert outcome_of(word) == meaning


def test_seconds_are_whole_where_they_can_be() -> None:
    found = [read_csv(csv_of(duration=text))[0].seconds for text in ("12", "12.0", "0.5")]
    assert [str(seconds) for seconds in found] == ["12", "12", "0.5"]
    assert refused(lambda: read_csv(csv_of(duration="inf")))


def test_a_call_that_went_out_is_marked() -> None:
    assert [read_csv(csv_of(is_outbound=text))[0].outbound for text in ("", "false", "TRUE", "1")] == [False, False, True, True]
