"""`execute` and `atomic` over a plain connection to a Redis or Valkey."""

import contextvars
import socket
import threading

from _gears_local import wire
from _gears_local.failure import Unavailable, error
from _gears_local.queued import Queued, known

# A server runs functions where nothing can block. Inside MULTI these do not block either.
BLOCKING = {
    "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP",
    "XREAD", "XREADGROUP",
}
# A server says OK to this and does nothing that lasts.
WITHOUT_EFFECT = {"SELECT"}
# What the engine refuses to run in a function, in its words.
ABOUT_CONNECTION = {
    "SYNC", "PSYNC", "REPLCONF", "MONITOR", "RESET", "QUIT", "HELLO", "AUTH",
    "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH",
    "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
    "CLIENT REPLY", "CLIENT TRACKING", "CLIENT CACHING", "CLIENT SETNAME", "CLIENT SETINFO",
    "CLIENT NO-EVICT", "CLIENT NO-TOUCH", "CLIENT CAPA", "CLIENT IMPORT-SOURCE", "SCRIPT DEBUG",
}
WAITS = {"WAIT", "WAITAOF"}
ENDS_SERVER = {"SHUTDOWN", "DEBUG", "FAILOVER", "REPLICAOF", "SLAVEOF"}
CHANGES_CONNECTION = {"READONLY", "READWRITE", "ASKING"}

# The commands of an atomic block that wait for its end; None outside of one.
_block = contextvars.ContextVar("gears_atomic", default=None)


class Server:
    """One connection, used by one thread at a time."""

    def __init__(self, settings):
        self._settings = settings
        self._lock = threading.Lock()
        self._socket = None
        self._file = None
        # Runs `RG.…` commands, which no server without a module knows.
        self.run_ours = None

    def execute(self, *words):
        """Runs a command and returns its answer (as `execute` in a script)."""
        if not words:
            raise error("execute() needs the name of a command, such as execute('PING')")
        if not isinstance(words[0], str):
            raise error("the given command must be a string")
        name = words[0].upper()
        words = [words[0].encode()] + [_argument(known(word)) for word in words[1:]]
        if name.startswith("RG."):
            return _python(self.run_ours(name, words))
        block = _block.get()
        if name in WITHOUT_EFFECT:
            return "OK"
        _check_allowed(name, words)
        if name in CHANGES_CONNECTION:
            raise Unavailable("the command " + name)
        if block is not None:
            queued = Queued(name)
            block.append((words, queued))
            return queued
        if name in BLOCKING:
            return _python(self._raised(words, self._transact([words])[0]))
        return _python(self._raised(words, self._send([words])[0]))

    def finish(self, block):
        """Runs the commands of an atomic block, all or none."""
        if not block:
            return
        answers = self._transact([words for words, _ in block])
        failure = None
        for (words, queued), answer in zip(block, answers):
            try:
                queued.become(_python(self._raised(words, answer)))
            except error as failed:
                queued.fail(failed)
                failure = failure or failed
        if failure is not None:
            raise failure

    def _transact(self, commands):
        replies = self._send([[b"MULTI"]] + commands + [[b"EXEC"]])
        for words, queued in zip(commands, replies[1:-1]):
            # Refused before it could be queued, so that none has run.
            self._raised(words, queued)
        return _raised(replies[-1]) or []

    def _raised(self, words, answer):
        """Returns the answer to a command, or raises it if it is an error."""
        if isinstance(answer, wire.Failure) and answer.text.startswith("ERR wrong number of arguments"):
            # A server's module looks at the number before it calls; commands may look again.
            name = answer.text.split("'")[1:2] or [words[0].decode()]
            told = self._send([[b"COMMAND", b"INFO", name[0].encode()]])[0]
            arity = told[0][1] if isinstance(told, list) and told and told[0] else 0
            if len(words) < abs(arity) or len(words) > arity > 0:
                raise error("Invalid argument")
        return _raised(answer, words[0])

    def _send(self, commands):
        with self._lock:
            try:
                if self._socket is None:
                    self._connect()
                self._socket.sendall(b"".join(map(wire.command, commands)))
                return [wire.read(self._file) for _ in commands]
            except (OSError, EOFError) as broken:
                self.close()
                raise error("the connection to the server broke: %s" % (broken or "it was closed")) from broken
            except BaseException:
                # A deadline, or Ctrl-C: a reply may still be on its way.
                self.close()
                raise

    def _connect(self):
        settings = self._settings
        if settings["unix"] is not None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.connect(settings["unix"])
        else:
            self._socket = socket.create_connection((settings["host"], settings["port"]))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings["tls"]:
            import ssl

            context = ssl.create_default_context()
            if settings["tls"] == "insecure":
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket, server_hostname=settings["host"])
        self._file = self._socket.makefile("rb")
        greeting = []
        if settings["password"] is not None:
            user = [] if settings["user"] is None else [settings["user"].encode()]
            greeting.append([b"AUTH"] + user + [settings["password"].encode()])
        if settings["database"]:
            greeting.append([b"SELECT", b"%d" % settings["database"]])
        self._socket.sendall(b"".join(map(wire.command, greeting)))
        for _ in greeting:
            try:
                _raised(wire.read(self._file))
            except error:
                self.close()
                raise

    def shards(self):
        """Counts the shards of the cluster; 1 where there is none."""
        try:
            answer = self.execute("CLUSTER", "INFO")
        except error:
            return 1
        lines = dict(line.split(":", 1) for line in answer.split() if ":" in line)
        return max(int(lines.get("cluster_size", 1)), 1)

    def close(self):
        """Forgets the connection; the next command makes another."""
        connection, self._socket, self._file = self._socket, None, None
        if connection is not None:
            connection.close()


class PyAtomic:
    """What `atomic()` returns: its commands run together at the end of the block."""

    def __init__(self, server):
        self._server = server
        self._token = None

    def __enter__(self):
        if is_in_block():
            raise error("Already inside an atomic block")
        self._token = _block.set([])
        return self

    def __exit__(self, *_exception):
        if self._token is None:
            return False
        block = _block.get()
        _block.reset(self._token)
        self._token = None
        # On a server the commands before an exception have run: here too.
        self._server.finish(block)
        return False


PyAtomic.__module__ = "redisgears"


def is_in_block():
    """Says whether the code runs inside `with atomic():`."""
    return _block.get() is not None


def _argument(word):
    if isinstance(word, (bytes, bytearray)):
        return bytes(word)
    return str(word).encode()


def _check_allowed(name, words):
    """Raises for what the engine lets no function run."""
    if name in ("CLIENT", "SCRIPT") and len(words) > 1:
        name += " " + words[1].decode(errors="replace").upper()
    if name in ABOUT_CONNECTION:
        raise error(
            "ERR %s isn't allowed for a DENY BLOCKING client: "
            "it is about the connection of its client, and a function has none" % name
        )
    if name in WAITS:
        raise error(
            "ERR %s isn't allowed in a function: it waits for others, while the function keeps "
            "the server from them: let the client send it" % name
        )
    if name in ENDS_SERVER:
        raise error(
            "ERR %s isn't allowed in a function: it would end or replace the server in the midst "
            "of the function: let a client send it" % name
        )


def _raised(answer, name=b""):
    """Returns an answer, or raises it if it is the error of the command `name`."""
    if not isinstance(answer, wire.Failure):
        return answer
    text = answer.text.rstrip()
    # What a server's module interface says instead.
    if text.startswith("ERR unknown command") or text.startswith("ERR unknown subcommand"):
        text = "No such file or directory: the server has no command '%s'" % name.decode()
    elif text.startswith(("MOVED ", "ASK ")):
        text = "Operation not permitted"
    raise error(text)


def _python(answer):
    """Makes what `execute` returns of a reply."""
    if isinstance(answer, bytes):
        try:
            return answer.decode()
        except UnicodeDecodeError:
            return bytearray(answer)
    if isinstance(answer, list):
        return [_python(element) for element in answer]
    if isinstance(answer, (wire.Status, wire.Failure)):
        return answer.text
    return answer
