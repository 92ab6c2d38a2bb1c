//! `kill -9` under load: what was acknowledged is there again, as far as the way of saving promises.

use std::io::Result;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::client::{Client, Value};
use crate::report::Report;
use crate::server::{Plan, Server};

struct Way {
    name: &'static str,
    options: &'static [&'static str],
    /// How old an acknowledged write must be to be promised; nothing where only SAVE promises.
    promise: Option<Duration>,
}

const WAYS: [Way; 3] = [
    Way {
        name: "cycles with appendfsync always",
        options: &["--appendonly", "yes", "--appendfsync", "always"],
        promise: Some(Duration::ZERO),
    },
    Way {
        name: "cycles with appendfsync everysec",
        options: &["--appendonly", "yes", "--appendfsync", "everysec"],
        promise: Some(Duration::from_secs(2)),
    },
    Way {
        name: "cycles with SAVE",
        options: &[],
        promise: None,
    },
];

pub(crate) fn run(plan: &Plan, seed: u64, time: Duration, report: &mut Report) -> Result<()> {
    let mut random = Rng::with_seed(seed);
    for way in &WAYS {
        let plan = plan.with(way.options);
        let folder = tempfile::tempdir()?;
        let until = Instant::now() + time / 3;
        let mut number = 0;
        while Instant::now() < until {
            let server = Server::start(&plan, folder.path())?;
            let mut client = server.client()?;
            let mut acknowledged = Vec::new();
            let work = Instant::now() + Duration::from_millis(random.u64(20..400));
            while Instant::now() < work {
                write(&mut client, number)?;
                acknowledged.push((number, Instant::now()));
                number += 1;
            }
            if way.promise.is_none() {
                client.text(&["SAVE"])?;
            }
            let killed = Instant::now();
            server.kill();
            let server = Server::start(&plan, folder.path())?;
            let mut client = server.client()?;
            let promise = way.promise.unwrap_or_default();
            let promised = acknowledged
                .iter()
                .filter(|(_, at)| killed.duration_since(*at) >= promise)
                .map(|(number, _)| number + 1)
                .max()
                .unwrap_or_else(|| acknowledged.first().map_or(number, |(number, _)| *number));
            for expected in 0..promised {
                if let Some(fault) = missing(&mut client, expected)? {
                    report.find(&format!("{fault} is lost, {} (seed {seed})", way.name));
                    return Ok(());
                }
            }
            // What was not promised may be lost, and is then written again.
            number = promised;
            report.count(way.name, 1);
        }
    }
    Ok(())
}

/// Every sixteenth write is a registration.
fn write(client: &mut Client, number: u64) -> Result<()> {
    let reply = if number.is_multiple_of(16) {
        let code = format!(
            "GB('CommandReader').map(lambda r: {number}).register(trigger='kept{number}', mode='sync')"
        );
        client.text(&["RG.PYEXECUTE", &code])?
    } else {
        client.text(&["SET", &format!("kept{number}"), &number.to_string()])?
    };
    match reply {
        Value::Error(error) if !error.contains("already") => Err(std::io::Error::other(error)),
        _ => Ok(()),
    }
}

fn missing(client: &mut Client, number: u64) -> Result<Option<String>> {
    let name = format!("kept{number}");
    let registered = number.is_multiple_of(16);
    let reply = client.text(&[if registered { "RG.TRIGGER" } else { "GET" }, &name])?;
    let right = match &reply {
        Value::Array(values) => registered && values.len() == 1,
        Value::Text(text) => !registered && *text == number.to_string().as_bytes(),
        _ => false,
    };
    Ok((!right).then(|| format!("{name} ({reply:?})")))
}
