"""Phone numbers, by the phonenumbers library: E.164 inside, the carrier's spelling outside."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65536)
def e164(text: str, region: str = "US") -> str | None:
    """The number in E.164 with a plus, or None for text that cannot be one.

    >>> e164("(202) 555-0142")
    '+12025550142'
    >>> e164("stringstri") is None
    True
    """
    import phonenumbers

    if not any(char.isdigit() for char in text) or any(char.isalpha() for char in text):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


def national(number: str) -> str:
    """Ten digits for a number of the North American plan, E.164 for any other.

    >>> national("+12025550142")
    '2025550142'
    """
    return number[2:] if number.startswith("+1") and len(number) == 12 else number
