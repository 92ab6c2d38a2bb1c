//! The side that receives: who has greeted on which client connection, and what came.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};

use gears_model::ShardId;

use crate::proof::{Greeting, Role, nonce, parse_nonce};
use crate::{Me, PROTOCOL, Secret};

/// So many connections may have said hello and not yet proven who they are: more than a large
/// cluster has when all of it starts at once.
const MOST_GREETINGS: usize = 1024;

/// Of so many shards that left it is still known what came: they may come back and send again.
const MOST_FORMER: usize = 1024;

/// The longest name of a run.
const LONGEST_RUN: usize = 128;

/// What a hello is answered with, beside who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The form of what is said from here on.
    pub protocol: u64,
    /// What the other side has to put into its proof.
    pub nonce: String,
    /// That this side knows the secret.
    pub proof: String,
}

/// Who has proven itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Who it is.
    pub peer: ShardId,
    /// The number of the last frame that came from this run of it.
    pub last: u64,
}

/// A frame that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who sent it.
    pub peer: ShardId,
    /// Whether it comes for the first time. What was seen before is answered and dropped.
    pub is_new: bool,
    /// Its number.
    pub number: u64,
}

/// Who has greeted on which client connection, and what came from whom. It does nothing itself.
#[derive(Debug, Default)]
pub struct Reception {
    /// Who said hello and has to prove who it is, on which connection, the oldest first.
    greetings: VecDeque<(u64, Greeting)>,
    /// Who has proven itself, on which connection.
    clients: HashMap<u64, ShardId>,
    /// What came from each shard, those that left too.
    logs: BTreeMap<ShardId, Log>,
    /// Shards that left, the oldest first.
    former: VecDeque<ShardId>,
}

/// What came from a run of a shard.
#[derive(Debug)]
struct Log {
    run: String,
    last: u64,
    /// The one connection on which frames of it are taken.
    client: Option<u64>,
    /// Whether it is one of `former`.
    has_left: bool,
}

impl Reception {
    /// Makes one that nobody has greeted.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `RG.HELLO protocol id run nonce`. What the connection was before, it is no more.
    ///
    /// # Errors
    ///
    /// For words that are no greeting, for a protocol that is none, and for who is no other
    /// member of the cluster.
    pub fn greet(
        &mut self,
        client: u64,
        words: &[&[u8]],
        me: &Me,
        secret: &Secret,
        is_member: impl Fn(ShardId) -> bool,
    ) -> Result<Welcome, String> {
        self.end(client);
        let [protocol, id, run, sender_nonce] = words else {
            return Err("the words are: protocol id run nonce".to_owned());
        };
        let protocol = parse_number(protocol)
            .filter(|&protocol| protocol > 0)
            .ok_or_else(|| format!("protocols of links are numbers from 1 to {PROTOCOL} on"))?;
        let id = ShardId::parse(id)
            .ok_or_else(|| "the id of a shard has forty hexadecimal letters".to_owned())?;
        let run = parse_run(run)
            .ok_or_else(|| format!("the name of a run has 1 to {LONGEST_RUN} printable letters"))?;
        let sender_nonce = parse_nonce(sender_nonce)
            .ok_or_else(|| "a nonce has 64 hexadecimal letters".to_owned())?;
        if id == me.id {
            return Err(format!(
                "shard {id} is this node itself: CLUSTER NODES of the other node names this \
                 address as its own; CLUSTER MEET it anew"
            ));
        }
        if !is_member(id) {
            return Err(format!(
                "shard {id} is no member of the cluster as shard {} sees it (yet): CLUSTER MEET \
                 it, or have it give up the cluster",
                me.id
            ));
        }
        let greeting = Greeting {
            protocol: protocol.min(PROTOCOL),
            sender: Me { id, run },
            receiver: me.clone(),
            sender_nonce,
            receiver_nonce: nonce()?,
        };
        let welcome = Welcome {
            protocol: greeting.protocol,
            nonce: greeting.receiver_nonce.clone(),
            proof: greeting.proof(Role::Receiver, secret)?,
        };
        self.greetings.push_back((client, greeting));
        if self.greetings.len() > MOST_GREETINGS {
            self.greetings.pop_front();
        }
        Ok(welcome)
    }

    /// Answers `RG.HELLO PROVE proof`. An earlier connection of the same peer counts no more.
    ///
    /// # Errors
    ///
    /// For a connection that did not say hello before, and for a proof by another secret.
    pub fn prove(
        &mut self,
        client: u64,
        proof: &[u8],
        secret: &Secret,
    ) -> Result<Accepted, String> {
        let place = self.greetings.iter().position(|&(of, _)| of == client);
        let greeting = place.and_then(|place| self.greetings.remove(place));
        // Whatever becomes of it, no second proof is tried on it.
        let (_, greeting) = greeting
            .ok_or_else(|| "say hello before you prove it, once for each proof".to_owned())?;
        if !greeting.holds(Role::Sender, secret, proof) {
            return Err(format!(
                "shards {} and {} do not share a secret (yet); it is told over the cluster bus, \
                 so look whether CLUSTER NODES calls them connected, and greet again",
                greeting.sender.id, greeting.receiver.id
            ));
        }
        let Me { id: peer, run } = greeting.sender;
        let log = self.logs.entry(peer).or_insert_with(|| Log::new(&run));
        if let Some(before) = log.client {
            self.clients.remove(&before);
        }
        if log.has_left {
            self.former.retain(|&former| former != peer);
        }
        log.has_left = false;
        if log.run != run {
            *log = Log::new(&run);
        }
        log.client = Some(client);
        self.clients.insert(client, peer);
        Ok(Accepted {
            peer,
            last: log.last,
        })
    }

    /// Answers `RG.INNERMSGCOMMAND number frame`: whether the frame is to be used.
    ///
    /// # Errors
    ///
    /// For a connection that has not proven who it is, and for a frame that others should have
    /// come before.
    pub fn take(&mut self, client: u64, number: &[u8]) -> Result<Taken, String> {
        let peer = self.clients.get(&client).copied();
        let log = peer.and_then(|peer| Some((peer, self.logs.get_mut(&peer)?)));
        let Some((peer, log)) = log else {
            return Err(
                "only shards of this cluster send frames, on the connection on which they greeted \
                 last: say RG.HELLO first"
                    .to_owned(),
            );
        };
        let number = parse_number(number)
            .filter(|&number| number > 0)
            .ok_or_else(|| "frames have numbers from 1 on".to_owned())?;
        let is_new = number > log.last;
        if is_new {
            if number - log.last > 1 {
                return Err(format!(
                    "frame {number} of shard {peer} came behind frame {}: others are missing; \
                     connect again and send those behind the last one",
                    log.last
                ));
            }
            log.last = number;
        }
        Ok(Taken {
            peer,
            is_new,
            number,
        })
    }

    /// Forgets who is no member of the cluster any more, but for which frames came from it.
    pub fn forget_others(&mut self, is_member: impl Fn(ShardId) -> bool) {
        self.greetings
            .retain(|(_, greeting)| is_member(greeting.sender.id));
        self.clients.retain(|_, peer| is_member(*peer));
        self.former.retain(|&peer| !is_member(peer));
        for (&peer, log) in &mut self.logs {
            let has_left = !is_member(peer);
            if has_left && !log.has_left {
                log.client = None;
                self.former.push_back(peer);
            }
            log.has_left = has_left;
        }
        while self.former.len() > MOST_FORMER {
            if let Some(peer) = self.former.pop_front() {
                self.logs.remove(&peer);
            }
        }
    }

    /// Returns who may send, and which run of it.
    #[must_use]
    pub fn greeted(&self) -> Vec<(ShardId, String)> {
        let proven = self.logs.iter().filter(|(_, log)| log.client.is_some());
        proven.map(|(&peer, log)| (peer, log.run.clone())).collect()
    }

    /// Takes from a connection what it was.
    fn end(&mut self, client: u64) {
        self.greetings.retain(|&(of, _)| of != client);
        let peer = self.clients.remove(&client);
        if let Some(log) = peer.and_then(|peer| self.logs.get_mut(&peer)) {
            log.client = None;
        }
    }
}

impl Log {
    fn new(run: &str) -> Self {
        Self {
            run: run.to_owned(),
            last: 0,
            client: None,
            has_left: false,
        }
    }
}

/// Reads digits, and nothing else.
fn parse_number(word: &[u8]) -> Option<u64> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(word).ok()?.parse().ok()
}

/// Reads the name of a run; `None` for what is none.
#[must_use]
pub fn parse_run(word: &[u8]) -> Option<String> {
    let is_run = (1..=LONGEST_RUN).contains(&word.len()) && word.iter().all(u8::is_ascii_graphic);
    let run = str::from_utf8(word).ok()?;
    is_run.then(|| run.to_owned())
}
