//! What tracebacks show of the lines that a gear function is built of.

/// Between what stands on one line of the Rust source.
const BETWEEN: &str = " … ";

/// The pieces of each line, from left to right.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    lines: Vec<(String, u32, Vec<String>)>,
}

impl Shown {
    /// Adds a piece to a line, and returns what is shown before it.
    pub(crate) fn beside(&mut self, file: &str, line: u32, piece: &str) -> String {
        let found = self
            .lines
            .iter()
            .position(|(its_file, its_line, _)| its_file == file && *its_line == line);
        let at = found.unwrap_or_else(|| {
            self.lines.push((file.to_owned(), line, Vec::new()));
            self.lines.len() - 1
        });
        let pieces = &mut self.lines[at].2;
        let before = pieces.iter().position(|it| it == piece);
        let before = before.unwrap_or_else(|| {
            pieces.push(piece.to_owned());
            pieces.len() - 1
        });
        pieces[..before]
            .iter()
            .map(|it| format!("{it}{BETWEEN}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_one_line_stand_side_by_side() {
        let mut shown = Shown::default();
        assert_eq!(shown.beside("a.rs", 7, ".values()"), "");
        assert_eq!(shown.beside("a.rs", 7, "int"), ".values() … ");
        assert_eq!(shown.beside("a.rs", 8, "int"), "");
        assert_eq!(shown.beside("b.rs", 7, "int"), "");
        assert_eq!(shown.beside("a.rs", 7, "len"), ".values() … int … ");
        // A step that is used twice.
        assert_eq!(shown.beside("a.rs", 7, "int"), ".values() … ");
    }
}
