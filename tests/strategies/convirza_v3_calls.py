"""Invents Convirza v3 calls lists: the calls of one route, and answers that hold those of several.

Every documented field is there or not, null or not; words, numbers and keys that nobody knows stand among them; calls of one route
lie about their default number, go out, or carry a ``call_flow`` block that can be read, or cannot.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.strategies.convirza_v3 import clean_documents

Json = dict[str, Any]

WORDS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "VOICEMAIL", "ABANDONED", "TRANSFERRED", "HANGUP", "Teleported", "")
TARGETS = ("18015550142", "18015550151", "+18015550152", "8015550153", "+442079460142", "hangup", "front desk", "")
DIALLED = ("18015550122", "18015550123", "+18015550124", "main line")
TIME = "2026-02-14T18:30:00.000Z"
_TEXT = st.sampled_from(("", "Lead", "Jane Example", "Grüße & <welcome>", "two\nlines"))
_NUMBER = st.integers(0, 5000) | st.sampled_from((1.5, "182"))


def _started(minute: int) -> str:
    return (datetime(2026, 4, 14, tzinfo=UTC) + timedelta(minutes=minute)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object with any of these fields, null now and then, and sometimes one that nobody knows."""
    odd = {"hold_music": st.sampled_from(("jazz", None, {"deep": [1, {}]}))}
    return st.fixed_dictionaries({}, optional={**{name: st.none() | value for name, value in fields.items()}, **odd})


_SOURCE = _some(custom_source_id=_NUMBER, custom_source_name=_TEXT, custom_source_created=st.just(TIME))
_BLOCKS: dict[str, st.SearchStrategy[Any]] = {
    "voiceagent_data": _some(
        voiceagent_id=st.sampled_from((42, "43")), voiceagent_name=_TEXT, outcome=st.booleans(), summary=_TEXT, first_name=_TEXT,
        last_name=_TEXT, phone_number=st.just("+18015550199"), requested_time=st.just(TIME), appointment_date=st.just("2026-03-20"),
        appointment_time=st.just("14:30"), additional_info=st.dictionaries(st.sampled_from(("notes", "service_type")), _TEXT),
    ),
    "recording_details": _some(
        recording_id=_NUMBER, filename=_TEXT, url=st.just("https://example.com/1.mp3"), expires_at=_NUMBER, channel_layout=_TEXT,
        frequency=_TEXT, format=_TEXT, duration=_TEXT, bitrate=_TEXT, size=_TEXT,
    ),
    "call_detail": _some(
        bill_second=_NUMBER, call_value=_NUMBER, dni_log_id=_TEXT, is_outbound=st.booleans(), cdr_source=_TEXT,
        call_ended=st.just(TIME), analytic_status=_TEXT, call_mine_status=_TEXT, call_created=st.just(TIME),
        mined_timestamp=st.just(TIME), ring_to_name=_TEXT, channel_id=_NUMBER, channel_category=_TEXT, channel_sub_category=_TEXT,
        channel=_TEXT,
    ),
    "custom_sources": _some(**{f"custom_source_type_{number}": _SOURCE for number in range(1, 6)}),
    "tags": st.lists(
        _some(tag_id=_NUMBER, ct_user_id=_NUMBER, call_tag_created=st.just(TIME), tag_name=_TEXT, tag_created=st.just(TIME),
              tag_active=st.booleans()), max_size=2),
    "comments": st.lists(
        _some(note_id=_NUMBER, call_id=_NUMBER, note=_TEXT, created_on=st.just(TIME), updated_on=st.just(TIME), ct_user_id=_NUMBER,
              first_name=_TEXT, last_name=_TEXT), max_size=2),
    "indicators": st.lists(
        _some(indicator_id=_NUMBER, score_id=_NUMBER, score_value=_NUMBER, indicator_name=_TEXT, external_id=_TEXT,
              indicator_active=st.booleans(), indicator_created=st.just(TIME), agent=_TEXT, scorecard=_TEXT, outcome=_TEXT),
        max_size=2),
}  # fmt: skip


@st.composite
def call(draw: st.DrawFn, route: Any = 1022) -> Json:
    """A call of this route."""
    target = st.none() | st.sampled_from(TARGETS)
    made: Json = {
        "call_id": draw(st.integers(1, 10**9)),
        "provisioned_route_id": route,
        "disposition": draw(st.sampled_from(WORDS)),
        "call_started": _started(draw(st.integers(0, 20_000))),
        "caller_id": draw(st.sampled_from(("18015550199", "+12025550100", "anonymous", None))),
        "phone_number": "18015550122" if route is None else draw(st.sampled_from(DIALLED)),
        "ring_to": draw(target),
        "default_ring_to": draw(target),
    }
    more = {
        "org_unit_id": _NUMBER, "duration": _NUMBER, "repeat_call": st.booleans(), "campaign_id": _NUMBER, "campaign_name": _TEXT,
        "campaign_ext_id": _TEXT, "user_id": _NUMBER, "group_name": _TEXT, "ai_caller_identity": _TEXT, "summary": _TEXT,
        "transcription": _TEXT, **_BLOCKS,
    }  # fmt: skip
    names = draw(st.lists(st.sampled_from(sorted(more)), unique=True, max_size=5))
    made |= {name: draw(st.none() | more[name]) for name in names}
    if draw(st.integers(0, 7)) == 0:
        made["call_flow"] = draw(clean_documents() | st.sampled_from(({"version": 3}, "opaque", [1], {})))
    order = draw(st.permutations(sorted(made))) if draw(st.booleans()) else list(made)
    return {name: made[name] for name in order}


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """The calls of one route: what the adapter reads as one flow."""
    route = draw(st.sampled_from((1022, "1022", None)))
    return draw(call(route)) if draw(st.integers(0, 4)) == 0 else draw(st.lists(call(route), min_size=1, max_size=4))


@st.composite
def pages(draw: st.DrawFn) -> Any:
    """An answer with the calls of several routes, or a list of such answers."""
    routes = st.sampled_from((1022, 1031, "1040", None))
    pages = []
    for _ in range(draw(st.integers(1, 3))):
        calls = [draw(call(draw(routes))) for _ in range(draw(st.integers(0, 3)))]
        data = {"total": draw(st.integers(0, 50)), "calls": calls}
        pages.append({"code": 200, "message": "Success", "data": data, "request_id": "r"})
    return pages[0] if len(pages) == 1 else pages
