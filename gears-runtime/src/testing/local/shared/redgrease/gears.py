"""Functions that are put together of operations (chapters 6 to 8 of the manual).

An open function is not changed by the operations that are added to it. A closed one runs, or is registered, at once:
the code is on the server already.
"""

import re
from importlib import metadata

from redisgears import GearsBuilder as _ServerBuilder

from redgrease.utils import as_function, as_reply, stable_hash


class Operation:
    """A step of a function; `kwargs` are handed on to it."""

    def __init__(self, **kwargs):
        self.kwargs = kwargs

    def add_to(self, builder):
        """Adds the step to a builder of the server's."""
        raise NotImplementedError


class Reader(Operation):
    """Where a function's records come from."""

    def __init__(self, reader, defaultArg="*", desc=None, **kwargs):
        Operation.__init__(self, **kwargs)
        self.reader = reader
        self.defaultArg = defaultArg
        self.desc = desc

    def builder(self):
        """Makes a builder of the server's, without a step."""
        told = {"reader": self.reader, "defaultArg": self.defaultArg, "desc": self.desc}
        return _ServerBuilder(**{name: value for name, value in told.items() if value is not None}, **self.kwargs)


class Nop(Operation):
    """Does nothing."""

    def add_to(self, builder):
        pass


class _OfOneFunction(Operation):
    def __init__(self, op, **kwargs):
        Operation.__init__(self, **kwargs)
        self.op = op


class Map(_OfOneFunction):
    """Makes one record of each."""

    def add_to(self, builder):
        builder.map(as_function(self.op), **self.kwargs)


class FlatMap(_OfOneFunction):
    """Makes any number of records of each."""

    def add_to(self, builder):
        builder.flatmap(as_function(self.op), **self.kwargs)


class ForEach(_OfOneFunction):
    """Does something with each record, and lets it through."""

    def add_to(self, builder):
        builder.foreach(as_function(self.op), **self.kwargs)


class Filter(_OfOneFunction):
    """Lets records through of which a function is true."""

    def add_to(self, builder):
        builder.filter(as_function(self.op), **self.kwargs)


class Accumulate(_OfOneFunction):
    """Makes one record of all of a shard."""

    def add_to(self, builder):
        builder.accumulate(as_function(self.op), **self.kwargs)


class _OfExtractor(Operation):
    def __init__(self, extractor, **kwargs):
        Operation.__init__(self, **kwargs)
        self.extractor = extractor


class _OfGroups(_OfExtractor):
    def __init__(self, extractor, reducer, **kwargs):
        _OfExtractor.__init__(self, extractor, **kwargs)
        self.reducer = reducer

    def _functions(self):
        return as_function(self.extractor), as_function(self.reducer)


class LocalGroupBy(_OfGroups):
    """Makes one record of each group of a shard."""

    def add_to(self, builder):
        builder.localgroupby(*self._functions(), **self.kwargs)


class GroupBy(_OfGroups):
    """Makes one record of each group."""

    def add_to(self, builder):
        builder.groupby(*self._functions(), **self.kwargs)


class BatchGroupBy(_OfGroups):
    """Makes one record of each group, which the reducer gets whole."""

    def add_to(self, builder):
        builder.batchgroupby(*self._functions(), **self.kwargs)


class Limit(Operation):
    """Lets so many records of each shard through."""

    def __init__(self, length, start=0, **kwargs):
        Operation.__init__(self, **kwargs)
        self.length = length
        self.start = start

    def add_to(self, builder):
        builder.limit(self.length, self.start, **self.kwargs)


class Collect(Operation):
    """Brings the records together on one shard."""

    def add_to(self, builder):
        builder.collect(**self.kwargs)


class Repartition(_OfExtractor):
    """Brings each record to the shard of a key."""

    def add_to(self, builder):
        builder.repartition(as_function(self.extractor), **self.kwargs)


class Aggregate(Operation):
    """Makes one record of all: on each shard first, then of what came of those."""

    def __init__(self, zero, seqOp, combOp, **kwargs):
        Operation.__init__(self, **kwargs)
        self.zero = zero
        self.seqOp = seqOp
        self.combOp = combOp

    def add_to(self, builder):
        builder.aggregate(self.zero, as_function(self.seqOp), as_function(self.combOp), **self.kwargs)


class AggregateBy(_OfExtractor):
    """Makes one record of each group: on each shard first, then of what came of those."""

    def __init__(self, extractor, zero, seqOp, combOp, **kwargs):
        _OfExtractor.__init__(self, extractor, **kwargs)
        self.zero = zero
        self.seqOp = seqOp
        self.combOp = combOp

    def add_to(self, builder):
        functions = as_function(self.seqOp), as_function(self.combOp)
        builder.aggregateby(as_function(self.extractor), self.zero, *functions, **self.kwargs)


class Sort(Operation):
    """Sorts the records."""

    def __init__(self, reverse=True, **kwargs):
        Operation.__init__(self, **kwargs)
        self.reverse = reverse

    def add_to(self, builder):
        builder.sort(self.reverse, **self.kwargs)


class Distinct(Operation):
    """Lets each value through once."""

    def add_to(self, builder):
        builder.distinct(**self.kwargs)


class Count(Operation):
    """Counts the records."""

    def add_to(self, builder):
        builder.count(**self.kwargs)


class CountBy(_OfExtractor):
    """Counts the records of each group."""

    def add_to(self, builder):
        builder.countby(as_function(self.extractor), **self.kwargs)


class Avg(_OfExtractor):
    """Makes the average of the records."""

    def add_to(self, builder):
        builder.avg(as_function(self.extractor), **self.kwargs)


class GearFunction:
    """A function: an operation, the function before it, and the packages that it needs."""

    def __init__(self, operation, input_function=None, requirements=None):
        self.operation = operation
        self.input_function = input_function
        before = input_function.requirements if input_function is not None else ()
        self.requirements = frozenset(before).union(_listed(requirements))

    def operations(self):
        """Returns the operations, the reader first."""
        operations = []
        function = self
        while function is not None:
            operations.append(function.operation)
            function = function.input_function
        return operations[::-1]

    @property
    def reader(self):
        """The name of the reader, if there is one."""
        return getattr(self.operations()[0], "reader", None)

    @property
    def supports_batch_mode(self):
        """Whether `run` can close it."""
        return self.reader in ("KeysReader", "KeysOnlyReader", "StreamReader", "PythonReader", "ShardsIDReader")

    @property
    def supports_event_mode(self):
        """Whether `register` can close it."""
        return self.reader in ("KeysReader", "StreamReader", "CommandReader")


class ClosedGearFunction(GearFunction):
    """A function that was run or registered; awaited, it gives what came of its run."""

    def __init__(self, operation, input_function, outcome):
        GearFunction.__init__(self, operation, input_function)
        self._outcome = outcome

    def on(self, gears_server=None, *_, **__):
        raise TypeError(_ON_SERVER)

    def __await__(self):
        return self._outcome.__await__()


class Run(Operation):
    """Runs a function."""

    def __init__(self, arg=None, convertToStr=True, collect=True, **kwargs):
        Operation.__init__(self, **kwargs)
        self.arg = arg
        self.convertToStr = convertToStr
        self.collect = collect


class Register(Operation):
    """Registers a function for events."""

    def __init__(self, prefix="*", convertToStr=True, collect=True, mode=None, onRegistered=None, **kwargs):
        Operation.__init__(self, **kwargs)
        self.prefix = prefix
        self.convertToStr = convertToStr
        self.collect = collect
        self.mode = mode
        self.onRegistered = onRegistered


_ON_SERVER = "a script runs and registers its functions on the server that it is on: leave `on` out"


class OpenGearFunction(GearFunction):
    """A function to which operations can be added."""

    def _followed_by(self, operation, requirements=None):
        return OpenGearFunction(operation, self, requirements)

    def run(self, arg=None, convertToStr=True, collect=True, requirements=None, on=None, **kwargs):
        builder, told = prepared(self, "run", requirements, on, dict(kwargs, arg=arg))
        if convertToStr:
            builder.map(as_reply)
        outcome = builder.run(convertToStr=False, collect=collect, **told)
        return ClosedGearFunction(Run(arg, convertToStr, collect, **kwargs), self, outcome)

    def register(
        self,
        prefix="*",
        convertToStr=True,
        collect=True,
        mode=None,
        onRegistered=None,
        requirements=None,
        on=None,
        **kwargs,
    ):
        told = dict(kwargs, prefix=prefix, mode=mode, onRegistered=onRegistered)
        builder, told = prepared(self, "register", requirements, on, told)
        if convertToStr:
            builder.map(as_reply)
        outcome = builder.register(convertToStr=False, collect=collect, **told)
        action = Register(prefix, convertToStr, collect, mode, onRegistered, **kwargs)
        return ClosedGearFunction(action, self, outcome)

    def map(self, op, requirements=None, **kwargs):
        return self._followed_by(Map(op, **kwargs), requirements)

    def flatmap(self, op=None, requirements=None, **kwargs):
        return self._followed_by(FlatMap(op, **kwargs), requirements)

    def foreach(self, op, requirements=None, **kwargs):
        return self._followed_by(ForEach(op, **kwargs), requirements)

    def filter(self, op=None, requirements=None, **kwargs):
        return self._followed_by(Filter(op, **kwargs), requirements)

    def accumulate(self, op=None, requirements=None, **kwargs):
        if op is None:
            op = _list_of_all()
        return self._followed_by(Accumulate(op, **kwargs), requirements)

    def localgroupby(self, extractor=None, reducer=None, requirements=None, **kwargs):
        return self._followed_by(LocalGroupBy(*_grouping(extractor, reducer), **kwargs), requirements)

    def limit(self, length, start=0, **kwargs):
        return self._followed_by(Limit(length, start, **kwargs))

    def collect(self, **kwargs):
        return self._followed_by(Collect(**kwargs))

    def repartition(self, extractor, requirements=None, **kwargs):
        return self._followed_by(Repartition(extractor, **kwargs), requirements)

    def aggregate(self, zero=None, seqOp=None, combOp=None, requirements=None, **kwargs):
        if seqOp is None:
            zero, seqOp, combine = _addition(zero)
            combOp = combOp or combine
        return self._followed_by(Aggregate(zero, seqOp, combOp or seqOp, **kwargs), requirements)

    def aggregateby(self, extractor=None, zero=None, seqOp=None, combOp=None, requirements=None, **kwargs):
        if seqOp is None:
            zero, add, combine = _addition(zero)
            seqOp = _with_key(add)
            combOp = combOp or _with_key(combine)
        operation = AggregateBy(extractor or stable_hash, zero, seqOp, combOp or seqOp, **kwargs)
        return self._followed_by(operation, requirements)

    def groupby(self, extractor=None, reducer=None, requirements=None, **kwargs):
        return self._followed_by(GroupBy(*_grouping(extractor, reducer), **kwargs), requirements)

    def batchgroupby(self, extractor=None, reducer=None, requirements=None, **kwargs):
        reducer = reducer or (lambda key, records: len(records))
        return self._followed_by(BatchGroupBy(extractor or stable_hash, reducer, **kwargs), requirements)

    def sort(self, reverse=True, requirements=None, **kwargs):
        return self._followed_by(Sort(reverse, **kwargs), requirements)

    def distinct(self, **kwargs):
        return self._followed_by(Distinct(**kwargs))

    def count(self, **kwargs):
        return self._followed_by(Count(**kwargs))

    def countby(self, extractor=lambda record: str(record), requirements=None, **kwargs):
        return self._followed_by(CountBy(extractor, **kwargs), requirements)

    def avg(self, extractor=lambda record: float(record), requirements=None, **kwargs):
        return self._followed_by(Avg(extractor, **kwargs), requirements)


def prepared(function, action, requirements, on, told):
    """Returns a builder of the server's with the operations of a function, and what of `told` its action is to get."""
    if on is not None:
        raise TypeError(_ON_SERVER)
    if not (function.supports_batch_mode if action == "run" else function.supports_event_mode):
        mode = "Batch" if action == "run" else "Event"
        raise TypeError("%s mode (%s) is not supported for '%s'" % (mode, action, function.reader))
    reader, *operations = function.operations()
    _check_installed(function.requirements.union(_listed(requirements)))
    if action == "run" and function.reader == "PythonReader":
        told = dict(told, arg=_generator(told.get("arg")))
    builder = reader.builder()
    for operation in operations:
        operation.add_to(builder)
    return builder, {name: value for name, value in told.items() if value is not None}


def _generator(source):
    """Makes a generator's function of what yields records, or has them."""
    if source is None:
        return None

    def generate():
        yield from source() if callable(source) else source

    generate.__name__ = getattr(source, "__name__", "generate")
    return generate


def _listed(requirements):
    if requirements is None:
        return ()
    return (requirements,) if isinstance(requirements, str) else tuple(map(str, requirements))


def _check_installed(requirements):
    """Refuses requirements that nothing brings: those of a script come with it, before it runs."""
    for requirement in sorted(requirements):
        name = re.match(r"[\w.-]*", requirement.strip()).group()
        try:
            metadata.distribution(name or requirement)
        except metadata.PackageNotFoundError:
            raise ImportError(
                "the function asks for %s, which is not installed here: add it to the requirements of the script, "
                "which are there before it runs" % requirement
            ) from None


def _list_of_all(begin=()):
    """Makes an accumulator that puts all records into a list, which is its own and is not copied."""

    def append(total, record):
        if total is None:
            return [*begin, record]
        total.append(record)
        return total

    return append


def _with_key(operation):
    return lambda key, total, record: operation(total, record)


def _grouping(extractor, reducer):
    return extractor or stable_hash, reducer or _with_key(_list_of_all())


def _addition(zero):
    """Returns what an aggregation without functions begins with, does with a record, and with the sums of shards."""
    if zero is None or isinstance(zero, list):
        return None, _list_of_all(zero or ()), lambda total, part: part if total is None else [*total, *part]
    return zero, lambda total, record: total + record, lambda total, part: total + part
