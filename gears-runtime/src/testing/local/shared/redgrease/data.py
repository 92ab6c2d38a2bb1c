"""What servers tell, as objects (chapter 15 of the manual)."""

import ast
import dataclasses
import enum
import operator
from typing import Any, Optional

from redgrease.utils import bool_ok, list_parser, optional, safe_bool, safe_str, str_if_bytes, to_dict, to_kwargs


class RedisObject:
    """Something that servers tell as names and values, one after the other."""

    @classmethod
    def from_redis(cls, params):
        return cls(**to_kwargs(params))


def _object(**parsers):
    """Makes a class of values, which `parsers` read by their names."""

    def decorate(cls):
        def read(self):
            for name, parser in parsers.items():
                setattr(self, name, parser(getattr(self, name)))

        cls.__post_init__ = read
        return dataclasses.dataclass(cls)

    return decorate


class ExecID:
    """The id of an execution or registration."""

    def __init__(self, shard_id="0000000000000000000000000000000000000000", sequence=0):
        self.shard_id = safe_str(shard_id)
        self.sequence = int(sequence)

    @staticmethod
    def parse(value):
        shard_id, dash, sequence = safe_str(value).partition("-")
        if not dash:
            raise ValueError("Unable to parse ExecID. Invalid serialization: %r" % safe_str(value))
        return ExecID(shard_id, int(sequence))

    def __str__(self):
        return "%s-%d" % (self.shard_id, self.sequence)

    def __bytes__(self):
        return str(self).encode()

    def __repr__(self):
        return 'ExecID("%s", %d)' % (self.shard_id, self.sequence)

    def __eq__(self, other):
        return isinstance(other, ExecID) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


class _Told(enum.Enum):
    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, self.value)

    def __str__(self):
        return safe_str(self.value)


class ExecutionStatus(_Told):
    """How far an execution is."""

    created = b"created"
    running = b"running"
    done = b"done"
    aborted = b"aborted"
    pending_cluster = b"pending_cluster"
    pending_run = b"pending_run"
    pending_receive = b"pending_receive"
    pending_termination = b"pending_termination"

    def __bytes__(self):
        return self.value


class ExecLocality(_Told):
    """Whether a shard or the cluster is meant."""

    Shard = "Shard"
    Cluster = "Cluster"


class ExecutionResult:
    """The results of an execution, which behave as these do, and the errors beside them.

    A single value is also a list of one.
    """

    def __init__(self, value, errors=None):
        self._value = value
        self._errors = errors

    @property
    def value(self):
        return self._value

    @property
    def errors(self):
        return self._errors

    @property
    def _elements(self):
        return self._value if isinstance(self._value, (list, tuple, dict)) else [self._value]

    def __getattr__(self, name):
        # Before there is a value, as in a copy that is being made, there is nothing to ask.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._value, name)

    def __repr__(self):
        return "ExecutionResult[%s](%r)" % (type(self._value).__name__, self._value)

    def __len__(self):
        return len(self._elements)

    def __iter__(self):
        return iter(self._elements)

    def __getitem__(self, key):
        return self._elements[key]

    def __contains__(self, value):
        return value in self._elements


def _as_value(name):
    function = getattr(operator, name)
    return lambda self, *others: function(self._value, *(getattr(other, "_value", other) for other in others))


def _reversed_as_value(name):
    function = getattr(operator, name)
    return lambda self, other: function(other, self._value)


for _name in "add and floordiv lshift mod mul or pow rshift sub truediv xor".split():
    setattr(ExecutionResult, "__%s__" % _name, _as_value("__%s__" % _name))
    setattr(ExecutionResult, "__r%s__" % _name, _reversed_as_value("__%s__" % _name))
for _name in "eq ne lt le gt ge neg pos abs invert index".split():
    setattr(ExecutionResult, "__%s__" % _name, _as_value("__%s__" % _name))
for _name, _made in ("bool", bool), ("int", int), ("float", float), ("str", str), ("hash", hash):
    setattr(ExecutionResult, "__%s__" % _name, lambda self, made=_made: made(self._value))
ExecutionResult.__bytes__ = lambda self: bytes(self._value)
del _name, _made


def parse_execute_response(response, pickled=False):
    """Reads what RG.PYEXECUTE, RG.GETRESULTS and RG.GETRESULTSBLOCKING answer."""
    if isinstance(response, (list, tuple)) and len(response) == 2 and isinstance(response[1], list):
        results, errors = response
        single = isinstance(results, list) and len(results) == 1
        return ExecutionResult(results[0] if single else results, errors=errors)
    if bool_ok(response):
        return ExecutionResult(True)
    if isinstance(response, bytes):
        return ExecutionResult(ExecID.parse(response))
    return ExecutionResult(response)


def parse_trigger_response(response, pickled=False):
    """Reads what RG.TRIGGER answers."""
    single = isinstance(response, list) and len(response) == 1
    return ExecutionResult(response[0] if single else response)


def parse_PD(value):
    """Reads the private data of a registration."""
    return ast.literal_eval(str_if_bytes(value))


def _exec_id(value):
    return value if isinstance(value, ExecID) else ExecID.parse(value)


@_object(executionId=_exec_id, status=ExecutionStatus, registered=safe_bool)
class ExecutionInfo(RedisObject):
    """An execution, as RG.DUMPEXECUTIONS tells it."""

    executionId: ExecID
    status: ExecutionStatus
    registered: bool


@_object(
    mode=safe_str,
    numTriggered=int,
    numSuccess=int,
    numFailures=int,
    numAborted=int,
    lastError=optional(safe_str),
    args=to_kwargs,
    status=optional(bool_ok),
)
class RegData(RedisObject):
    """What is counted of a registration."""

    mode: str
    numTriggered: int
    numSuccess: int
    numFailures: int
    numAborted: int
    lastError: Optional[str]
    args: dict
    status: Optional[bool] = None


@_object(
    id=_exec_id,
    reader=safe_str,
    desc=optional(safe_str),
    RegistrationData=lambda told: told if isinstance(told, RegData) else RegData.from_redis(told),
    PD=optional(parse_PD),
    ExecutionThreadPool=safe_str,
)
class Registration(RedisObject):
    """A registration, as RG.DUMPREGISTRATIONS tells it."""

    id: ExecID
    reader: str
    desc: Optional[str]
    RegistrationData: RegData
    PD: Any
    ExecutionThreadPool: str = ""


@_object(type=safe_str, duration=int, name=safe_str, arg=safe_str)
class ExecutionStep(RedisObject):
    """A step of an execution."""

    type: str
    duration: int
    name: str
    arg: str


@_object(
    status=ExecutionStatus,
    shards_received=int,
    shards_completed=int,
    results=int,
    errors=int,
    total_duration=int,
    read_duration=int,
    steps=list_parser(ExecutionStep.from_redis),
)
class ExecutionPlan(RedisObject):
    """An execution on one shard, as RG.GETEXECUTION tells it."""

    status: ExecutionStatus
    shards_received: int
    shards_completed: int
    results: int
    errors: int
    total_duration: int
    read_duration: int
    steps: list

    @staticmethod
    def parse(res):
        plans = {}
        for told in res:
            shard = to_kwargs(told)
            plans[safe_str(shard["shard_id"])] = ExecutionPlan.from_redis(shard["execution_plan"])
        return plans


@_object(
    id=safe_str,
    ip=safe_str,
    port=int,
    unixSocket=safe_str,
    runid=safe_str,
    minHslot=int,
    maxHslot=int,
    pendingMessages=int,
)
class ShardInfo(RedisObject):
    """A shard, as RG.INFOCLUSTER tells it."""

    id: str
    ip: str
    port: int
    unixSocket: str
    runid: str
    minHslot: int
    maxHslot: int
    pendingMessages: int


@_object(my_id=safe_str, my_run_id=safe_str)
class ClusterInfo(RedisObject):
    """What RG.INFOCLUSTER tells."""

    my_id: str
    my_run_id: str
    shards: list

    @staticmethod
    def parse(res):
        if not isinstance(res, (list, tuple)):
            return None
        # The values follow their names, but the shards come alone.
        *named, shards = res
        names = to_dict(named, key_transform=safe_str)
        return ClusterInfo(names["MyId"], names["MyRunId"], [ShardInfo.from_redis(shard) for shard in shards])


@_object(TotalAllocated=int, PeakAllocated=int, CurrAllocated=int)
class PyStats(RedisObject):
    """What RG.PYSTATS tells."""

    TotalAllocated: int
    PeakAllocated: int
    CurrAllocated: int


@_object(
    GearReqVersion=int,
    Name=safe_str,
    IsDownloaded=safe_bool,
    IsInstalled=safe_bool,
    CompiledOs=safe_str,
    Wheels=lambda told: [safe_str(wheel) for wheel in told] if isinstance(told, (list, tuple)) else safe_str(told),
)
class PyRequirementInfo(RedisObject):
    """A requirement, as RG.PYDUMPREQS tells it."""

    GearReqVersion: int
    Name: str
    IsDownloaded: bool
    IsInstalled: bool
    CompiledOs: str
    Wheels: Any
