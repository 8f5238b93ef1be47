"""JSON text in and out, and where it breaks."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from tests.conftest import FIXTURES
from unicall.problem import DocumentError
from unicall.text import dumps, loads, place
from unicall.wire import same


def refusal(raw: str | bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        loads(raw)
    return caught.value


@pytest.mark.parametrize("raw", ["", "  \n", b"", b"\xef\xbb\xbf"])
def test_empty_text_is_refused(raw: str | bytes) -> None:
    assert str(refusal(raw)) == "the document: is empty"


def test_text_that_breaks_off_says_where_it_ends() -> None:
    error = refusal('{"flow": {\n  "module": "user",\n  "data": ')
    assert error.pointer == "/flow/data"
    assert "(line 3, column " in str(error)
    assert str(error).startswith("/flow/data: is not JSON: ")


def test_bytes_that_are_not_utf8_name_the_byte() -> None:
    assert str(refusal(b'{"name": "B\xfcro"}')) == "the document: is not UTF-8 text: byte 11 is 0xfc"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_refused_as_what_it_is(codec: str) -> None:
    error = refusal(b"\xff\xfe" * (codec == "utf-16-le") + b"\xfe\xff" * (codec == "utf-16-be") + "{}".encode(codec))
    assert str(error) == "the document: is not UTF-8 text: it starts like UTF-16"


def test_a_byte_order_mark_of_utf8_is_no_part_of_the_text() -> None:
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_a_missing_comma_in_the_vendors_own_sample_is_found_and_named() -> None:
    raw = (FIXTURES / "api19/list/documented_sample.txt").read_text("utf-8")
    error = refusal(raw)
    position = len(raw) and _first_break(raw)
    line, column = raw.count("\n", 0, position) + 1, position - raw.rfind("\n", 0, position)
    assert f"(line {line}, column {column})" in str(error)
    assert str(error).endswith("; a comma is missing before it")
    assert error.pointer.startswith(("/call_flows", "/fax_flows"))


def _first_break(raw: str) -> int:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(raw)
    return caught.value.pos


def test_a_missing_comma_in_an_array_names_the_element_before_it() -> None:
    error = refusal('{"list": ["a"\n "b"]}')
    assert error.pointer == "/list/0"
    assert str(error).endswith("(line 2, column 2); a comma is missing before it")


def test_the_line_and_column_of_the_first_character_are_one() -> None:
    assert "(line 1, column 1)" in str(refusal("x"))


@pytest.mark.parametrize("number", [2**63, 2**64 + 1, -(2**70) - 1, 10**40 + 1])
def test_integers_of_any_size_survive(number: int) -> None:
    assert same(loads(f'{{"id": {number}}}'), {"id": number})
    assert same(loads(dumps({"id": number})), {"id": number})


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(word: str) -> None:
    assert refusal(f'{{"a": {word}}}').pointer == "/a"


def test_a_number_too_large_for_a_float_is_no_infinity() -> None:
    """1e400 is JSON; read as infinity it could not be written again."""
    try:
        value = loads('{"a": 1e400}')
    except DocumentError as error:
        assert error.pointer == "/a"
    else:
        assert loads(dumps(value)) == value


def test_a_number_with_more_digits_than_python_converts_is_read_or_refused() -> None:
    try:
        loads("[" + "9" * 5000 + "]")
    except DocumentError as error:
        assert error.pointer == "/0"


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_ten_thousand_levels_are_refused_with_a_short_way_down(opening: str) -> None:
    closing = {"[": "]", "{": "}"}
    raw = opening * 10_000 + "1" + "".join(closing[c] for c in reversed(opening) if c in closing) * 10_000
    error = refusal(raw)
    assert error.text == "is nested deeper than 1024 levels"
    assert error.pointer.startswith("/")
    assert len(str(error)) < 200


def test_the_place_of_a_position_counts_keys_and_elements_and_escapes_them() -> None:
    raw = '{"a/b": [1, {"c~d": "x\\"y", "e": !}]}'
    assert place(raw, raw.index("!")) == "/a~1b/1/e"
    assert place(raw, raw.index("1,")) == "/a~1b/0"


def test_a_key_that_is_empty_is_a_step_of_a_pointer() -> None:
    raw = '{"": {"a": !}}'
    assert place(raw, raw.index("!")) == "//a"


def test_a_key_with_an_escape_is_named_by_what_it_means() -> None:
    raw = '{"caf\\u00e9": !}'
    assert place(raw, raw.index("!")) == "/café"


def test_text_is_written_with_its_keys_in_order_and_a_newline_at_the_end() -> None:
    assert dumps({"b": "ü", "a": [1]}) == '{\n  "b": "ü",\n  "a": [\n    1\n  ]\n}\n'
    assert dumps({"b": "ü", "a": [1]}, indent=False) == '{"b":"ü","a":[1]}'


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [200, 300, 900])
@pytest.mark.parametrize("indent", [True, False])
def test_deep_values_are_written_in_full(depth: int, indent: bool) -> None:
    assert json.loads(dumps(nested(depth), indent=indent)) == nested(depth)


@pytest.mark.parametrize("indent", [True, False])
def test_values_too_deep_to_be_written_are_refused(indent: bool) -> None:
    with pytest.raises(DocumentError) as caught:
        dumps(nested(100_000), indent=indent)
    assert str(caught.value) == "the document: is nested too deep to be written as text"


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"a": {1, 2}}, {"a": object()}], ids=["surrogate", "set", "object"])
def test_what_is_no_json_is_written_or_refused_with_an_error_of_ours(value: Any) -> None:
    with suppress(DocumentError):
        assert isinstance(dumps(value), str)


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        ('{"route1": "192.0.2.1", "route1": "192.0.2.2"}', ["/route1"]),
        ('[{"a": {"b": 1, "b": 1}}, {"c": [], "c": {"d": 1, "d": 2}}]', ["/0/a/b", "/1/c", "/1/c/d"]),
        ('{"a": 1, "\\u0061": 2}', ["/a"]),
        ('{"a\\u003a": 1, "b": 2, "b": 3}', ["/b"]),
        ('{"a": 12345678901234567890123, "a": 1}', ["/a"]),
        ('{"a": "\\ud800", "a": 1}', ["/a"]),
    ],
)
def test_a_key_that_stands_twice_in_one_object_is_refused_with_its_place(raw: str, pointers: list[str]) -> None:
    for given in (raw, raw.encode()):
        with pytest.raises(DocumentError) as caught:
            loads(given)
        assert caught.value.text == "stands twice in one object"
        assert [caught.value.pointer, *(other.pointer for other in caught.value.others)] == pointers


def test_a_key_may_stand_in_two_objects_and_colons_in_text() -> None:
    document = {"a": {"a": ":"}, "b:": [{"a": '{"a":1,"a":2}'}, {"a": "::"}], "\ud800": 1}
    assert loads(json.dumps(document)) == document
    assert loads('{"\\u003a": 1}') == {":": 1}


def test_what_looks_like_a_number_inside_a_string_is_text() -> None:
    words = '["a, 1e999", "\\\\", "b\\" 1e999", "new:9e0537e40d-menu"]'
    raw = f'{{"words": {words}, "n": 12345678901234567890}}'
    assert loads(raw) == json.loads(raw)
