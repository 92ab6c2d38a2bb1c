//! Clients that do one thing after another until the round is over.

use std::io::{ErrorKind, Result};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::client::{Client, Value, encode_text};
use crate::report::Report;

use super::job::{End, Job};
use super::scene::Scene;
use super::shards::SHARDS;

/// How long an answer may take: several times what the engine waits for a shard, and what a shard
/// hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// What a client does.
#[derive(Clone, Copy)]
enum Work {
    /// Runs, and waits for the answer.
    Run,
    /// Runs in the background, some of which are aborted, from any shard.
    Meddle,
    /// Runs for whose answer nobody waits.
    Vanish,
    Trigger,
    /// Keys that are written, which functions see.
    Event,
}

/// What each shard has to do with.
const WORK: [Work; 6] = [
    Work::Run,
    Work::Run,
    Work::Meddle,
    Work::Vanish,
    Work::Trigger,
    Work::Event,
];

pub(super) struct Lane<'a> {
    scene: &'a Scene,
    shard: usize,
    work: Work,
    random: Rng,
    /// How many events were caused, as far as is known.
    sent: u64,
}

impl<'a> Lane<'a> {
    pub(super) fn all(scene: &'a Scene, random: &mut Rng) -> Vec<Self> {
        let shards = (0..SHARDS).flat_map(|shard| WORK.map(|work| (shard, work)));
        let lanes = shards.map(|(shard, work)| Self {
            scene,
            shard,
            work,
            random: random.fork(),
            sent: 0,
        });
        lanes.collect()
    }

    /// Works until the round is over; returns how many events it has caused.
    pub(super) fn run(mut self, report: &mut Report) -> u64 {
        while !self.scene.is_over() {
            if self.connection(report).is_err() {
                // The server is away, or has let go.
                thread::sleep(Duration::from_millis(20));
            }
        }
        self.sent
    }

    /// Works on one connection.
    fn connection(&mut self, report: &mut Report) -> Result<()> {
        let mut client = Client::connect(self.scene.socket(self.shard))?;
        loop {
            match self.work {
                Work::Run => {
                    let job = Job::any(&mut self.random);
                    let words = ["RG.PYEXECUTE", job.script];
                    let answer = self.ask(&mut client, &words, report)?;
                    if !tell(job, &answer, report) {
                        return self.leave();
                    }
                }
                Work::Meddle => self.meddle(&mut client, report)?,
                Work::Vanish => {
                    let job = Job::any(&mut self.random);
                    client.send(&encode_text(&["RG.PYEXECUTE", job.script]))?;
                    thread::sleep(Duration::from_millis(self.random.u64(..300)));
                    report.count("clients that vanish", 1);
                    client = Client::connect(self.scene.socket(self.shard))?;
                }
                Work::Trigger => self.trigger(&mut client, report)?,
                Work::Event => {
                    self.write(&mut client, report)?;
                    thread::sleep(Duration::from_millis(5));
                }
            }
            if self.scene.is_over() {
                return Ok(());
            }
        }
    }

    /// Sends a command and waits for the answer, which has to come in time.
    fn ask(&self, client: &mut Client, words: &[&str], report: &mut Report) -> Result<Value> {
        let start = Instant::now();
        let answer = client.text(words);
        let took = start.elapsed();
        if took > LIMIT {
            report.find(&format!("{words:?} took {took:?}: {answer:?}"));
        }
        if let Err(error) = &answer {
            // The system's word for a read that took too long.
            let is_late = error.kind() == ErrorKind::WouldBlock;
            if !is_late && !self.scene.may_be_cut() {
                report.find(&format!("{words:?} was cut off: {error}"));
            }
            report.count("answers cut off", 1);
        }
        answer
    }

    fn meddle(&mut self, client: &mut Client, report: &mut Report) -> Result<()> {
        let job = Job::any(&mut self.random);
        let words = ["RG.PYEXECUTE", job.script, "UNBLOCKING"];
        let Some(id) = self.ask(client, &words, report)?.as_text() else {
            report.count("runs refused", 1);
            return self.leave();
        };
        let other = self.random.usize(..SHARDS);
        let mut other = Client::connect(self.scene.socket(other))?;
        thread::sleep(Duration::from_millis(self.random.u64(..200)));
        match self.random.u8(..4) {
            0 | 1 => {
                // It may have ended, or not be known there yet.
                self.ask(&mut other, &["RG.ABORTEXECUTION", &id], report)?;
                report.count("aborts", 1);
            }
            2 => {
                let words = ["RG.GETRESULTSBLOCKING", &id];
                let answer = self.ask(client, &words, report)?;
                tell(job, &answer, report);
            }
            _ => {}
        }
        if self.random.bool() {
            self.ask(&mut other, &["RG.DROPEXECUTION", &id], report)?;
            report.count("drops", 1);
        }
        Ok(())
    }

    /// Begins a new connection after an error, as another node may be the primary now.
    fn leave(&self) -> Result<()> {
        Err(ErrorKind::ConnectionReset.into())
    }

    fn trigger(&mut self, client: &mut Client, report: &mut Report) -> Result<()> {
        let (words, wanted): (&[&str], _) = match self.random.bool() {
            true => (&["RG.TRIGGER", "all"], vec![SHARDS.to_string()]),
            false => {
                let argument = self.scene.tag(self.random.usize(..SHARDS));
                (
                    &["RG.TRIGGER", "moved", argument],
                    vec![argument.to_owned(); SHARDS],
                )
            }
        };
        let answer = self.ask(client, words, report)?;
        if let Value::Error(_) = answer {
            report.count("triggers with an error", 1);
            return self.leave();
        }
        let results: Vec<_> = answer
            .elements()
            .iter()
            .filter_map(Value::as_text)
            .collect();
        if results == wanted {
            report.count("triggers", 1);
        } else {
            report.find(&format!("{words:?} answers {answer:?}"));
        }
        Ok(())
    }

    fn write(&mut self, client: &mut Client, report: &mut Report) -> Result<()> {
        let key = format!("e:{}:{}", self.scene.tag(self.shard), self.random.u8(..100));
        let value = self.scene.tag(self.random.usize(..SHARDS));
        // What is not answered may have been done.
        self.sent += 1;
        if let Value::Error(_) = self.ask(client, &["SET", &key, value], report)? {
            self.sent -= 1;
            return self.leave();
        }
        report.count("events", 1);
        Ok(())
    }
}

/// Counts an answer; says no if it is an error.
fn tell(job: &Job, answer: &Value, report: &mut Report) -> bool {
    let end = job.judge(answer);
    let failed = end == End::Failed;
    match end {
        End::Right => report.count(job.name, 1),
        End::Failed => report.count("runs with an error", 1),
        End::Wrong(text) => report.find(&text),
    }
    !failed
}
