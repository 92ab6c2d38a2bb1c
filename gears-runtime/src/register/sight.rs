//! What a primary tells of its cluster when it is looked at.

use redis::{Cmd, Value};

use crate::server::{
    dialect::Dialect,
    known::Server,
    value::{field, text},
};

/// Holds what a primary told of its cluster.
#[derive(Debug)]
pub(crate) struct Sight {
    /// What it is; nothing where it does not tell.
    server: Option<Server>,
    /// The shards that it knows; nothing when it says that there is no cluster.
    shards: Option<Vec<Value>>,
}

impl Sight {
    /// Adds the command that tells of the cluster to those of a look.
    pub(crate) fn commands(mut commands: Vec<Cmd>) -> Vec<Cmd> {
        commands.push(redis::cmd("RG.INFOCLUSTER"));
        commands
    }

    /// Takes what was told of the cluster out of the replies, and leaves those of a look.
    pub(crate) fn take_from(replies: &mut Vec<Value>) -> Self {
        let cluster = replies.pop();
        let server = match replies.as_slice() {
            [question, modules, ..] => Server::from_answers(question, modules).ok(),
            _ => None,
        };
        let shards = match cluster {
            Some(Value::Array(mut parts)) => match parts.pop() {
                Some(Value::Array(shards)) => Some(shards),
                _ => None,
            },
            _ => None,
        };
        Self { server, shards }
    }

    /// Tells whether it is a node of RedisGears that does not know a cluster of so many as it is.
    ///
    /// It has to be told with `RG.REFRESHCLUSTER`, on every node (spec section 9.1); until then it
    /// registers for itself alone. gears-engine needs nothing of the kind.
    pub(crate) fn is_strangers(&self, count: usize) -> bool {
        let is_redisgears = |server: Server| server.dialect == Dialect::RedisGears;
        self.server.is_some_and(is_redisgears) && self.shards.as_ref().map(Vec::len) != Some(count)
    }

    /// Tells whether what is registered with it is so with all shards that it knows.
    pub(crate) fn shares(&self) -> bool {
        self.server.is_some_and(|server| server.shares)
    }

    /// Tells whether it knows all of these shards.
    pub(crate) fn knows_all<'a>(&self, mut ids: impl Iterator<Item = &'a str>) -> bool {
        let known = self.shards.as_deref().unwrap_or_default();
        ids.all(|id| {
            let names = |shard| field(shard, "id").and_then(text) == Some(id);
            known.iter().any(names)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDISGEARS: &str = "*1\r\n-(error) Unsupported config parameter: EngineVersion\r\n";
    const ENGINE: &str = "*2\r\n$5\r\n0.1.0\r\n:1\r\n";
    const ALONE: &str = "$15\r\nno cluster mode\r\n";
    const TWO: &str = "*5\r\n$4\r\nMyId\r\n$1\r\na\r\n$7\r\nMyRunId\r\n$1\r\nr\r\n\
                       *2\r\n*2\r\n$2\r\nid\r\n$1\r\na\r\n*2\r\n$2\r\nid\r\n$1\r\nb\r\n";

    fn sight(question: &str, cluster: &str) -> Sight {
        let reply = |resp: &str| redis::parse_redis_value(resp.as_bytes()).unwrap();
        let mut replies = [question, "*0\r\n", "*0\r\n", cluster].map(reply).into();
        let sight = Sight::take_from(&mut replies);
        assert_eq!(replies.len(), 3, "those of a look");
        sight
    }

    #[test]
    fn redisgears_is_told_about_a_cluster_that_it_does_not_know() {
        assert!(!sight(REDISGEARS, TWO).is_strangers(2));
        assert!(sight(REDISGEARS, ALONE).is_strangers(2));
        // One has joined.
        assert!(sight(REDISGEARS, TWO).is_strangers(3));
        assert!(!sight(ENGINE, ALONE).is_strangers(2));
    }

    #[test]
    fn who_shares_has_to_know_the_others() {
        let seen = sight(ENGINE, TWO);
        assert!(seen.shares());
        assert!(seen.knows_all(["b", "a"].into_iter()));
        assert!(!seen.knows_all(["b", "c"].into_iter()));
        assert!(!sight(ENGINE, "-NOPERM no\r\n").knows_all(["a"].into_iter()));
        assert!(!sight(REDISGEARS, TWO).shares());
    }
}
