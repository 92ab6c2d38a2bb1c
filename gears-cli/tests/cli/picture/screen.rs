//! A screen as a picture.

use vt100::{Cell, Color, Screen};

/// Writes what is on a screen, with the colours that terminals understand.
pub(super) fn ansi(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let mut text = String::new();
    for row in 0..rows.get() {
        let cells: Vec<&Cell> = (0..columns.get())
            .filter_map(|column| screen.cell(row, column))
            .collect();
        let seen = |cell: &&&Cell| cell.contents().trim() != "" || cell.inverse();
        let end = cells.len() - cells.iter().rev().take_while(|cell| !seen(cell)).count();
        let mut style = String::new();
        for cell in &cells[..end] {
            let new = style_of(cell);
            if new != style {
                if !style.is_empty() {
                    text.push_str("\x1b[0m");
                }
                text.push_str(&new);
                style = new;
            }
            text.push_str(if cell.has_contents() {
                cell.contents()
            } else {
                " "
            });
        }
        if !style.is_empty() {
            text.push_str("\x1b[0m");
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

fn style_of(cell: &Cell) -> String {
    // Spaces show neither colour nor weight.
    if cell.contents().trim().is_empty() && !cell.inverse() {
        return String::new();
    }
    let mut style = String::new();
    for (has, code) in [(cell.bold(), "1"), (cell.dim(), "2"), (cell.inverse(), "7")] {
        if has {
            style.push_str(&format!("\x1b[{code}m"));
        }
    }
    if let Color::Idx(color @ 0..8) = cell.fgcolor() {
        style.push_str(&format!("\x1b[{}m", 30 + color));
    }
    style
}

/// Draws it.
pub(super) fn svg(ansi: &str) -> String {
    anstyle_svg::Term::new().render_svg(ansi)
}

/// Reads the lines off a picture.
pub(super) fn text_of(picture: &str) -> Vec<String> {
    let mut text = String::new();
    let mut inside = false;
    let body = picture.split_once("<text").map_or("", |(_, body)| body);
    for char in format!("<{body}").chars() {
        match char {
            '<' => inside = true,
            '>' if inside => inside = false,
            char if !inside => text.push(char),
            _ => {}
        }
    }
    text.replace("&gt;", ">")
        .replace("&lt;", "<")
        .replace("&amp;", "&")
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}
