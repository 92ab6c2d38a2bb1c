//! Draws the screen, as much of it as fits.

use ratatui::{
    Frame,
    layout::{Alignment, Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Cell, Clear, Paragraph, Row as TableRow, Table, TableState},
};

use super::{
    row::{self, Column, Row},
    sample::Run,
    text::{self, clean},
    view::{Focus, Open, View},
};
use crate::{count::many, identity::brief};

/// How narrow the names of gears may become before another column goes.
const NAME: u16 = 12;

/// In which order columns get their place, where not all have one.
const NEEDED: [Column; 9] = [
    Column::Rate,
    Column::P99,
    Column::Failed,
    Column::Waiting,
    Column::Running,
    Column::P50,
    Column::Runs,
    Column::Reader,
    Column::Mode,
];

/// The keys, the most needed first.
const KEYS: [(&str, &str); 9] = [
    ("q", "quit"),
    ("?", "help"),
    ("s", "sort"),
    ("/", "filter"),
    ("a", "abort"),
    ("p", "pause"),
    ("tab", "list"),
    ("r", "reverse"),
    ("+-", "interval"),
];

const HELP: [(&str, &str); 11] = [
    ("q, esc, ctrl-c", "quit"),
    ("s, S", "sort by the next column, the one before"),
    ("r", "reverse the order"),
    ("/", "show only what holds some text"),
    ("tab", "go to the other list"),
    ("up, down, k, j", "choose a line"),
    ("a", "abort the execution, or those of the gear"),
    ("p, space", "pause, and go on"),
    ("+, -", "look less often, more often"),
    ("", ""),
    ("any key", "closes this"),
];

const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const TITLES: Style = Style::new().add_modifier(Modifier::REVERSED);
const BAD: Style = Style::new().fg(Color::Red);
const WARNING: Style = Style::new().fg(Color::Yellow);
const GOOD: Style = Style::new().fg(Color::Green);
const CHOSEN: Style = Style::new()
    .fg(Color::Cyan)
    .add_modifier(Modifier::BOLD);

/// Draws all of it.
pub(super) fn draw(view: &View, frame: &mut Frame<'_>) {
    let [title, sums, lists, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    draw_title(view, frame, title);
    draw_sums(view, frame, sums);
    draw_lists(view, frame, lists);
    draw_bottom(view, frame, bottom);
    if view.open == Open::Help {
        draw_help(frame);
    }
}

fn draw_title(view: &View, frame: &mut Frame<'_>, area: Rect) {
    let left = Line::from(vec![
        Span::styled("gears top", BOLD),
        Span::raw(format!("  {}", clean(&view.server))),
    ]);
    let right = if view.trouble().is_some() {
        Line::styled("LOST", BAD.add_modifier(Modifier::BOLD))
    } else if view.paused {
        Line::styled("PAUSED", WARNING.add_modifier(Modifier::BOLD))
    } else {
        Line::styled(format!("every {}", seconds(view)), DIM)
    };
    let width = u16::try_from(right.width()).unwrap_or(u16::MAX);
    let [start, end] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(area);
    frame.render_widget(left, start);
    frame.render_widget(right.alignment(Alignment::Right), end);
}

fn seconds(view: &View) -> String {
    format!("{} s", view.interval.as_secs_f64())
}

/// Draws what all gears do together, or why nothing is known of it now.
fn draw_sums(view: &View, frame: &mut Frame<'_>, area: Rect) {
    if let Some(trouble) = view.trouble() {
        frame.render_widget(Line::styled(clean(&trouble), BAD), area);
        return;
    }
    let sample = &view.sample;
    let rate: Option<f64> = view.rows.iter().map(|row| row.rate).sum();
    let failed: i64 = sample.gears.iter().map(|gear| gear.failed).sum();
    let functions = sample.gears.iter().filter(|gear| gear.is_function()).count();
    let gears = sample.gears.len() - functions;
    let mut parts = vec![(format!("{gears} gears"), Style::new())];
    if functions > 0 {
        parts.push((many(functions, "function"), Style::new()));
    }
    if sample.shards.len() > 1 {
        parts.push((format!("{} shards", sample.shards.len()), Style::new()));
    }
    if let Some(rate) = rate {
        parts.push((format!("{} runs/s", text::rate(rate)), Style::new()));
    }
    let style = if failed > 0 { BAD } else { Style::new() };
    parts.push((format!("{failed} failed"), style));
    parts.push((format!("{} executions", row::count_runs(&sample.runs)), Style::new()));
    if let Some(workers) = sample.workers {
        let queue = format!("queue {}/{}", workers.waiting, workers.limit);
        let style = if workers.waiting * 2 > workers.limit {
            BAD
        } else if workers.waiting > 0 {
            WARNING
        } else {
            Style::new()
        };
        parts.push((queue, style));
        let busy = format!("workers {}/{} busy", workers.busy, workers.all);
        parts.push((busy, Style::new()));
    }
    if !sample.refused.is_empty() {
        parts.push(("times unknown: INFO refused".to_owned(), WARNING));
    }
    let spans = parts.into_iter().enumerate().flat_map(|(at, (text, style))| {
        let space = if at > 0 { "  " } else { "" };
        [Span::raw(space), Span::styled(text, style)]
    });
    frame.render_widget(Line::from_iter(spans), area);
}

fn draw_lists(view: &View, frame: &mut Frame<'_>, area: Rect) {
    let runs = u16::try_from(view.shown_runs().len()).unwrap_or(u16::MAX);
    // Title and lines; where there is no room for both lists, the one with the arrows has it.
    let wanted = runs.saturating_add(1).min(area.height / 2).max(2);
    if area.height < 12 {
        match view.focus {
            Focus::Gears => draw_gears(view, frame, area),
            Focus::Runs => draw_runs(view, frame, area),
        }
        return;
    }
    // Shards stand last, where that leaves the lists that have keys enough.
    let shards = u16::try_from(view.shards.len()).unwrap_or(u16::MAX).saturating_add(1);
    let shards = if view.shards.is_empty() || shards > area.height / 3 { 0 } else { shards };
    let [gears, _, below, _, last] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(wanted.min((area.height - shards) / 2).max(2)),
        Constraint::Length(u16::from(shards > 0)),
        Constraint::Length(shards),
    ])
    .areas(area);
    draw_gears(view, frame, gears);
    draw_runs(view, frame, below);
    if shards > 0 {
        draw_shards(view, frame, last);
    }
}

fn draw_shards(view: &View, frame: &mut Frame<'_>, area: Rect) {
    let right = |text: String| Cell::from(Line::raw(text).alignment(Alignment::Right));
    let lines = view.shards.iter().map(|row| {
        let id = [Cell::from(brief(&clean(&row.place.id)))];
        TableRow::new(id.into_iter().chain(text::of_shard(row).map(right)))
            .style(if view.trouble().is_some() { DIM } else { Style::new() })
    });
    let [shard, numbers @ ..] = text::SHARD_TITLES;
    let numbers = numbers.map(|title| right(title.to_owned()));
    let titles = [Cell::from(shard)].into_iter().chain(numbers);
    let widths = [8, 7, 7, 11, 7, 10].map(Constraint::Length);
    let table = Table::new(lines, widths).header(TableRow::new(titles).style(TITLES));
    draw_table(frame, area, table, false, 0, None);
}

fn draw_gears(view: &View, frame: &mut Frame<'_>, area: Rect) {
    let columns = columns(area.width, view.order.column);
    let titles = columns.iter().map(|column| {
        let arrow = match (*column == view.order.column, view.order.ascends()) {
            (false, _) => "",
            (true, true) => "▲",
            (true, false) => "▼",
        };
        aligned(format!("{}{arrow}", column.title()), *column)
    });
    let rows = view.shown();
    let lines = rows.iter().map(|row| {
        TableRow::new(columns.iter().map(|column| cell(row, *column)))
            .style(if view.trouble().is_some() { DIM } else { Style::new() })
    });
    let widths = columns.iter().map(|column| match column {
        Column::Name => Constraint::Fill(1),
        column => Constraint::Length(width(*column)),
    });
    let table = Table::new(lines, widths).header(TableRow::new(titles).style(TITLES));
    let none = match (rows.is_empty(), view.sample.gears.is_empty()) {
        (false, _) => None,
        (true, true) => Some("nothing is registered"),
        (true, false) => Some("nothing fits the filter"),
    };
    draw_table(frame, area, table, view.focus == Focus::Gears, view.gear_at(), none);
}

fn draw_runs(view: &View, frame: &mut Frame<'_>, area: Rect) {
    let runs = view.shown_runs();
    let is_cluster = !view.shards.is_empty();
    let titles = text::run_titles(is_cluster);
    let lines = runs.iter().map(|run| {
        let id = [Cell::from(clean(&brief(&run.id)))];
        let shard = is_cluster.then(|| Cell::from(clean(&brief(&run.shard))));
        let cells = [
            Cell::from(clean(run.status.as_str())).style(status_style(run)),
            Cell::from(text::age(run)),
            Cell::from(text::records(run)),
            Cell::from(clean(text::gear_of(run))),
        ];
        TableRow::new(id.into_iter().chain(shard).chain(cells))
            .style(if view.trouble().is_some() { DIM } else { Style::new() })
    });
    let longest = runs.iter().map(|run| brief(&run.id).len()).max().unwrap_or(0);
    let id = u16::try_from(longest.clamp(9, 24)).unwrap_or(9);
    let shard = is_cluster.then_some(Constraint::Length(8));
    let widths = [
        Constraint::Length(8),
        Constraint::Length(7),
        Constraint::Length(7),
        Constraint::Fill(1),
    ];
    let widths = [Constraint::Length(id)].into_iter().chain(shard).chain(widths);
    let table = Table::new(lines, widths).header(TableRow::new(titles).style(TITLES));
    let none = runs.is_empty().then_some("nothing runs or waits");
    draw_table(frame, area, table, view.focus == Focus::Runs, view.run_at(), none);
}

fn draw_table(
    frame: &mut Frame<'_>,
    area: Rect,
    table: Table<'_>,
    focused: bool,
    at: usize,
    none: Option<&str>,
) {
    let mut state = TableState::new();
    if focused && none.is_none() {
        state.select(Some(at));
    }
    let table = table.row_highlight_style(CHOSEN).highlight_symbol("> ");
    let table = table.highlight_spacing(ratatui::widgets::HighlightSpacing::Always);
    frame.render_stateful_widget(table, area, &mut state);
    if let Some(none) = none {
        let below = Rect {
            y: area.y.saturating_add(1),
            height: area.height.saturating_sub(1).min(1),
            ..area
        };
        frame.render_widget(Line::styled(format!("  {none}"), DIM), below);
    }
}

fn draw_bottom(view: &View, frame: &mut Frame<'_>, area: Rect) {
    if let Some(question) = view.open.question(&view.filter) {
        let line = Line::styled(clean(&question), WARNING.add_modifier(Modifier::BOLD));
        frame.render_widget(line, area);
        return;
    }
    if let Some(note) = view.noted() {
        frame.render_widget(Line::styled(clean(note), GOOD), area);
        return;
    }
    let mut spans = Vec::new();
    let mut left = usize::from(area.width);
    if !view.filter.is_empty() {
        let filter = Span::styled(format!("filter: {}  ", clean(&view.filter)), WARNING);
        left = left.saturating_sub(filter.width());
        spans.push(filter);
    }
    for (key, does) in KEYS {
        let needed = key.len() + 1 + does.len() + 2;
        if needed > left + 2 {
            break;
        }
        left = left.saturating_sub(needed);
        spans.push(Span::styled(key, BOLD));
        spans.push(Span::styled(format!(" {does}  "), DIM));
    }
    frame.render_widget(Line::from(spans), area);
}

fn draw_help(frame: &mut Frame<'_>) {
    let area = frame.area();
    let width = 62.min(area.width);
    let height = u16::try_from(HELP.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let place = Rect {
        x: (area.width - width) / 2,
        y: (area.height - height) / 2,
        width,
        height,
    };
    let lines: Vec<Line<'_>> = HELP
        .iter()
        .map(|(keys, does)| {
            Line::from(vec![
                Span::styled(format!(" {keys:<15} "), BOLD),
                Span::raw(*does),
            ])
        })
        .collect();
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" keys ")), place);
}

/// Chooses the columns that fit, in the order of the screen; what is sorted by is among them.
fn columns(width_there: u16, sorted: Column) -> Vec<Column> {
    // The mark of the chosen line takes two.
    let mut left = width_there.saturating_sub(NAME + 2);
    let mut chosen = vec![Column::Name];
    let first = NEEDED.iter().filter(|column| **column == sorted);
    let others = NEEDED.iter().filter(|column| **column != sorted);
    for column in first.chain(others) {
        let needed = width(*column) + 1;
        if needed > left {
            break;
        }
        left -= needed;
        chosen.push(*column);
    }
    let mut columns = Column::ALL.to_vec();
    columns.retain(|column| chosen.contains(column));
    columns
}

/// How many columns of the terminal one of the table takes: its title, and the arrow beside it.
fn width(column: Column) -> u16 {
    match column {
        Column::Name => NAME,
        Column::Mode => 11,
        Column::Reader | Column::Rate | Column::Failed => 7,
        Column::P50 | Column::P99 | Column::Runs => 6,
        Column::Waiting => 5,
        Column::Running => 4,
    }
}

fn cell(row: &Row, column: Column) -> Cell<'static> {
    let gear = &row.gear;
    let style = match column {
        Column::Failed if gear.failed > 0 => BAD,
        Column::Waiting if gear.load.is_some_and(|load| load.waiting > 0) => WARNING,
        Column::Running if gear.load.is_some_and(|load| load.running > 0) => GOOD,
        Column::Reader | Column::Mode => DIM,
        _ => Style::new(),
    };
    aligned(clean(&text::cell(row, column)), column).style(style)
}

fn aligned(text: String, column: Column) -> Cell<'static> {
    let alignment = if column.is_number() {
        Alignment::Right
    } else {
        Alignment::Left
    };
    Cell::from(Line::raw(text).alignment(alignment))
}

fn status_style(run: &Run) -> Style {
    match run.status {
        gears_runtime::data::ExecutionStatus::Running => GOOD,
        _ => WARNING,
    }
}
