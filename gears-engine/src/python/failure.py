"""Prints exceptions as Python does, and of huge ones so much as people read.

A client waits for the text, and perhaps the whole server: messages of 64 MiB,
a million frames and thousands of causes must not make it long.
"""

import collections
import itertools
import reprlib
import traceback

# Characters of one line, and of a whole text. A message of two megabytes arrives.
_LONGEST_LINE = 5 << 18
_LONGEST = 6 << 18

# Up to here exceptions are printed as they are, if their texts have one line's room.
_MOST_LINKS = 32
_MOST_FRAMES = 4_000
_MOST_NOTES = 100
_MOST_VALUES = 10_000

# What is left of those beyond.
_SHORT = 16 << 10
_LINKS = 4
_FRAMES = 50
_NOTES = 10
_MEMBERS = 5

_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

_Group = getattr(__import__("builtins"), "BaseExceptionGroup", ())


def lines(value, frames):
    """Returns the lines that Python prints for an exception."""
    BaseException.with_traceback(value, frames)
    if _is_usual(value):
        printed = traceback.format_exception(type(value), value, value.__traceback__)
    else:
        printed = _brief(value)
    return _some([cut(line, _LONGEST_LINE) for line in printed])


def message(value):
    """Returns an exception's own text."""
    return cut(_message(value), _LONGEST)


def cut(text, most):
    """Leaves out the middle of a text that is longer than `most`."""
    if len(text) <= most:
        return text
    return f"{text[: most // 4]} [...] {text[len(text) - most // 2 :]}"


def _some(printed):
    """Leaves out the middle of lines that are too long together: the last ones tell
    what happened."""
    if sum(map(len, printed)) <= _LONGEST:
        return printed
    first, last = [], collections.deque()
    room = _LONGEST // 4
    for line in printed:
        room -= len(line)
        if room < 0:
            break
        first.append(line)
    room = _LONGEST // 2
    for line in reversed(printed[len(first) :]):
        room -= len(line)
        if room < 0 and last:
            break
        last.appendleft(line)
    left_out = len(printed) - len(first) - len(last)
    return [*first, f"  [... {left_out} more lines ...]\n", *last]


def _is_usual(value):
    """Says whether an exception, with what caused it and what it holds, can be
    printed in no time."""
    seen, links, frames = set(), [value], 0
    while links:
        value = links.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if len(seen) > _MOST_LINKS or not _is_small(value):
            return False
        for _ in traceback.walk_tb(value.__traceback__):
            frames += 1
            if frames > _MOST_FRAMES:
                return False
        links += [
            link for link in (value.__cause__, value.__context__) if link is not None
        ]
        if isinstance(value, _Group):
            if len(value.exceptions) > _MOST_LINKS:
                return False
            links += value.exceptions
    return True


def _is_small(value):
    """Says whether the texts of one exception are short."""
    texts = list(value.args)
    if isinstance(value, SyntaxError):
        texts += [value.msg, value.filename, value.text]
    notes = getattr(value, "__notes__", ())
    if not isinstance(notes, (list, tuple)) or len(notes) > _MOST_NOTES:
        return not notes
    texts += notes
    return _are_small(texts)


def _are_small(values):
    """Says whether values, and what they hold, are few and short."""
    values, seen, room = [values], 0, _LONGEST_LINE
    while values:
        value = values.pop()
        seen += 1
        if seen > _MOST_VALUES:
            return False
        if isinstance(value, (str, bytes, bytearray)):
            room -= len(value)
        elif isinstance(value, int):
            # Numbers with more digits are slow to print.
            room -= value.bit_length() ** 2 >> 10
        elif isinstance(value, (list, tuple, set, frozenset, dict, collections.deque)):
            if len(value) > _MOST_VALUES:
                return False
            values += value.values() if isinstance(value, dict) else ()
            values += value
        if room < 0:
            return False
    return True


def _brief(value):
    links, seen, how = [], set(), None
    while value is not None and len(links) < _LINKS and id(value) not in seen:
        seen.add(id(value))
        links.append((value, how))
        if value.__cause__ is not None:
            value, how = value.__cause__, _CAUSE
        elif not value.__suppress_context__:
            value, how = value.__context__, _CONTEXT
        else:
            value = None
    if value is not None and id(value) not in seen:
        yield "[... exceptions before these ...]\n\n"
    for value, how in reversed(links):
        yield from _brief_frames(value.__traceback__)
        yield from _brief_end(value)
        if how is not None:
            yield how


def _brief_frames(start):
    if start is None:
        return
    yield "Traceback (most recent call last):\n"
    frames = traceback.walk_tb(start)
    first = list(itertools.islice(frames, _FRAMES))
    rest, last = 0, collections.deque(maxlen=_FRAMES)
    for frame in frames:
        rest += 1
        last.append(frame)
    yield from traceback.StackSummary.extract(first).format()
    if rest > len(last):
        yield f"  [... {rest - len(last)} more frames ...]\n"
    yield from traceback.StackSummary.extract(last).format()


def _brief_end(value):
    kind = type(value)
    name = kind.__qualname__
    if kind.__module__ not in ("__main__", "builtins"):
        name = f"{kind.__module__}.{name}"
    text = cut(_message(value), _SHORT)
    yield f"{name}: {text}\n" if text else f"{name}\n"
    notes = getattr(value, "__notes__", ())
    if isinstance(notes, (list, tuple)):
        for note in notes[:_NOTES]:
            yield f"{cut(note, _SHORT) if isinstance(note, str) else reprlib.repr(note)}\n"
        if len(notes) > _NOTES:
            yield f"[... {len(notes) - _NOTES} more notes ...]\n"
    if isinstance(value, _Group):
        for member in value.exceptions[:_MEMBERS]:
            yield f"  | {type(member).__qualname__}: {cut(_message(member), _SHORT)}\n"
        if len(value.exceptions) > _MEMBERS:
            yield f"  | [... {len(value.exceptions) - _MEMBERS} more exceptions ...]\n"


def _message(value):
    """Returns the text of an exception; what it holds is printed in short where that
    is much."""
    if type(value).__str__ in _PRINT_ARGUMENTS and not _are_small(value.args):
        if len(value.args) == 1 and isinstance(value.args[0], str):
            return value.args[0]
        shown = value.args[0] if len(value.args) == 1 else value.args
        return reprlib.repr(shown)
    return str(value)


_PRINT_ARGUMENTS = (BaseException.__str__, KeyError.__str__)
