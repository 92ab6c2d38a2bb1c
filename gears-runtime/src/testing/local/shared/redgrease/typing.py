"""Names for types (chapters 9 and 14 of the manual)."""

from typing import Any, Callable, Dict, Hashable, Iterable, Type, TypeVar, Union  # noqa: F401

T = TypeVar("T")
InputRecord = TypeVar("InputRecord", contravariant=True)
OutputRecord = TypeVar("OutputRecord", covariant=True)
Key = TypeVar("Key", contravariant=True)
Val = TypeVar("Val")

Constructor = Union[Type[T], Callable[[Any], T]]
RedisType = Union[bytes, int, float]
SafeType = Union[bytes, int, float, str]
SupportedType = Union[bool, str, bytes, int, float]
RedisKey = Union[str, bytes]
Record = Dict

Registrator = Callable[[], None]
Extractor = Callable[[InputRecord], Key]
Mapper = Callable[[InputRecord], OutputRecord]
Expander = Callable[[InputRecord], Iterable[OutputRecord]]
Processor = Callable[[InputRecord], None]
Filterer = Callable[[InputRecord], bool]
Accumulator = Callable[[T, InputRecord], T]
Reducer = Callable[[Key, T, InputRecord], T]
BatchReducer = Callable[[Key, Iterable[InputRecord]], OutputRecord]
