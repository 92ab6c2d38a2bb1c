//! What differs from one cluster to the next.

use crate::reply::Reply;

/// The names of a cluster's shards; none of a server on its own, whose replies stay as they are.
#[derive(Default)]
pub(crate) struct Names {
    ids: Vec<String>,
    addresses: Vec<String>,
}

impl Names {
    pub(crate) fn of(ids: Vec<String>, addresses: Vec<String>) -> Self {
        Self { ids, addresses }
    }

    /// Returns what cases name from the start: `shard0`, `port0` and so on.
    pub(crate) fn known(&self) -> impl Iterator<Item = (String, Vec<u8>)> {
        let ids = self.ids.iter().enumerate();
        let ids = ids.map(|(place, id)| (format!("shard{place}"), id.clone().into_bytes()));
        let addresses = self.addresses.iter().enumerate();
        let ports = addresses.filter_map(|(place, address)| {
            let (_, port) = address.rsplit_once(':')?;
            Some((format!("port{place}"), port.as_bytes().to_vec()))
        });
        ids.chain(ports)
    }

    /// Puts what cases write in the place of what this cluster has.
    pub(crate) fn replaced(&self, reply: &Reply) -> Reply {
        if self.ids.is_empty() {
            return reply.clone();
        }
        match reply {
            Reply::Array(elements) => {
                Reply::Array(elements.iter().map(|it| self.replaced(it)).collect())
            }
            Reply::Status(text) => Reply::Status(self.text(text)),
            Reply::Error(text) => Reply::Error(self.text(text)),
            Reply::Bulk(bytes) => match str::from_utf8(bytes) {
                Ok(text) => Reply::Bulk(self.text(text).into_bytes()),
                Err(_) => reply.clone(),
            },
            Reply::Nil | Reply::Integer(_) | Reply::Digest { .. } => reply.clone(),
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (place, (id, address)) in self.ids.iter().zip(&self.addresses).enumerate() {
            let shard = format!("<shard{place}>");
            text = text.replace(id, &shard);
            text = text.replace(address, &format!("<address{place}>"));
            text = cut(&text, &format!("{shard}-"), "N", |it| it.is_ascii_digit());
        }
        text = cut(&text, &format!("{}-", "0".repeat(40)), "N", |it| {
            it.is_ascii_digit()
        });
        cut(&text, " at 0x", "0", |it| it.is_ascii_hexdigit())
    }
}

/// Writes something else for the number behind each occurrence of a text.
fn cut(text: &str, before: &str, instead: &str, is_digit: fn(char) -> bool) -> String {
    let mut parts = text.split(before);
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all.push_str(before);
        let rest = part.trim_start_matches(is_digit);
        if rest.len() < part.len() {
            all.push_str(instead);
        }
        all.push_str(rest);
    }
    all
}
