"""What callers hear: ``play`` and ``tts``, and the media documents behind an id.

A media document with ``tts.text`` is spoken text; any other is audio that only the platform can play. ``tts`` takes 1000
characters at most (schema); longer text becomes a media document, which has no such limit.
"""

from __future__ import annotations

from collections.abc import Iterable

from unicall.adapter import NEW
from unicall.graph import NEXT, Announce, Prompt, Reference, Speech
from unicall.wire import Cursor, Key, Put, flag, integer, optional, put, put_json, text
from unicall_vinix.bundle import PROVIDER, Reader, Writer, write_document
from unicall_vinix.visit import Emission, Visit

ID = Key("id", optional(text), None)
TEXT = Key("text", optional(text), None)
LOOPS = Key("loop_count", integer, 1)
ENDLESS = Key("endless_playback", flag, False)
TTS_AT_MOST = 1000

NAME = Key("name", optional(text), None)


def parse_prompt(reader: Reader, key: str | None) -> Prompt | None:
    """The prompt behind a media id, a URL or a path."""
    if key is None:
        return None
    spoken = reader.read("media", key, _parse_media)
    if not spoken:
        return Reference(PROVIDER, "audio", key)
    reader.use("media", key)
    return Speech(spoken)


def _parse_media(doc: Cursor) -> str | None:
    tts = doc.object("tts")
    return None if tts is None else tts.take(TEXT)


def emit_prompt(prompt: Prompt | None, name: str, kept: str | None, writer: Writer) -> str | None:
    """The media id of a prompt, with its document where unicall knows what it says. ``kept`` is the id it had."""
    match prompt:
        case None:
            return None
        case Reference(provider, _, id) if provider == PROVIDER:
            _claim_media(id, None, name, writer)
            return id
        case Reference(provider, kind, id):
            return _new_media(f"{kind}-{id}", None, f"{provider} {kind} {id}", writer)
        case Speech(spoken):
            if kept is not None and writer.shape("media", kept) is not None:
                return _claim_media(kept, spoken, name, writer)
            return _new_media(name, spoken, name, writer)


def _claim_media(key: str, spoken: str | None, name: str, writer: Writer) -> str:
    shape = writer.shape("media", key)
    if shape is None:
        return key
    inner = (shape.get("in") or {}).get("tts")
    tts = write_document([put(TEXT, spoken)], inner) if inner is not None or spoken is not None else None
    return writer.claim("media", key, write_document([put_json("tts", tts)], shape))


def _new_media(what: str, spoken: str | None, name: str, writer: Writer) -> str:
    document = {"name": name[:128], "media_source": "upload" if spoken is None else "tts"}
    if spoken is not None:
        return writer.claim("media", f"{NEW}media-{what}", document | {"tts": {"text": spoken}})
    return writer.claim("media", f"{NEW}media-{what}", document)


def parse_play(visit: Visit) -> Announce | None:
    """``play``: a media id, a URL or a path, once or several times, or for ever."""
    key = visit.data.take(ID)
    prompt = parse_prompt(visit.reader, key)
    if prompt is None:
        return None
    visit.lead("_", NEXT)
    visit.mark("", visit.data.at(ID))
    visit.mark("prompt", visit.media_at(key, prompt) or visit.data.at(ID))
    visit.mark("times", visit.data.at(LOOPS))
    visit.keep(media=key)
    endless = visit.data.take(ENDLESS)
    if endless:
        visit.mark("endless", visit.data.at(ENDLESS))
        visit.never_goes_on("this prompt never ends")
    return Announce(prompt=prompt, times=visit.data.take(LOOPS), endless=endless)


def parse_tts(visit: Visit) -> Announce | None:
    """``tts``: text to speak."""
    spoken = visit.data.take(TEXT)
    if spoken is None:
        return None
    visit.lead("_", NEXT)
    visit.mark("", visit.data.at(TEXT))
    visit.mark("prompt", visit.data.at(TEXT))
    visit.keep(length=None if 0 < len(spoken) <= TTS_AT_MOST else len(spoken))
    if visit.data.take(ENDLESS):
        visit.mark("endless", visit.data.at(ENDLESS))
        visit.never_goes_on("this prompt never ends")
        return Announce(prompt=Speech(spoken), endless=True)
    return Announce(prompt=Speech(spoken))


def emit_announce(node: Announce, out: Emission) -> tuple[str, Iterable[Put]]:
    """``tts`` for text that fits, ``play`` for everything else."""
    out.lead(NEXT, "_")
    spoken = node.prompt.text if isinstance(node.prompt, Speech) else None
    fits = spoken is not None and (0 < len(spoken) <= TTS_AT_MOST or len(spoken) == out.kept("length"))
    if fits and node.times == 1 and out.word != "play":
        out.mark("prompt", "/data/text")
        return "tts", (put(TEXT, spoken), put(ENDLESS, node.endless))
    key = emit_prompt(node.prompt, out.name, out.kept("media"), out.writer)
    out.mark("prompt", "/data/id")
    return "play", (put(ID, key), put(LOOPS, node.times), put(ENDLESS, node.endless))
