"""The laws once more, for documents asked for in a form: what any carrier's flow becomes as a request, and what crosses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unicall
from tests.support import VENDORS, difference, excused, interpreter, strategies, text
from unicall.adapter import Form, find

ADAPTER = find("convirza-v2")
OTHERS = [provider for provider in VENDORS if provider != "convirza-v2"]
FORMS: tuple[Form, ...] = ("record", "request")


def becomes(record: Any, source: str, form: Form) -> Any:
    """The document in this form, which is read as one of this form and comes back as it is."""
    document = unicall.translate(record, source, "convirza-v2", form).document
    flow = unicall.parse(document, "convirza-v2").flow
    assert ADAPTER.form(flow) == form
    assert text(unicall.emit(flow, "convirza-v2").document) == text(document)
    return document


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_what_crosses_into_the_other_form_is_settled(form: Form, data: st.DataObject) -> None:
    becomes(data.draw(strategies("convirza-v2").documents()), "convirza-v2", form)


@pytest.mark.parametrize("source", OTHERS)
@given(data=st.data())
def test_a_request_for_the_flow_of_another_carrier_is_settled(source: str, data: st.DataObject) -> None:
    becomes(data.draw(strategies(source).documents()), source, "request")


@pytest.mark.parametrize("source", OTHERS)
@given(data=st.data())
def test_a_call_meets_the_same_in_a_request_or_it_is_said(source: str, data: st.DataObject) -> None:
    record = data.draw(strategies(source).clean_documents())
    call = data.draw(strategies(source).calls(record))
    result = unicall.translate(record, source, "convirza-v2", "request")
    before = interpreter(source)(record, call)
    found = difference(before, interpreter("convirza-v2")(result.document, call))
    assert found is None or excused(result.problems, before)


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_what_crossed_into_the_other_form_is_the_same_to_a_caller_or_it_is_said(form: Form, data: st.DataObject) -> None:
    record = data.draw(strategies("convirza-v2").clean_documents())
    call = data.draw(strategies("convirza-v2").calls(record))
    result = unicall.translate(record, "convirza-v2", "convirza-v2", form)
    run = interpreter("convirza-v2")
    before = run(record, call)
    found = difference(before, run(result.document, call))
    assert found is None or excused(result.problems, before)
