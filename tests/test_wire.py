"""Reading and writing a vendor's object: nothing is lost, and kept text says the fact or goes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unicall.problem import DocumentError
from unicall.wire import (
    MISSING,
    Codec,
    Cursor,
    Json,
    Key,
    Log,
    Strange,
    Wrong,
    anything,
    array_of,
    brief,
    copied,
    flag,
    integer,
    leaves,
    number,
    one_of,
    optional,
    pointer,
    put,
    put_json,
    remembered,
    resolve,
    same,
    scaled,
    text,
    write,
)

NAME = Key("name", optional(text), None)
TITLE = Key("title", text, "")
COUNT = Key("count", integer, 3)
RATE = Key("rate", number, 0)
ON = Key("on", flag, False)
KIND: Key[str | None] = Key("kind", one_of({"a": "first", 1: "second"}), None)
DAYS = Key("days", array_of(text), ())
WAIT = Key("wait", scaled(number, 1000), 5)
ANY = Key("any", anything, None)
KEYS: tuple[Key[Any], ...] = (NAME, TITLE, COUNT, RATE, ON, KIND, DAYS, WAIT, ANY)

scalars = (
    st.none() | st.booleans() | st.integers(-5, 5000) | st.floats(-10, 10) | st.sampled_from(("", "a", "3", "1.5", "true", "x"))
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2))
objects = st.dictionaries(st.sampled_from([key.name for key in KEYS] + ["other", "a/b", ""]), values, max_size=9)


def cursor(raw: dict[str, Json], at: str = "") -> Cursor:
    return Cursor(raw, at, Log())


def dumped(value: Json) -> str:
    return json.dumps(value)


def taken(raw: dict[str, Json], *keys: Key[Any]) -> tuple[list[Any], Json, Log]:
    doc = cursor(raw)
    facts = [doc.take(key) for key in keys]
    return facts, doc.shape(), doc.log


@given(objects)
def test_any_object_comes_back_exactly(raw: dict[str, Json]) -> None:
    before = dumped(raw)
    facts, shape, _ = taken(raw, *KEYS)
    written = write([put(key, fact) for key, fact in zip(KEYS, facts, strict=True)], shape)
    assert dumped(written) == before
    assert dumped(raw) == before


@given(objects)
def test_a_shape_is_json(raw: dict[str, Json]) -> None:
    _, shape, _ = taken(raw, *KEYS)
    assert same(json.loads(dumped(shape)), shape)


@given(st.dictionaries(st.sampled_from("abc"), st.none() | objects | st.lists(objects, max_size=3), max_size=3))
def test_objects_inside_of_objects_come_back_exactly(raw: dict[str, Json]) -> None:
    doc = cursor(raw)
    puts = []
    for name, inner in raw.items():
        if isinstance(inner, list):
            found = doc.objects(name)
            facts = [[c.take(key) for key in KEYS] for c in found]
            doc.inner(name, found)
            shapes = [c.shape() for c in found]
            rebuilt: Json = [
                write([put(key, fact) for key, fact in zip(KEYS, each, strict=True)], shape)
                for each, shape in zip(facts, shapes, strict=True)
            ]
        elif (one := doc.object(name)) is not None:
            each = [one.take(key) for key in KEYS]
            rebuilt = write([put(key, fact) for key, fact in zip(KEYS, each, strict=True)], one.shape())
        else:
            rebuilt = None
        puts.append(put_json(name, rebuilt))
    assert dumped(write(puts, doc.shape())) == dumped(raw)


def rewritten(raw: dict[str, Json], key: Key[Any], fact: Any) -> Json:
    _, shape, _ = taken(raw, key)
    return write([put(key, fact)], shape)


def test_an_odd_spelling_stays_as_long_as_it_says_the_fact() -> None:
    assert rewritten({"count": "20"}, COUNT, 20) == {"count": "20"}
    assert rewritten({"count": "20"}, COUNT, 21) == {"count": 21}


def test_a_null_and_an_explicit_default_stay_as_long_as_the_fact_is_the_default() -> None:
    assert rewritten({"count": None}, COUNT, 3) == {"count": None}
    assert rewritten({"count": 3}, COUNT, 3) == {"count": 3}
    assert rewritten({"count": None}, COUNT, 4) == {"count": 4}


def test_a_text_nobody_understands_stays_until_there_is_a_fact() -> None:
    assert rewritten({"kind": "z"}, KIND, None) == {"kind": "z"}
    assert rewritten({"kind": "z"}, KIND, "second") == {"kind": 1}


def test_a_fact_that_is_no_more_takes_its_key_along() -> None:
    assert rewritten({"name": "x", "other": 1}, NAME, None) == {"other": 1}


def test_true_does_not_spell_one() -> None:
    facts, _, log = taken({"count": True}, COUNT)
    assert facts == [3]
    assert [str(error) for error in log.errors] == ["/count: expected a whole number, got true"]


def test_a_new_key_comes_last_and_a_default_is_not_written_into_a_given_object() -> None:
    assert list(write([put(NAME, "n"), put(COUNT, 4)], {"order": ["count"]})) == ["count", "name"]
    assert write([put(COUNT, 3)], {"order": []}) == {}


def test_a_new_object_has_defaults_only_where_a_key_always_stands() -> None:
    always = Key("always", integer, 3, always=True)
    assert write([put(COUNT, 3), put(always, 3), put(NAME, None)], None) == {"always": 3}
    assert write([put(COUNT, 3, always=True)], None) == {"count": 3}


def test_an_absent_key_a_null_and_a_value_nobody_knows_give_the_default() -> None:
    facts, _, log = taken({"title": None, "kind": "z"}, COUNT, TITLE, KIND)
    assert facts == [3, "", None]
    assert [(p.code, p.pointer, p.value, p.message) for p in log.problems] == [
        ("UC101", "/kind", "z", 'kind is "z", which is not one of "a", 1')
    ]


def test_a_wrong_type_refuses_the_document_with_its_pointer_and_all_others() -> None:
    doc = cursor({"name": 5, "days": {}}, "/data/0")
    doc.take(NAME)
    doc.take(DAYS)
    with pytest.raises(DocumentError) as caught:
        doc.log.check()
    assert str(caught.value) == "/data/0/name: expected text, got 5"
    assert [str(error) for error in caught.value.others] == ["/data/0/days: expected an array, got {}"]


def test_objects_that_are_none_are_refused_where_they_stand() -> None:
    doc = cursor({"a": [], "b": [1, {}], "c": 2}, "/x")
    assert doc.object("a") is None
    assert [found.pointer for found in doc.objects("b")] == ["/x/b/1"]
    assert doc.objects("c") == []
    assert [str(error) for error in doc.log.errors] == [
        "/x/a: expected an object, got []",
        "/x/b/0: expected an object, got 1",
        "/x/c: expected an array of objects, got 2",
    ]


# Sameness.


@pytest.mark.parametrize(
    ("a", "b"), [(True, 1), (1, 1.0), (False, 0), (None, False), ("1", 1), ([], {}), ([1], [True]), ({"a": 0}, {"a": None})]
)
def test_types_come_before_values(a: Json, b: Json) -> None:
    assert not same(a, b)
    assert not same(b, a)


def test_the_order_of_keys_is_no_difference_and_that_of_elements_is() -> None:
    assert same({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1})
    assert not same([1, 2], [2, 1])
    assert not same([1], [1, 2])


@given(values)
def test_everything_is_the_same_as_its_copy(value: Json) -> None:
    assert same(value, json.loads(dumped(value)))


def nested(depth: int, leaf: Json) -> Json:
    value: Json = leaf
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def test_ten_thousand_levels_are_compared_walked_and_named() -> None:
    assert same(nested(10_000, 1), nested(10_000, 1))
    assert not same(nested(10_000, 1), nested(10_000, True))
    assert [value for _, value in leaves(nested(2_000, 1))] == [1]
    assert len(brief(nested(10_000, 1))) <= 60


# Pointers.


def test_pointers_escape_as_rfc_6901_says() -> None:
    raw = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8, "~1": 9}
    spelled = ["/foo", "/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", '/k"l', "/ ", "/m~0n", "/~01"]
    assert [pointer("", key) for key in raw] == spelled
    assert [resolve(raw, at) for at in spelled] == list(raw.values())
    assert resolve(raw, "") is raw
    assert resolve(raw, "/foo/1") == "baz"


@pytest.mark.parametrize(
    "at", ["/foo/2", "/foo/-", "/foo/x", "/bar", "/foo/0/x", "/foo/²", "/foo/" + "9" * 5000], ids=lambda at: at[:10]
)
def test_a_pointer_to_nothing_finds_nothing(at: str) -> None:
    assert resolve({"foo": ["bar", "baz"]}, at) is MISSING


def test_a_pointer_goes_on_inside_of_a_string_that_holds_json() -> None:
    assert resolve({"call_flows": [{"json": '{"route1": "192.0.2.1"}'}]}, "/call_flows/0/json/route1") == "192.0.2.1"
    assert resolve({"json": '{"n": [{"x": "{\\"y\\": 2}"}]}'}, "/json/n/0/x/y") == 2


@given(values)
def test_every_leaf_stands_at_its_pointer(value: Json) -> None:
    found = list(leaves(value))
    assert all(same(resolve(value, at), leaf) for at, leaf in found)
    assert len({at for at, _ in found}) == len(found)


# On one line.


@given(values | st.text() | st.integers() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_anything_is_brief_on_one_line(value: Json) -> None:
    said = brief(value)
    assert len(said) <= 60
    assert len(said.splitlines()) <= 1


ODD = {
    "large": 10**10_000, "largest negative": -(10**5000), "within 1000 bits": 2**999, "long": "x" * 10**6, "lines": ["\r\n"],
    "key": {"a\nb": 1}, "separator": "\u2028", "controls": "\x0b\x0c\x85", "infinite": float("inf"), "number inside": [10**10_000],
}  # fmt: skip


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_odd_values_are_brief_too(value: Json) -> None:
    assert len(brief(value)) <= 60
    assert len(brief(value).splitlines()) == 1


# Codecs.


@pytest.mark.parametrize("names", [{"a": 1, "b": 1}, {"a": "x", 1: "x"}])
def test_words_that_are_not_one_to_one_are_refused(names: dict[str | int, Any]) -> None:
    with pytest.raises(ValueError, match="not one-to-one"):
        one_of(names)


def test_words_that_python_takes_for_the_same_are_refused_or_told_apart() -> None:
    """1 and True are one key of a dict, and one meaning of an inverted one."""
    with pytest.raises(ValueError, match="not one-to-one"):
        one_of({"yes": True, "one": 1})


@pytest.mark.parametrize("raw", [True, [], {}, [1]])
def test_a_word_is_no_flag_no_array_and_no_object(raw: Json) -> None:
    with pytest.raises(Wrong):
        one_of({1: "mon", "tue": "tue"}).decode(raw)


@pytest.mark.parametrize("raw", [2, "1", 1.0, None, ""])
def test_a_word_nobody_declared_is_strange(raw: Json) -> None:
    with pytest.raises(Strange):
        one_of({1: "mon", "tue": "tue"}).decode(raw)


CODECS: list[Codec[Any]] = [text, integer, number, flag, anything, array_of(integer), scaled(number, 1000), one_of({"a": 1})]


@pytest.mark.parametrize("codec", CODECS)
@given(raw=values | st.integers() | st.floats() | st.text(max_size=6))
def test_a_codec_decodes_or_says_what_it_expected(codec: Codec[Any], raw: Json) -> None:
    try:
        value = codec.decode(raw)
    except (Wrong, Strange) as refused:
        assert refused.expected
    else:
        again = codec.decode(codec.encode(value))
        assert again == value or value != value


@pytest.mark.parametrize("raw", ["²", "٣", "--1", "-", "1_0", " 7", "+7", "9" * 50, "1e3", "0x10", ""])
def test_only_ascii_digits_are_a_whole_number_in_text(raw: str) -> None:
    try:
        assert str(integer.decode(raw)) == raw.strip()
    except Strange as strange:
        assert strange.expected == "a whole number"


@pytest.mark.parametrize("raw", ["nan", "inf", "-Infinity", "1e400", "²"])
def test_what_json_cannot_write_is_no_number(raw: str) -> None:
    with pytest.raises(Strange):
        number.decode(raw)


def test_a_scaled_number_is_whole_where_it_can_be() -> None:
    codec = scaled(number, 1000)
    assert (codec.decode(2000), codec.decode(500), codec.encode(2), codec.encode(0.5)) == (2, 0.5, 2000, 500)
    assert type(codec.decode(2000)) is int
    assert type(codec.encode(0.5)) is int


def test_a_number_beyond_all_measure_is_strange_in_another_unit_too() -> None:
    with pytest.raises(Strange):
        scaled(number, 1000).decode(10**400)


@pytest.mark.parametrize("codec", [number, one_of({1: "number", "1": "text"}), array_of(text), Codec(str, str)])
@given(raws=st.lists(values, max_size=6))
def test_a_codec_that_remembers_reads_and_refuses_as_it_did_the_first_time(codec: Codec[Any], raws: list[Json]) -> None:
    again = remembered(codec)
    for raw in [*raws, True, 1, "1", 1.0, -0.0, 0.0, *raws]:
        assert repr(outcome_of(again, raw)) == repr(outcome_of(codec, raw))


def outcome_of(codec: Codec[Any], raw: Json) -> Any:
    try:
        return codec.read(raw), codec.decode(raw)
    except (Wrong, Strange) as refused:
        return type(refused), refused.expected


@given(st.sampled_from(KEYS), values)
def test_a_value_is_plain_where_it_stands_as_it_would_be_written(key: Key[Any], raw: Json) -> None:
    try:
        value, is_plain = key.codec.read(raw)
    except (Wrong, Strange):
        return
    assert is_plain is same(key.codec.encode(value), raw)


@pytest.mark.parametrize("name", ["a", "a/b", "~", ""])
def test_a_key_stands_where_its_pointer_says(name: str) -> None:
    raw = {name: [1, 2]}
    assert resolve(raw, cursor(raw).at(Key(name, anything, None), 1)) == 2


@pytest.mark.parametrize(
    ("value", "said"), [([{}, {}], "[...]"), ([1, {}], "[1, ...]"), ([], "[]"), ([1, 2, 3, 4, 5], "[1, 2, 3, 4, ...]")]
)
def test_a_list_of_objects_is_brief_without_a_gap(value: Json, said: str) -> None:
    assert brief(value) == said


def test_a_copy_shares_nothing_however_deep() -> None:
    deep: Json = {"a": [1, None]}
    for _ in range(5000):
        deep = [deep]
    twin = copied(deep)
    for _ in range(5000):
        assert twin is not deep
        (twin,), (deep,) = twin, deep
    assert twin == deep and twin is not deep and twin["a"] is not deep["a"]
