//! Numbered writes, and which of them a server has acknowledged.

use std::io::Result;

use crate::client::{Client, Value, encode_text};

/// Keys are written again and again, so that all of them can be looked at.
const KEYS: u64 = 500;
const TOGETHER: u64 = 32;

/// Registers what some of the writes call.
pub(crate) const PUT: &str = "for mode in ('sync', 'async_local'):
    GB('CommandReader').map(lambda r: execute('SET', r[1], r[2])).register(trigger='put' + mode, mode=mode)";

pub(crate) struct Ledger {
    sent: u64,
    /// For each key, the last write that was acknowledged.
    least: Vec<u64>,
    /// How long values are, beside the number.
    pub(crate) size: usize,
    pub(crate) acknowledged: u64,
    pub(crate) refused: u64,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            sent: 0,
            least: vec![0; usize::try_from(KEYS).unwrap_or_default()],
            size: 10,
            acknowledged: 0,
            refused: 0,
        }
    }

    /// Makes some writes, encoded one by one.
    pub(crate) fn next(&mut self) -> Vec<Vec<u8>> {
        let numbers = self.sent + 1..=self.sent + TOGETHER;
        self.sent += TOGETHER;
        numbers.map(|number| command(number, self.size)).collect()
    }

    /// Reads what became of the last writes, which may be errors.
    pub(crate) fn read(&mut self, client: &mut Client) -> Result<()> {
        for number in self.sent + 1 - TOGETHER..=self.sent {
            let reply = client.read()?;
            let only = reply.elements().first().unwrap_or(&reply);
            if only.as_text().as_deref() == Some("OK") {
                self.least[place(number)] = number;
                self.acknowledged += 1;
            } else {
                self.refused += 1;
            }
        }
        Ok(())
    }

    /// Says what is lost, or is what nobody wrote.
    pub(crate) fn check(&self, client: &mut Client, may_lack: bool) -> Result<Option<String>> {
        let all: Vec<u8> = (0..KEYS)
            .flat_map(|key| encode_text(&["GET", &name(key)]))
            .collect();
        client.send(&all)?;
        let mut fault = None;
        for key in 0..KEYS {
            let reply = client.read()?;
            if may_lack && reply == Value::Nil {
                continue;
            }
            let text = reply.as_text().unwrap_or_default();
            let number = text.split(' ').next().unwrap_or_default();
            let found = number.parse().unwrap_or(0);
            let least = self.least[place(key)];
            if found < least || found > self.sent || (found > 0 && found % KEYS != key) {
                fault = Some(format!(
                    "{} holds {found} and not {least} or later: {reply:?}",
                    name(key)
                ));
            }
        }
        Ok(fault)
    }
}

fn place(number: u64) -> usize {
    usize::try_from(number % KEYS).unwrap_or_default()
}

fn name(number: u64) -> String {
    format!("ledger:{}", number % KEYS)
}

fn command(number: u64, size: usize) -> Vec<u8> {
    let (key, value) = (name(number), format!("{number} {}", "x".repeat(size)));
    let script = "return redis.call('SET', ARGV[1], ARGV[2])";
    match number % 4 {
        0 => encode_text(&["SET", &key, &value]),
        1 => encode_text(&["RG.TRIGGER", "putsync", &key, &value]),
        2 => encode_text(&["RG.TRIGGER", "putasync_local", &key, &value]),
        _ => encode_text(&["EVAL", script, "0", &key, &value]),
    }
}
