"""The protocol of Redis (RESP2), from both ends."""


class Failure:
    """An error reply."""

    def __init__(self, text):
        self.text = text


class Status:
    """A status reply, such as OK."""

    def __init__(self, text):
        self.text = text


# The reply that is no value; no function can return it.
NIL = object()


def read(file):
    """Reads one value; raises EOFError where there are no more.

    Bulk strings are bytes and errors are Failures, also inside lists.
    """
    line = file.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return Status(rest.decode("utf-8", "replace"))
    if kind == b"-":
        return Failure(rest.decode("utf-8", "replace"))
    if kind == b":":
        return int(rest)
    if kind == b"$":
        length = int(rest)
        if length < 0:
            return None
        data = file.read(length + 2)
        if len(data) != length + 2:
            raise EOFError
        return data[:-2]
    if kind == b"*":
        length = int(rest)
        return None if length < 0 else [read(file) for _ in range(length)]
    raise EOFError("strange data from the server: %r" % line[:50])


def command(words):
    """Writes a command, given its words as bytes."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


# Lists nested deeper than this are an error at that place, as on a server.
DEEPEST = 64


def reply(value, depth=0):
    """Writes a result as a server would make a reply of it."""
    if isinstance(value, Failure):
        return b"-%s\r\n" % _line(value.text)
    if isinstance(value, Status):
        return b"+%s\r\n" % _line(value.text)
    if isinstance(value, str):
        try:
            data = value.encode()
        except UnicodeEncodeError:
            return b"-ERR the result text holds lone surrogates, which are not UTF-8\r\n"
        # Texts that begin with + or - are statuses and errors; negative numbers are not.
        if len(value) > 1 and value[0] == "+":
            return b"+%s\r\n" % _line(value[1:])
        if len(value) > 1 and value[0] == "-" and not _is_number(value):
            return b"-%s\r\n" % _line(value[1:])
        return b"$%d\r\n%s\r\n" % (len(data), data)
    if isinstance(value, bytes):
        return b"$%d\r\n%s\r\n" % (len(value), value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            return b"-ERR the result integer does not fit 64 bits, return it as text\r\n"
        return b":%d\r\n" % int(value)
    if isinstance(value, float):
        return reply(b"%.6f" % value, depth)
    if isinstance(value, list):
        if depth == DEEPEST:
            return b"-ERR the result list is nested too deep, or contains itself\r\n"
        parts = [b"*%d\r\n" % len(value)]
        parts.extend(reply(element, depth + 1) for element in list(value))
        return b"".join(parts)
    return b"$-1\r\n" if value is NIL else b"$9\r\nPY RECORD\r\n"


def _line(text):
    return text.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace")


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True
