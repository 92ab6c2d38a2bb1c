//! A primary with a replica, which has a replica itself.

use std::fmt::Write as _;
use std::io::{Error, Result};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tempfile::TempDir;

use crate::client::{Client, DEADLINE, Value};
use crate::front::Front;
use crate::server::{Plan, Server};

/// How long nothing may happen before servers are compared.
const QUIET: Duration = Duration::from_millis(250);
/// How long servers may differ while nothing happens: keys expire.
const DIFFERENT: Duration = Duration::from_secs(4);

pub(crate) struct Group {
    pub(crate) members: Vec<Member>,
}

pub(crate) struct Member {
    plan: Plan,
    folder: TempDir,
    pub(crate) server: Server,
    port: u16,
    /// The way of others to this one.
    pub(crate) front: Front,
}

impl Member {
    fn start(plan: Plan) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (server, port) = start(&plan, &folder)?;
        let front = Front::open(port)?;
        Ok(Self {
            plan,
            folder,
            server,
            port,
            front,
        })
    }

    /// `kill -9`, and a new life with the same files.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.server.end();
        (self.server, self.port) = start(&self.plan, &self.folder)?;
        self.front.lead_to(self.port);
        Ok(())
    }

    pub(crate) fn text(&self, words: &[&str]) -> Result<Value> {
        self.server.client()?.text(words)
    }

    pub(crate) fn follow(&self, port: u16) -> Result<()> {
        let mut client = self.server.client()?;
        client.must(&["REPLICAOF", "127.0.0.1", &port.to_string()])?;
        Ok(())
    }

    fn info(&self, names: &[&str]) -> Result<Vec<String>> {
        let info = self.server.client()?.must(&["INFO", "replication"])?;
        let info = info.as_text().unwrap_or_default();
        let values = names.iter().map(|name| {
            let line = info.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().to_owned()
        });
        Ok(values.collect())
    }
}

/// Starts a server at a port that is free; another may take it first.
fn start(plan: &Plan, folder: &TempDir) -> Result<(Server, u16)> {
    let mut left = 3;
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let plan = plan.with(&["--port", &port.to_string()]);
        match Server::start(&plan, folder.path()) {
            Err(error) if left > 0 && error.to_string().contains("listen") => left -= 1,
            server => return Ok((server?, port)),
        }
    }
}

impl Group {
    /// Starts the servers, each of which follows the one before.
    pub(crate) fn start(plan: &Plan, size: usize, random: &mut Rng) -> Result<Self> {
        let one =
            |random: &mut Rng, options: &[&'static str]| options[random.usize(..options.len())];
        let debug = if plan.major() >= 7 {
            &["--enable-debug-command", "yes"][..]
        } else {
            &[]
        };
        let mut members: Vec<Member> = Vec::new();
        for _ in 0..size {
            let plan = plan.with(debug).with(&[
                "--repl-diskless-sync-delay",
                "0",
                "--repl-diskless-sync",
                one(random, &["yes", "no"]),
                "--repl-diskless-load",
                one(random, &["disabled", "swapdb", "on-empty-db"]),
                "--repl-backlog-size",
                one(random, &["16kb", "1mb", "10mb"]),
                "--appendonly",
                one(random, &["yes", "no"]),
            ]);
            let member = Member::start(plan)?;
            if let Some(above) = members.last() {
                member.follow(above.front.port())?;
            }
            members.push(member);
        }
        Ok(Self { members })
    }

    pub(crate) fn follow(&self, which: usize) -> Result<()> {
        self.members[which].follow(self.members[which - 1].front.port())
    }

    /// What is wrong with a server by itself.
    pub(crate) fn fault(&mut self) -> Option<String> {
        let members = &mut self.members;
        members.iter_mut().find_map(|member| member.server.fault())
    }

    /// Waits until nothing happens any more, and tells how the servers differ then.
    pub(crate) fn settle(&mut self) -> Result<Option<String>> {
        let until = Instant::now() + DEADLINE;
        let (mut offset, mut since) = (String::new(), Instant::now());
        let mut different: Option<Instant> = None;
        loop {
            thread::sleep(Duration::from_millis(20));
            if let Some(fault) = self.fault() {
                return Ok(Some(fault));
            }
            let now = self.members[0].info(&["master_repl_offset:"])?.concat();
            let mut together = true;
            for replica in &self.members[1..] {
                let state = replica.info(&["master_link_status:", "slave_repl_offset:"])?;
                together &= state[0] == "up" && state[1] == now;
            }
            if now != offset || !together {
                (offset, since) = (now, Instant::now());
                different = None;
            }
            if since.elapsed() >= QUIET {
                let Some(difference) = self.difference()? else {
                    return Ok(None);
                };
                if different.get_or_insert_with(Instant::now).elapsed() >= DIFFERENT {
                    return Ok(Some(difference));
                }
            }
            if Instant::now() >= until {
                return Ok(Some(self.disunion()?));
            }
        }
    }

    fn disunion(&self) -> Result<String> {
        let mut text = "the servers do not come together".to_owned();
        for member in &self.members {
            let _ = write!(
                text,
                "\n{:?}\n{}",
                member.info(&[
                    "role:",
                    "master_link_status:",
                    "slave_repl_offset:",
                    "master_repl_offset:"
                ])?,
                member.server.last_words()
            );
        }
        Ok(text)
    }

    fn difference(&self) -> Result<Option<String>> {
        let first = State::of(&mut self.members[0].server.client()?)?;
        for (number, member) in self.members.iter().enumerate().skip(1) {
            let mut client = member.server.client()?;
            let other = State::of(&mut client)?;
            if first != other {
                let mut primary = self.members[0].server.client()?;
                return Ok(Some(format!(
                    "replica {number} differs from the primary: {}",
                    first.difference(&other, &mut primary, &mut client)?
                )));
            }
        }
        Ok(None)
    }
}

/// What has to be the same.
#[derive(PartialEq)]
struct State {
    digest: Value,
    registrations: Vec<String>,
}

impl State {
    fn of(client: &mut Client) -> Result<Self> {
        Ok(Self {
            digest: client.must(&["DEBUG", "DIGEST"])?,
            registrations: registrations(client)?,
        })
    }

    fn difference(&self, other: &Self, ours: &mut Client, theirs: &mut Client) -> Result<String> {
        if self.registrations != other.registrations {
            let lacks = |all: &[String], some: &[String]| -> Vec<String> {
                all.iter()
                    .filter(|id| !some.contains(id))
                    .cloned()
                    .collect()
            };
            return Ok(format!(
                "it lacks the registrations {:?} and has {:?}",
                lacks(&self.registrations, &other.registrations),
                lacks(&other.registrations, &self.registrations),
            ));
        }
        let mut text = String::new();
        for database in 0..16 {
            let select = ["SELECT", &database.to_string()];
            ours.must(&select)?;
            theirs.must(&select)?;
            let mut keys = keys(ours)?;
            keys.extend(self::keys(theirs)?);
            keys.sort();
            keys.dedup();
            for key in keys {
                let (at_primary, at_replica) = (shown(ours, &key)?, shown(theirs, &key)?);
                if at_primary != at_replica && text.len() < 1_200 {
                    let _ = write!(
                        text,
                        "\n    {key} in {database}: {at_primary}\n        at the replica {at_replica}"
                    );
                }
            }
        }
        Ok(if text.is_empty() {
            format!("{:?} and {:?}", self.digest, other.digest)
        } else {
            text
        })
    }
}

/// The registrations with all but their statistics.
fn registrations(client: &mut Client) -> Result<Vec<String>> {
    let mut all = Vec::new();
    // A server alone has none.
    for row in client.text(&["RG.DUMPREGISTRATIONS"])?.elements() {
        let mut text = String::new();
        for pair in row.elements().chunks(2) {
            match pair {
                [Value::Text(name), value] if name == b"RegistrationData" => {
                    let kept = value.elements().chunks(2).filter(|pair| {
                        matches!(&pair[0], Value::Text(name) if name == b"mode" || name == b"args")
                    });
                    let _ = write!(text, "{:?}", kept.collect::<Vec<_>>());
                }
                [Value::Text(name), _] if name == b"PD" => {}
                _ => {
                    let _ = write!(text, "{pair:?}");
                }
            }
        }
        all.push(text);
    }
    all.sort();
    Ok(all)
}

fn keys(client: &mut Client) -> Result<Vec<String>> {
    let reply = client.must(&["KEYS", "*"])?;
    Ok(reply.elements().iter().filter_map(Value::as_text).collect())
}

fn shown(client: &mut Client, key: &str) -> Result<String> {
    let digest = client.text(&["DEBUG", "DIGEST-VALUE", key])?;
    let kind = client.text(&["TYPE", key])?.as_text().unwrap_or_default();
    let words: &[&str] = match kind.as_str() {
        "none" => return Ok("nothing".to_owned()),
        "string" => &["GET", key],
        "list" => &["LRANGE", key, "-10", "-1"],
        "hash" => &["HGETALL", key],
        "set" => &["SMEMBERS", key],
        "zset" => &["ZRANGE", key, "0", "-1", "WITHSCORES"],
        "stream" => &["XRANGE", key, "-", "+", "COUNT", "10"],
        _ => &["DUMP", key],
    };
    let value = client.text(words)?;
    let expires = !matches!(client.text(&["PTTL", key])?, Value::Integer(..=-1));
    let value = format!("{value:?}");
    Ok(format!(
        "{kind} {value:.300}{} {digest:?}",
        if expires { ", expires" } else { "" }
    ))
}

/// Whether the servers could be set up at all, for who tries commands again.
pub(crate) fn must_agree(group: &mut Group) -> Result<()> {
    match group.settle()? {
        None => Ok(()),
        Some(difference) => Err(Error::other(difference)),
    }
}
