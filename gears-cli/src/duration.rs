//! Times as people read them.

use std::time::Duration;

/// Writes a time with its unit, in few columns.
pub(crate) fn short(time: Duration) -> String {
    let micros = time.as_micros();
    let seconds = time.as_secs_f64();
    match micros {
        0..=999 => format!("{micros}µs"),
        1_000..=9_949 => format!("{:.1}ms", seconds * 1e3),
        9_950..=999_499 => format!("{:.0}ms", seconds * 1e3),
        999_500..=59_949_999 => format!("{seconds:.1}s"),
        _ => {
            let seconds = time.as_secs();
            if seconds < 3600 {
                format!("{}m{:02}s", seconds / 60, seconds % 60)
            } else {
                format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_take_few_columns() {
        for (micros, text) in [
            (0, "0µs"),
            (999, "999µs"),
            (1_000, "1.0ms"),
            (9_949, "9.9ms"),
            (9_950, "10ms"),
            (999_499, "999ms"),
            (999_500, "1.0s"),
            (59_949_999, "59.9s"),
            (59_950_000, "0m59s"),
            (60_000_000, "1m00s"),
            (3_600_000_000, "1h00m"),
        ] {
            assert_eq!(short(Duration::from_micros(micros)), text);
        }
    }
}
