//! How long a round trip takes.

use std::time::{Duration, Instant};

use super::examination::Examination;
use crate::{failure::Result, wire::Wire};

/// A round trip that takes longer than this makes itself felt with every call.
const SLOW: Duration = Duration::from_millis(10);

pub(super) fn examine(
    wire: &mut Wire,
    pings: u32,
    examination: &mut Examination<'_>,
) -> Result {
    let mut times = Vec::new();
    for _ in 0..pings {
        let begun = Instant::now();
        if let Err(why) = wire.ask(&["PING"]) {
            return examination.fail(
                "latency",
                format!("PING is not answered: {why}"),
                format!(
                    "{}, and look whether the server is busy: `SLOWLOG GET`",
                    examination.allow("+ping")
                ),
            );
        }
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let (median, slow) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    let message = format!(
        "{} ms a round trip, 99 % within {} ms, of {pings}",
        milliseconds(median),
        milliseconds(slow)
    );
    if median < SLOW {
        return examination.ok("latency", message);
    }
    examination.warn(
        "latency",
        message,
        "the server is far away or busy: send many calls in one go (`pipe`), look at `SLOWLOG GET`",
    )
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1000.0)
}
