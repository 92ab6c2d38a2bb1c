//! What other clients of servers notice while these have something to do.

use std::{
    error::Error,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use gears_runtime::redis::{self, Client};

/// How long a client rests between two of its commands.
const PAUSE: Duration = Duration::from_micros(500);

/// How long each command of a client took.
pub type Times = Vec<Duration>;

/// Does something while a client of each server sends `PING` without an end; returns what came of it, and the
/// times that the `PING`s took, server by server.
///
/// # Errors
///
/// A server cannot be reached.
pub fn during<T>(
    servers: &[Client],
    work: impl FnOnce() -> T,
) -> Result<(T, Vec<Times>), Box<dyn Error>> {
    beside(&redis::cmd("PING"), servers, work)
}

/// As [`during`], with another command in place of `PING`.
///
/// # Errors
///
/// As [`during`].
pub fn beside<T>(
    command: &redis::Cmd,
    servers: &[Client],
    work: impl FnOnce() -> T,
) -> Result<(T, Vec<Times>), Box<dyn Error>> {
    let connections: Vec<_> = servers
        .iter()
        .map(Client::get_connection)
        .collect::<Result<_, _>>()?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let pinging: Vec<_> = connections
            .into_iter()
            .map(|mut connection| {
                let over = &over;
                scope.spawn(move || {
                    let mut times = Times::new();
                    while !over.load(Ordering::Relaxed) {
                        let sent = Instant::now();
                        if command.exec(&mut connection).is_ok() {
                            times.push(sent.elapsed());
                        }
                        thread::sleep(PAUSE);
                    }
                    times
                })
            })
            .collect();
        let done = work();
        over.store(true, Ordering::Relaxed);
        let times = pinging.into_iter().map(|pinging| pinging.join());
        let times = times
            .collect::<Result<_, _>>()
            .map_err(|_| "another client panicked")?;
        Ok((done, times))
    })
}

/// Returns the time within which so many of a hundred were over.
///
/// # Panics
///
/// There are no times.
pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_counted_from_below() {
        let times: Vec<_> = (0..101).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 99), Duration::from_millis(99));
        assert_eq!(percentile(&times, 0), Duration::ZERO);
        assert_eq!(percentile(&times[..1], 99), Duration::from_millis(100));
    }
}
