//! Python's builtins, by version.

use crate::version::PythonVersion;

/// What every Python from 3.7 on has.
const ALWAYS: &[&str] = &[
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "BytesWarning",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "DeprecationWarning",
    "EOFError",
    "Ellipsis",
    "EnvironmentError",
    "Exception",
    "False",
    "FileExistsError",
    "FileNotFoundError",
    "FloatingPointError",
    "FutureWarning",
    "GeneratorExit",
    "IOError",
    "ImportError",
    "ImportWarning",
    "IndentationError",
    "IndexError",
    "InterruptedError",
    "IsADirectoryError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "None",
    "NotADirectoryError",
    "NotImplemented",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PendingDeprecationWarning",
    "PermissionError",
    "ProcessLookupError",
    "RecursionError",
    "ReferenceError",
    "ResourceWarning",
    "RuntimeError",
    "RuntimeWarning",
    "StopAsyncIteration",
    "StopIteration",
    "SyntaxError",
    "SyntaxWarning",
    "SystemError",
    "SystemExit",
    "TabError",
    "TimeoutError",
    "True",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "UnicodeWarning",
    "UserWarning",
    "ValueError",
    "Warning",
    "ZeroDivisionError",
    "__build_class__",
    "__builtins__",
    "__debug__",
    "__doc__",
    "__import__",
    "__loader__",
    "__name__",
    "__package__",
    "__spec__",
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

/// What came later, with the version that brought it.
const ADDED: &[(&str, u8)] = &[
    ("BaseExceptionGroup", 11),
    ("EncodingWarning", 10),
    ("ExceptionGroup", 11),
    ("PythonFinalizationError", 13),
    ("aiter", 10),
    ("anext", 10),
];

/// What a file of its own has besides.
const FILE: &[&str] = &["WindowsError", "__annotations__", "__file__", "__path__"];

/// Returns the first version that has a builtin, or `None` when none has.
pub(crate) fn since(name: &str) -> Option<PythonVersion> {
    if ALWAYS.binary_search(&name).is_ok() {
        return Some(PythonVersion::OLDEST);
    }
    ADDED
        .iter()
        .find(|(added, _)| *added == name)
        .map(|&(_, minor)| PythonVersion::of_minor(minor))
}

/// Returns whether the name is one that Python gives to modules that are files.
pub(crate) fn is_of_file(name: &str) -> bool {
    FILE.contains(&name)
}

/// Returns the builtins of every Python.
pub(crate) fn always() -> impl Iterator<Item = &'static str> {
    ALWAYS.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(ALWAYS.is_sorted());
    }

    #[test]
    fn builtins_have_their_version() {
        assert_eq!(since("len"), Some(PythonVersion::OLDEST));
        assert_eq!(since("anext").unwrap().to_string(), "3.10");
        assert_eq!(since("ExceptionGroup").unwrap().to_string(), "3.11");
        assert_eq!(since("unicode"), None);
        assert!(is_of_file("__file__") && !is_of_file("file"));
        assert!(always().any(|name| name == "print"));
    }
}
