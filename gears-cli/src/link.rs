//! The links between the shards of a cluster, as each of them tells of its own in `INFO`.
//!
//! The section is `rg_cluster`; servers without it, such as RedisGears, tell nothing.

use std::time::Duration;

use gears_runtime::Gears;
use serde_json::{Value as Json, json};

use crate::{load::Values, wire::Wire};

/// How long a shard may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way from one shard to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    from: String,
    to: String,
    address: String,
    /// `up`, `connecting` or `down`.
    state: String,
    /// Why the last connection that failed did; it stays when the next one succeeds.
    last_error: Option<String>,
    waiting: u64,
    waiting_bytes: u64,
}

impl Link {
    /// Asks a shard for its links to others; `None` where it does not tell of any.
    ///
    /// # Errors
    ///
    /// Why it does not answer.
    pub(crate) fn all_of(shard: &Gears) -> Result<Option<Vec<Self>>, String> {
        let wire = Wire::open(shard, PATIENCE);
        let mut wire = wire.map_err(|failure| failure.parts().0.to_owned())?;
        Ok(Self::read(&wire.text(&["INFO", "rg_cluster"])?))
    }

    fn read(text: &str) -> Option<Vec<Self>> {
        let fields = || {
            let lines = text.lines().filter_map(|line| line.split_once(':'));
            lines.filter_map(|(name, value)| Some((name.strip_prefix("rg_")?, value)))
        };
        let (_, from) = fields().find(|(name, _)| *name == "shard")?;
        let links = fields().filter_map(|(to, values)| {
            let values = Values(values);
            let last_error = values.text("last_error").filter(|error| *error != "None");
            Some(Self {
                from: from.to_owned(),
                to: to.to_owned(),
                address: format!("{}:{}", values.text("host")?, values.text("port")?),
                state: values.text("link")?.to_owned(),
                // Commas part values there, so that texts have none.
                last_error: last_error.map(|error| error.replace("| ", ", ")),
                waiting: values.number("waiting"),
                waiting_bytes: values.number("waiting_bytes"),
            })
        });
        Some(links.collect())
    }

    /// Tells whether what is sent on it arrives.
    pub(crate) fn is_up(&self) -> bool {
        self.state == "up"
    }

    /// Tells whether it was not tried before.
    pub(crate) fn is_new(&self) -> bool {
        !self.is_up() && self.last_error.is_none()
    }

    /// Says how it stands.
    pub(crate) fn describe(&self) -> String {
        let Self { from, to, .. } = self;
        let state = match &self.last_error {
            _ if self.is_up() => "is up".to_owned(),
            // Also while it is tried again.
            Some(error) => format!("is down: {error}"),
            None => "is being made".to_owned(),
        };
        format!("the link from {from} to {to} ({}) {state}", self.address)
    }

    pub(crate) fn to_json(&self) -> Json {
        json!({
            "from": self.from,
            "to": self.to,
            "address": self.address,
            "state": self.state,
            "lastError": self.last_error,
            "waiting": self.waiting,
            "waitingBytes": self.waiting_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_and_told_in_words() {
        let links = Link::read(
            "# rg_cluster\r\nrg_shard:aa\r\nrg_is_primary:yes\r\nrg_compared:yes\r\n\
             rg_bb:host=10.0.0.7,port=6379,link=up,waiting=0,waiting_bytes=0,last_error=gone\r\n\
             rg_cc:host=::1,port=1,link=down,waiting=2,waiting_bytes=70,last_error=it wants a \
             login| and none is set: set ClusterUser\r\n\
             rg_dd:host=h,port=2,link=connecting,waiting=0,waiting_bytes=0,last_error=None\r\n",
        );
        let told: Vec<_> = links.iter().flatten().map(Link::describe).collect();
        assert_eq!(
            told,
            [
                "the link from aa to bb (10.0.0.7:6379) is up",
                "the link from aa to cc (::1:1) is down: it wants a login, and none is set: set \
                 ClusterUser",
                "the link from aa to dd (h:2) is being made",
            ]
        );
        let links = links.unwrap();
        assert_eq!(links[1].to_json()["waitingBytes"], 70);
        assert_eq!(links[0].to_json()["lastError"], "gone");
        assert_eq!(links[2].to_json()["lastError"], Json::Null);
    }

    #[test]
    fn servers_that_tell_nothing_have_no_links() {
        assert_eq!(Link::read(""), None);
        assert_eq!(Link::read("# Server\r\nredis_version:7\r\n"), None);
        assert_eq!(
            Link::read("# rg_cluster\r\nrg_shard:aa\r\n"),
            Some(Vec::new())
        );
    }
}
