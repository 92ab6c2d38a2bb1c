//! Numbers of things, in words.

/// Says how many there are of something: `1 file`, `2 files`.
pub(crate) fn many(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!(many(0, "file"), "0 files");
        assert_eq!(many(1, "file"), "1 file");
        assert_eq!(many(2, "file"), "2 files");
    }
}
