//! What is on the screen, and what keys do to it.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    row::{self, Order, Row, ShardRow},
    sample::{Key, Run, Sample},
    watcher::Report,
};
use crate::identity::brief;

/// The intervals that + and - go through, in seconds.
const INTERVALS: [f64; 9] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

/// How long a note stays.
const NOTED: Duration = Duration::from_secs(5);

/// How long an answer may take before it is told that there is none.
const SILENCE: Duration = Duration::from_secs(2);

/// How far Page Up and Page Down go.
const PAGE: usize = 10;

/// All that the screen shows.
pub(super) struct View {
    /// Names the server.
    pub(super) server: String,
    pub(super) interval: Duration,
    pub(super) order: Order,
    pub(super) filter: String,
    pub(super) focus: Focus,
    pub(super) open: Open,
    pub(super) paused: bool,
    /// Why the server cannot be reached, while it cannot.
    lost: Option<String>,
    /// For how many seconds it has not answered, if that is long.
    silent: Option<u64>,
    pub(super) rows: Vec<Row>,
    /// None of one server.
    pub(super) shards: Vec<ShardRow>,
    pub(super) runs: Vec<Run>,
    pub(super) sample: Sample,
    note: Option<(String, Instant)>,
    gear: Choice<Key>,
    run: Choice<(String, String)>,
}

/// Which list the arrows move in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Focus {
    Gears,
    Runs,
}

/// What takes the keys before the lists do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Open {
    Nothing,
    Help,
    /// A filter is typed; this is what it was before.
    Filter(String),
    /// Whether these shall be aborted.
    Abort(Vec<Run>),
}

/// What a key asks for beyond the screen.
#[derive(Debug, PartialEq)]
pub(super) enum Wish {
    Quit,
    Abort(Vec<Run>),
    Pause(bool),
    Interval(Duration),
}

/// A line of a list, which stays chosen where it moves to.
#[derive(Debug, Default)]
struct Choice<T> {
    at: usize,
    what: Option<T>,
}

impl<T: Clone + PartialEq> Choice<T> {
    /// Finds it again in a list that has changed.
    fn settle<'a>(&mut self, list: impl Iterator<Item = &'a T>)
    where
        T: 'a,
    {
        let list: Vec<&T> = list.collect();
        let found = list.iter().position(|one| Some(*one) == self.what.as_ref());
        self.at = found.unwrap_or_else(|| self.at.min(list.len().saturating_sub(1)));
        self.what = list.get(self.at).map(|one| (*one).clone());
    }
}

impl View {
    pub(super) fn new(
        server: String,
        interval: Duration,
        order: Order,
        filter: String,
        sample: Sample,
    ) -> Self {
        let mut view = Self {
            server,
            interval,
            order,
            filter,
            focus: Focus::Gears,
            open: Open::Nothing,
            paused: false,
            lost: None,
            silent: None,
            rows: row::rows(None, &sample),
            shards: row::shards(None, &sample),
            runs: Vec::new(),
            sample,
            note: None,
            gear: Choice { at: 0, what: None },
            run: Choice { at: 0, what: None },
        };
        view.arrange();
        view
    }

    /// Takes what the server said.
    pub(super) fn take(&mut self, report: Report) {
        match report {
            Report::Sample(sample) => {
                // A server that was away may have begun anew.
                let before = Some(&self.sample).filter(|_| self.lost.is_none());
                self.rows = row::rows(before, &sample);
                self.shards = row::shards(before, &sample);
                self.sample = sample;
                self.lost = None;
                self.arrange();
            }
            Report::Lost(why) => self.lost = Some(why),
            Report::Aborted(id) => self.note(format!("aborted {id}")),
            Report::NotAborted(id, why) => self.note(format!("{id} was not aborted: {why}")),
        }
    }

    /// Takes for how long the server has not answered; tells whether the screen changes by it.
    pub(super) fn wait(&mut self, silence: Duration) -> bool {
        let silent = (silence >= SILENCE).then_some(silence.as_secs());
        std::mem::replace(&mut self.silent, silent) != silent
    }

    /// Returns why what is shown is not how things are now.
    pub(super) fn trouble(&self) -> Option<String> {
        match (&self.lost, self.silent) {
            (Some(why), _) => {
                let why = why.lines().next().unwrap_or_default();
                Some(format!("connection lost, trying again: {why}"))
            }
            (None, Some(seconds)) => Some(format!("the server has not answered for {seconds} s")),
            (None, None) => None,
        }
    }

    /// Returns what happened lately.
    pub(super) fn noted(&self) -> Option<&str> {
        let (text, since) = self.note.as_ref()?;
        (since.elapsed() < NOTED).then_some(text)
    }

    /// Returns the rows that the filter lets through.
    pub(super) fn shown(&self) -> Vec<&Row> {
        let rows = self.rows.iter();
        rows.filter(|row| row::fits(&row.gear, &self.filter)).collect()
    }

    /// Returns the executions that the filter lets through.
    pub(super) fn shown_runs(&self) -> Vec<&Run> {
        let filter = self.filter.to_lowercase();
        let fits = |run: &&Run| {
            run.id.contains(&filter)
                || (!self.shards.is_empty() && run.shard.starts_with(&filter))
                || super::text::gear_of(run).to_lowercase().contains(&filter)
        };
        self.runs.iter().filter(fits).collect()
    }

    /// Returns the place of the chosen line in the list of gears.
    pub(super) fn gear_at(&self) -> usize {
        self.gear.at
    }

    /// Returns the place of the chosen line in the list of executions.
    pub(super) fn run_at(&self) -> usize {
        self.run.at
    }

    /// Does what a key is for.
    pub(super) fn press(&mut self, key: KeyEvent) -> Option<Wish> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Some(Wish::Quit);
        }
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing => self.press_in_lists(key.code),
            // Any key closes it.
            Open::Help => None,
            Open::Filter(before) => {
                self.press_in_filter(key.code, before);
                None
            }
            Open::Abort(runs) => match key.code {
                KeyCode::Char('y' | 'Y') => Some(Wish::Abort(runs)),
                KeyCode::Char('n' | 'N' | 'q') | KeyCode::Esc | KeyCode::Enter => None,
                _ => {
                    self.open = Open::Abort(runs);
                    None
                }
            },
        }
    }

    fn press_in_lists(&mut self, key: KeyCode) -> Option<Wish> {
        match key {
            KeyCode::Char('q') | KeyCode::Esc => return Some(Wish::Quit),
            KeyCode::Char('?' | 'h') => self.open = Open::Help,
            KeyCode::Char('/') => self.open = Open::Filter(self.filter.clone()),
            KeyCode::Char('s') => self.sort_by(self.order.column.after()),
            KeyCode::Char('S') => self.sort_by(self.order.column.before()),
            KeyCode::Char('r') => {
                self.order.reversed = !self.order.reversed;
                self.arrange();
            }
            KeyCode::Char('p' | ' ') => {
                self.paused = !self.paused;
                return Some(Wish::Pause(self.paused));
            }
            KeyCode::Char('+' | '=') => return Some(self.change_interval(1)),
            KeyCode::Char('-') => return Some(self.change_interval(-1)),
            KeyCode::Char('a') => self.ask_to_abort(),
            KeyCode::Tab | KeyCode::BackTab => {
                self.focus = match self.focus {
                    Focus::Gears => Focus::Runs,
                    Focus::Runs => Focus::Gears,
                };
            }
            KeyCode::Up | KeyCode::Char('k') => self.move_by(-1),
            KeyCode::Down | KeyCode::Char('j') => self.move_by(1),
            KeyCode::PageUp => self.move_by(-(PAGE as isize)),
            KeyCode::PageDown => self.move_by(PAGE as isize),
            KeyCode::Home | KeyCode::Char('g') => self.move_by(isize::MIN),
            KeyCode::End | KeyCode::Char('G') => self.move_by(isize::MAX),
            _ => {}
        }
        None
    }

    fn press_in_filter(&mut self, key: KeyCode, before: String) {
        match key {
            KeyCode::Enter => {}
            KeyCode::Esc => self.filter = before,
            _ => {
                match key {
                    KeyCode::Char(char) => self.filter.push(char),
                    KeyCode::Backspace => drop(self.filter.pop()),
                    _ => {}
                }
                self.open = Open::Filter(before);
            }
        }
        self.settle();
    }

    fn sort_by(&mut self, column: row::Column) {
        self.order = Order {
            column,
            reversed: false,
        };
        self.arrange();
    }

    fn change_interval(&mut self, by: isize) -> Wish {
        let now = self.interval.as_secs_f64();
        let next = if by > 0 {
            INTERVALS.iter().find(|one| **one > now)
        } else {
            INTERVALS.iter().rev().find(|one| **one < now)
        };
        if let Some(next) = next {
            self.interval = Duration::from_secs_f64(*next);
        }
        Wish::Interval(self.interval)
    }

    /// Asks whether what is chosen shall be aborted.
    fn ask_to_abort(&mut self) {
        let (runs, of) = match self.focus {
            Focus::Runs => {
                let chosen = self.shown_runs().get(self.run.at).map(|run| (*run).clone());
                (chosen.into_iter().collect(), None)
            }
            Focus::Gears => {
                let chosen = self.gear.what.as_ref();
                let runs = self.runs.iter();
                let runs = runs.filter(|run| run.gear.is_some() && run.gear.as_ref() == chosen);
                // One that several shards list ends on all of them.
                let mut seen = HashSet::new();
                let runs: Vec<Run> = runs.filter(|run| seen.insert(run.whole())).cloned().collect();
                (runs, chosen.map(|key| key.name.clone()))
            }
        };
        if !runs.is_empty() {
            self.open = Open::Abort(runs);
            return;
        }
        self.note(match of {
            Some(name) => format!("no execution of {name} is there to abort"),
            None => "no execution is there to abort".to_owned(),
        });
    }

    fn move_by(&mut self, by: isize) {
        match self.focus {
            Focus::Gears => {
                self.gear.at = self.gear.at.saturating_add_signed(by);
                self.gear.what = None;
            }
            Focus::Runs => {
                self.run.at = self.run.at.saturating_add_signed(by);
                self.run.what = None;
            }
        }
        self.settle();
    }

    fn note(&mut self, text: String) {
        self.note = Some((text, Instant::now()));
    }

    /// Sorts all anew.
    fn arrange(&mut self) {
        row::sort(&mut self.rows, self.order);
        self.runs.clone_from(&self.sample.runs);
        row::sort_runs(&mut self.runs);
        self.settle();
    }

    fn settle(&mut self) {
        let keys: Vec<Key> = self.shown().iter().map(|row| row.gear.key.clone()).collect();
        self.gear.settle(keys.iter());
        let runs: Vec<_> = self
            .shown_runs()
            .iter()
            .map(|run| (run.shard.clone(), run.id.clone()))
            .collect();
        self.run.settle(runs.iter());
    }
}

impl Open {
    /// Returns what is asked, for the bottom line.
    pub(super) fn question(&self, filter: &str) -> Option<String> {
        match self {
            Self::Nothing | Self::Help => None,
            Self::Filter(_) => Some(format!("filter: {filter}▏ (enter keeps it, esc does not)")),
            Self::Abort(runs) => {
                let gear = super::text::gear_of(&runs[0]);
                Some(match &runs[..] {
                    [run] => format!("abort execution {} of {gear}? y/n", brief(&run.id)),
                    several => format!("abort {} executions of {gear}? y/n", several.len()),
                })
            }
        }
    }
}
