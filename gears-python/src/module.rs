//! The modules of the standard library, by the Pythons that have them.

use crate::version::PythonVersion;

/// Top-level modules that some Python from 3.7 to 3.14 has.
const MODULES: &[&str] = &[
    "abc",
    "aifc",
    "annotationlib",
    "antigravity",
    "argparse",
    "array",
    "ast",
    "asynchat",
    "asyncio",
    "asyncore",
    "atexit",
    "audioop",
    "base64",
    "bdb",
    "binascii",
    "binhex",
    "bisect",
    "builtins",
    "bz2",
    "cProfile",
    "calendar",
    "cgi",
    "cgitb",
    "chunk",
    "cmath",
    "cmd",
    "code",
    "codecs",
    "codeop",
    "collections",
    "colorsys",
    "compileall",
    "compression",
    "concurrent",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "copyreg",
    "crypt",
    "csv",
    "ctypes",
    "curses",
    "dataclasses",
    "datetime",
    "dbm",
    "decimal",
    "difflib",
    "dis",
    "distutils",
    "doctest",
    "dummy_threading",
    "email",
    "encodings",
    "ensurepip",
    "enum",
    "errno",
    "faulthandler",
    "fcntl",
    "filecmp",
    "fileinput",
    "fnmatch",
    "formatter",
    "fractions",
    "ftplib",
    "functools",
    "gc",
    "genericpath",
    "getopt",
    "getpass",
    "gettext",
    "glob",
    "graphlib",
    "grp",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "http",
    "idlelib",
    "imaplib",
    "imghdr",
    "imp",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "keyword",
    "lib2to3",
    "linecache",
    "locale",
    "logging",
    "lzma",
    "macpath",
    "mailbox",
    "mailcap",
    "marshal",
    "math",
    "mimetypes",
    "mmap",
    "modulefinder",
    "msilib",
    "msvcrt",
    "multiprocessing",
    "netrc",
    "nis",
    "nntplib",
    "nt",
    "ntpath",
    "nturl2path",
    "numbers",
    "opcode",
    "operator",
    "optparse",
    "os",
    "ossaudiodev",
    "parser",
    "pathlib",
    "pdb",
    "pickle",
    "pickletools",
    "pipes",
    "pkgutil",
    "platform",
    "plistlib",
    "poplib",
    "posix",
    "posixpath",
    "pprint",
    "profile",
    "pstats",
    "pty",
    "pwd",
    "py_compile",
    "pyclbr",
    "pydoc",
    "pydoc_data",
    "pyexpat",
    "queue",
    "quopri",
    "random",
    "re",
    "readline",
    "reprlib",
    "resource",
    "rlcompleter",
    "runpy",
    "sched",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "smtpd",
    "smtplib",
    "sndhdr",
    "socket",
    "socketserver",
    "spwd",
    "sqlite3",
    "sre_compile",
    "sre_constants",
    "sre_parse",
    "ssl",
    "stat",
    "statistics",
    "string",
    "stringprep",
    "struct",
    "subprocess",
    "sunau",
    "symbol",
    "symtable",
    "sys",
    "sysconfig",
    "syslog",
    "tabnanny",
    "tarfile",
    "telnetlib",
    "tempfile",
    "termios",
    "textwrap",
    "this",
    "threading",
    "time",
    "timeit",
    "tkinter",
    "token",
    "tokenize",
    "tomllib",
    "trace",
    "traceback",
    "tracemalloc",
    "tty",
    "turtle",
    "turtledemo",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "urllib",
    "uu",
    "uuid",
    "venv",
    "warnings",
    "wave",
    "weakref",
    "webbrowser",
    "winreg",
    "winsound",
    "wsgiref",
    "xdrlib",
    "xml",
    "xmlrpc",
    "zipapp",
    "zipfile",
    "zipimport",
    "zlib",
    "zoneinfo",
];

/// Modules that came after 3.7, with the version that brought them.
const ADDED: &[(&str, u8)] = &[
    ("annotationlib", 14),
    ("asyncio.taskgroups", 11),
    ("asyncio.timeouts", 11),
    ("compression", 14),
    ("concurrent.interpreters", 14),
    ("dbm.sqlite3", 13),
    ("graphlib", 9),
    ("importlib.metadata", 8),
    ("importlib.resources.abc", 11),
    ("multiprocessing.shared_memory", 8),
    ("pathlib.types", 14),
    ("string.templatelib", 14),
    ("tomllib", 11),
    ("wsgiref.types", 11),
    ("zoneinfo", 9),
];

/// Modules that went after 3.7: the first version without them, and what to use instead.
const REMOVED: &[(&str, u8, &str)] = &[
    ("aifc", 13, ""),
    ("asynchat", 12, "`asyncio`"),
    ("asyncore", 12, "`asyncio`"),
    ("audioop", 13, "the package `audioop-lts`"),
    ("binhex", 11, ""),
    ("cgi", 13, "`urllib.parse`, or the package `legacy-cgi`"),
    ("cgitb", 13, "`traceback`"),
    ("chunk", 13, ""),
    ("crypt", 13, "`hashlib`, or the package `bcrypt`"),
    ("distutils", 12, "the package `setuptools`"),
    ("dummy_threading", 9, "`threading`"),
    ("formatter", 10, ""),
    ("imghdr", 13, "the package `filetype`"),
    ("imp", 12, "`importlib`"),
    ("lib2to3", 13, "the package `libcst`"),
    ("macpath", 8, "`posixpath`"),
    ("mailcap", 13, "`mimetypes`"),
    ("msilib", 13, ""),
    ("nis", 13, ""),
    ("nntplib", 13, ""),
    ("ossaudiodev", 13, ""),
    ("parser", 10, "`ast`"),
    ("pipes", 13, "`subprocess` and `shlex`"),
    ("smtpd", 12, "the package `aiosmtpd`"),
    ("sndhdr", 13, "the package `filetype`"),
    ("spwd", 13, ""),
    ("sunau", 13, ""),
    ("symbol", 10, "`ast`"),
    ("telnetlib", 13, "the package `telnetlib3`"),
    ("uu", 13, "`base64`"),
    ("xdrlib", 13, ""),
];

/// Why a module is not in every Python that has to run a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// It came with this version.
    Before(PythonVersion),
    /// It went with this version; what takes its place, or nothing.
    Since(PythonVersion, &'static str),
}

/// Returns whether some Python has a top-level module of that name.
pub(crate) fn is_standard(top: &str) -> bool {
    // The private ones differ by platform; nobody gets such a name from a package by chance.
    MODULES.binary_search(&top).is_ok() || top.starts_with('_')
}

/// Returns the top-level modules.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    MODULES.iter().copied()
}

/// Returns why a module, with all its dots, is not in every Python from `oldest` on.
pub(crate) fn absence(module: &str, oldest: PythonVersion) -> Option<Absence> {
    let is_within = |whole: &str| {
        module
            .strip_prefix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let added = ADDED
        .iter()
        .filter(|(name, _)| is_within(name))
        .map(|&(_, minor)| PythonVersion::of_minor(minor))
        .find(|&version| version > oldest)
        .map(Absence::Before);
    added.or_else(|| {
        REMOVED
            .iter()
            .find(|(name, ..)| is_within(name))
            .map(|&(_, minor, instead)| Absence::Since(PythonVersion::of_minor(minor), instead))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> PythonVersion {
        text.parse().unwrap()
    }

    #[test]
    fn tables_are_sorted() {
        assert!(MODULES.is_sorted() && ADDED.is_sorted() && REMOVED.is_sorted());
    }

    #[test]
    fn what_came_and_went_is_known() {
        let oldest = version("3.9");
        let before = |text| Some(Absence::Before(version(text)));
        assert_eq!(absence("json", oldest), None);
        assert_eq!(absence("tomllib", oldest), before("3.11"));
        assert_eq!(absence("tomllib", version("3.11")), None);
        assert_eq!(absence("zoneinfo", oldest), None);
        assert_eq!(absence("compression.zstd", oldest), before("3.14"));
        assert_eq!(absence("string", oldest), None);
        assert_eq!(absence("string.templatelib", oldest), before("3.14"));
        let since = |text, instead| Some(Absence::Since(version(text), instead));
        assert_eq!(
            absence("distutils.core", oldest),
            since("3.12", "the package `setuptools`")
        );
        assert_eq!(absence("imp", oldest), since("3.12", "`importlib`"));
        assert_eq!(absence("importlib", oldest), None);
    }

    #[test]
    fn standard_modules_are_known() {
        for name in [
            "json",
            "os",
            "telnetlib",
            "tomllib",
            "_thread",
            "__future__",
        ] {
            assert!(is_standard(name), "{name}");
        }
        for name in ["requests", "redis", "Json", ""] {
            assert!(!is_standard(name), "{name}");
        }
        assert!(all().count() > 200);
    }
}
