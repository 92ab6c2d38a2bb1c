//! A link from connection to connection: greets, sends, and tries again.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use gears_greeting::Me;
use tokio::select;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::connection::Connection;
use crate::failure::{Failure, describe, too_slow};
use crate::greeting::greet;
use crate::link::Link;

/// How long a link waits before it tries again, at first and at most.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// After so many times the time to connect without a word, frames are sent on another connection.
const SILENCE: u32 = 3;

/// Keeps a link until it is aborted.
pub(crate) async fn keep(link: Arc<Link>, me: Arc<Me>, timeout: Duration) {
    let mut pause = FIRST_PAUSE;
    loop {
        link.connecting();
        let began = Instant::now();
        // A task of its own, so that a panic ends the connection and not the link.
        let mut task = JoinSet::new();
        let (own, me) = (Arc::clone(&link), Arc::clone(&me));
        task.spawn(async move {
            let mut has_sent = false;
            let Err(cause) = run(&own, &me, timeout, &mut has_sent).await;
            (cause, has_sent)
        });
        let end = task.join_next().await;
        let (cause, has_sent) = end.map_or_else(|| (String::new().into(), false), ended);
        link.down(cause);
        if has_sent || began.elapsed() > LONGEST_PAUSE + timeout {
            pause = FIRST_PAUSE;
        }
        select! {
            () = sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)) => {}
            () = link.hurry.notified() => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Connects, greets and sends until something fails.
async fn run(
    link: &Link,
    me: &Me,
    timeout: Duration,
    has_sent: &mut bool,
) -> Result<Infallible, Failure> {
    let (peer, access) = link.target();
    let deadline = Instant::now() + timeout;
    let opened = timeout_at(deadline, Connection::open(peer.clone(), access, timeout)).await;
    let mut connection =
        opened.map_err(|_| too_slow("let this node connect", &peer, timeout))??;
    let greeted = timeout_at(deadline, greet(&mut connection, me)).await;
    let greeted = greeted.map_err(|_| too_slow("answer the greeting", &peer, timeout))??;
    link.greeted(&greeted);
    let mut window = greeted.window;
    let mut heard = Instant::now();
    loop {
        while let Some((number, frame)) = link.next(window) {
            connection.send(number, &frame).await;
        }
        let silent = connection
            .waits_since()
            .map(|since| since.max(heard) + timeout * SILENCE);
        let silence = async {
            match silent {
                Some(silent) => sleep_until(silent).await,
                None => pending().await,
            }
        };
        select! {
            biased;
            answer = connection.answer() => {
                let (number, granted) = answer?;
                link.acknowledge(number);
                window = granted;
                heard = Instant::now();
                *has_sent = true;
            }
            () = link.filled.notified() => {}
            () = silence => {
                return Err(format!(
                    "{} has said nothing for {} ms while frames wait for it; they are sent again \
                     on another connection",
                    describe(&peer),
                    (timeout * SILENCE).as_millis()
                )
                .into());
            }
        }
    }
}

/// Says why a connection ended, a panic too.
fn ended(end: Result<(Failure, bool), JoinError>) -> (Failure, bool) {
    end.unwrap_or_else(|error| {
        let error = match error.try_into_panic() {
            Ok(panic) => {
                let text = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
                text.or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_default()
            }
            Err(error) => error.to_string(),
        };
        let cause = format!(
            "the link failed ({error}); it connects again, and this is a bug of gears: please \
             report it"
        );
        (cause.into(), false)
    })
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn a_panic_is_a_cause() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let (cause, has_sent) = runtime.block_on(async {
            let mut tasks = JoinSet::new();
            tasks.spawn(async { panic!("no {}", "way") });
            ended(tasks.join_next().await.unwrap())
        });
        assert!(cause.text.contains("(no way)"), "{cause:?}");
        assert!(!has_sent);
    }
}
