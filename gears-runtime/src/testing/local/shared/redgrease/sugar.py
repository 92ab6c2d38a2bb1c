"""Keywords as names (section 11.2 of the manual); every script has them."""

from redisgears import FailurePolicy, KeyType, LogLevel, ReaderType, TriggerMode  # noqa: F401
