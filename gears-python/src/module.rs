//! The modules of the standard library, by the Pythons that have them.

use ruff_python_stdlib::sys::is_known_standard_library;

use crate::version::PythonVersion;

/// What may be meant by a name that is nearly one of these.
///
/// Which Python has a module is known to ruff, which tells of a name and lists none.
const NAMES: &[&str] = &[
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

/// Parts of modules that came after 3.7, with the version that brought them: ruff knows the modules as a whole.
const ADDED: &[(&str, u8)] = &[
    ("asyncio.taskgroups", 11),
    ("asyncio.timeouts", 11),
    ("concurrent.interpreters", 14),
    ("dbm.sqlite3", 13),
    ("importlib.metadata", 8),
    ("importlib.resources.abc", 11),
    ("multiprocessing.shared_memory", 8),
    ("pathlib.types", 14),
    ("string.templatelib", 14),
    ("wsgiref.types", 11),
];

/// What to use instead of modules that went.
const INSTEAD: &[(&str, &str)] = &[
    ("asynchat", "`asyncio`"),
    ("asyncore", "`asyncio`"),
    ("audioop", "the package `audioop-lts`"),
    ("cgi", "`urllib.parse`, or the package `legacy-cgi`"),
    ("cgitb", "`traceback`"),
    ("crypt", "`hashlib`, or the package `bcrypt`"),
    ("distutils", "the package `setuptools`"),
    ("dummy_threading", "`threading`"),
    ("imghdr", "the package `filetype`"),
    ("imp", "`importlib`"),
    ("lib2to3", "the package `libcst`"),
    ("macpath", "`posixpath`"),
    ("mailcap", "`mimetypes`"),
    ("parser", "`ast`"),
    ("pipes", "`subprocess` and `shlex`"),
    ("smtpd", "the package `aiosmtpd`"),
    ("sndhdr", "the package `filetype`"),
    ("symbol", "`ast`"),
    ("telnetlib", "the package `telnetlib3`"),
    ("uu", "`base64`"),
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
    top.starts_with('_') || PythonVersion::all().any(|version| has(version, top))
}

fn has(version: PythonVersion, top: &str) -> bool {
    is_known_standard_library(version.minor(), top)
}

/// Returns the top-level modules that may be meant by a name that is nearly theirs.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied()
}

/// Returns why a standard module, with all its dots, is not in every Python from `oldest` on.
pub(crate) fn absence(module: &str, oldest: PythonVersion) -> Option<Absence> {
    let top = module.split('.').next().unwrap_or(module);
    let is_within = |whole: &str| {
        module
            .strip_prefix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let part = ADDED.iter().find(|(name, _)| is_within(name));
    let added = match part {
        Some(&(_, minor)) => Some(PythonVersion::of_minor(minor)),
        None => PythonVersion::all().find(|&version| has(version, top)),
    };
    let added = added.filter(|&version| version > oldest);
    added.map(Absence::Before).or_else(|| {
        let mut after = PythonVersion::all().skip_while(|&version| !has(version, top));
        let gone = after.find(|&version| !has(version, top))?;
        let instead = INSTEAD.iter().find(|(name, _)| *name == top);
        Some(Absence::Since(
            gone,
            instead.map_or("", |(_, instead)| instead),
        ))
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
        assert!(NAMES.is_sorted() && ADDED.is_sorted() && INSTEAD.is_sorted());
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
        assert_eq!(absence("binhex", oldest), since("3.11", ""));
        assert_eq!(absence("_thread", oldest), None);
        for (name, _) in INSTEAD {
            assert!(
                matches!(absence(name, oldest), Some(Absence::Since(..))),
                "{name}"
            );
        }
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
        assert!(all().all(is_standard));
        assert!(all().count() > 200);
    }
}
