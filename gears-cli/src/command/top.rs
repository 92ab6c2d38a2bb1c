//! `gears top`.

mod draw;
mod once;
mod row;
mod sample;
mod screen;
mod text;
mod view;
mod watcher;

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use clap::Args;
use ratatui::crossterm::{
    event::{Event, KeyEventKind},
    style,
};

use self::{
    row::{Column, Order},
    sample::Sampler,
    screen::Screen,
    view::{View, Wish},
    watcher::Watcher,
};
use super::{Perform, run::seconds};
use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    interrupt,
};

/// How long it waits for keys before it looks for news of the server.
const LOOK: Duration = Duration::from_millis(40);

const SHORTEST: Duration = Duration::from_millis(10);

/// Shows live what gears do: runs per second, how long they take, failures, what waits and runs.
///
/// P50 and P99 are the times within which half and 99 % of the runs ended, since they were
/// registered or `gears stats --reset`; of several shards the slowest. The server's own functions in Python stand
/// among the gears, with FCALL in the place of a reader. The keys are on the screen:
/// s sorts, / filters, a aborts what runs, p pauses, q quits. RedisGears tells neither these times
/// nor what waits, so there they stay open.
#[derive(Args, Debug)]
pub(crate) struct Top {
    /// Look this often, in seconds.
    #[arg(short, long, value_name = "SECONDS", default_value = "1", value_parser = interval)]
    interval: Duration,
    /// Sort by this column.
    #[arg(long, value_enum, default_value_t = Column::Rate)]
    sort: Column,
    /// Sort the other way round.
    #[arg(long)]
    reverse: bool,
    /// Show only what holds this text.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,
    /// Print the table once, after one interval, and end; --json does so too.
    #[arg(long)]
    once: bool,
}

/// Reads an interval: a shorter one would keep the server busy with us.
fn interval(text: &str) -> Result<Duration, String> {
    let time = seconds(text)?;
    if time < SHORTEST {
        return Err(format!("it is less than {} s", SHORTEST.as_secs_f64()));
    }
    Ok(time)
}

impl Perform for Top {
    fn perform(self, context: &Context<'_>) -> Result {
        let order = Order {
            column: self.sort,
            reversed: self.reverse,
        };
        if self.once || context.output.is_json() {
            return once::print(context, self.interval, order, &self.filter);
        }
        if !io::stdout().is_terminal() {
            return Err(
                Failure::usage("`gears top` draws on a terminal, and the output is none")
                    .advice("--once prints the table once, and --json prints it for programs"),
            );
        }
        let server = context.address()?.to_string();
        let gears = context.gears()?;
        let mut sampler = Sampler::new(gears);
        // What is wrong at the beginning is told as by any other command.
        let sample = sampler.take()?;
        let mut view = View::new(server, self.interval, order, self.filter, sample);
        interrupt::watch()?;
        if let Some(colors) = context.output.wants_colors() {
            style::force_color_output(colors);
        }
        let watcher = Watcher::begin(gears, sampler, self.interval);
        let mut screen = Screen::open().map_err(|error| no_terminal(&error))?;
        let ended = show(&mut screen, &mut view, &watcher);
        drop(screen);
        match ended {
            Ok(()) if interrupt::happened() => Err(Failure::silent(Code::Interrupted)),
            Ok(()) => Ok(()),
            Err(error) => Err(no_terminal(&error)),
        }
    }
}

fn no_terminal(error: &io::Error) -> Failure {
    Failure::new(Code::Failed, format!("the terminal cannot be used: {error}"))
        .advice("--once prints the table without one")
}

/// Shows it until somebody wants to quit.
fn show(screen: &mut Screen, view: &mut View, watcher: &Watcher) -> io::Result<()> {
    let mut changed = true;
    while !interrupt::happened() {
        if changed {
            screen.draw(|frame| draw::draw(view, frame))?;
        }
        let noted = view.noted().is_some();
        let events = screen.wait(LOOK)?;
        changed = !events.is_empty();
        for event in events {
            let Event::Key(key) = event else {
                continue;
            };
            if key.kind == KeyEventKind::Release {
                continue;
            }
            match view.press(key) {
                Some(Wish::Quit) => return Ok(()),
                Some(Wish::Abort(runs)) => runs.into_iter().for_each(|run| watcher.abort(run)),
                Some(Wish::Pause(pause)) => watcher.pause(pause),
                Some(Wish::Interval(interval)) => watcher.set_interval(interval),
                None => {}
            }
        }
        // A panic there gave the terminal back.
        if watcher.is_over() {
            return Err(io::Error::other("nobody asks the server any more"));
        }
        for report in watcher.reports() {
            view.take(report);
            changed = true;
        }
        changed |= view.wait(watcher.silence());
        // A note goes by itself.
        changed |= noted && view.noted().is_none();
    }
    Ok(())
}
