//! Python that is sent to servers, from files of its own.
//!
//! What stands above the mark of a file is for who reads it: what the file is for, and where the names come from that
//! the script around it brings. What stands below is sent, with its comments and without its empty lines.

const MARK: &[u8] = b"\n# --- sent ---\n";

/// Includes what a file of Python, named as for `include_str!`, has below its mark.
macro_rules! sent {
    ($($path:tt)+) => {{
        const FILE: &str = include_str!($($path)+);
        const LENGTH: usize = $crate::python::sent::copy::<0>(FILE).1;
        const SENT: [u8; LENGTH] = $crate::python::sent::copy::<LENGTH>(FILE).0;
        const TEXT: &str = match str::from_utf8(&SENT) {
            Ok(text) => text,
            Err(_) => panic!("whole lines of UTF-8 are UTF-8"),
        };
        TEXT
    }};
}
pub(crate) use sent;

/// Returns the first `N` bytes of what is sent of a file, and how many there are: an empty line, then all that are not.
pub(crate) const fn copy<const N: usize>(file: &str) -> ([u8; N], usize) {
    let file = file.as_bytes();
    let mut bytes = [b'\n'; N];
    let mut length = 1;
    let mut at = below_mark(file);
    while at < file.len() {
        if file[at] != b'\n' || file[at - 1] != b'\n' {
            if length < N {
                bytes[length] = file[at];
            }
            length += 1;
        }
        at += 1;
    }
    (bytes, length)
}

const fn below_mark(file: &[u8]) -> usize {
    let mut at = 0;
    while at + MARK.len() <= file.len() {
        let mut same = 0;
        while same < MARK.len() && file[at + same] == MARK[same] {
            same += 1;
        }
        if same == MARK.len() {
            return at + same;
        }
        at += 1;
    }
    panic!("a file of Python that is sent has a line `# --- sent ---`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sent_is_what_stands_below_the_mark() {
        const FILE: &str =
            "'''Says é.'''\nimport a\n\n# --- sent ---\n\n\ndef f():\n    # é\n\n    a()\n";
        const SENT: &str = "\ndef f():\n    # é\n    a()\n";
        assert_eq!(copy::<0>(FILE).1, SENT.len());
        assert_eq!(copy::<{ SENT.len() }>(FILE).0, *SENT.as_bytes());
        assert_eq!(copy::<0>("'''Nothing.'''\n# --- sent ---\n").1, 1);
    }
}
