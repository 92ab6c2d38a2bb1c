//! One [`Gears`] for all clients of redis-rs that are equal, for as long as one of it is in use.
//!
//! A client has no connections, so whoever calls over one would connect at each call.

use std::sync::{Arc, Mutex, Weak};

use redis::{Client, ConnectionAddr, ConnectionInfo, ProtocolVersion};

use super::{Gears, Shared, builder::GearsBuilder};
use crate::connect::{poison::unpoisoned, way::kept::ToGears};

/// Those in use, and a few that were until now.
static SHARED: Mutex<Vec<(Identity, Weak<Shared>)>> = Mutex::new(Vec::new());

/// What makes clients equal.
#[derive(Debug, PartialEq)]
pub(super) struct Identity {
    addresses: Vec<ConnectionAddr>,
    database: i64,
    user: Option<String>,
    password: Option<String>,
    protocol: ProtocolVersion,
}

impl Identity {
    /// Describes clients that are used as one; `None` where equality cannot be seen.
    pub(super) fn new(clients: &[Client]) -> Option<Self> {
        let infos = clients.iter().map(Client::get_connection_info);
        let first = infos.clone().next()?.redis_settings();
        Some(Self {
            addresses: infos.map(address).collect::<Option<_>>()?,
            database: first.db(),
            user: first.username().map(str::to_owned),
            password: first.password().map(str::to_owned),
            protocol: first.protocol(),
        })
    }
}

/// Returns where a client connects to; `None` with certificates of its own, which cannot be compared.
fn address(info: &ConnectionInfo) -> Option<ConnectionAddr> {
    match info.addr() {
        ConnectionAddr::TcpTls {
            tls_params: Some(_),
            ..
        } => None,
        address => Some(address.clone()),
    }
}

impl GearsBuilder {
    /// Makes the [`Gears`] that equal clients share.
    pub(super) fn build_shared(self) -> Gears {
        let clients: Vec<Client> = [&self.client]
            .into_iter()
            .chain(&self.others)
            .cloned()
            .collect();
        let Some(identity) = Identity::new(&clients) else {
            return self.build();
        };
        let mut all = unpoisoned(SHARED.lock());
        all.retain(|(_, shared)| shared.strong_count() > 0);
        let known = all.iter().find(|(other, _)| *other == identity);
        if let Some(shared) = known.and_then(|(_, shared)| shared.upgrade()) {
            return Gears {
                shared,
                timeouts: self.timeouts,
                naming: self.naming,
                only: None,
            };
        }
        let gears = self.build();
        all.push((identity, Arc::downgrade(&gears.shared)));
        gears
    }
}

impl ToGears for Gears {
    fn to_gears(&self) -> Gears {
        self.clone()
    }
}

impl ToGears for Client {
    fn to_gears(&self) -> Gears {
        GearsBuilder::new(self.clone()).build_shared()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(url: &str) -> Gears {
        Client::open(url).unwrap().to_gears()
    }

    #[test]
    fn equal_clients_share_while_one_is_in_use() {
        let first = shared("redis://10.0.0.1:7000/");
        let is_same = |other: &Gears| Arc::ptr_eq(&first.shared, &other.shared);
        assert!(is_same(&shared("redis://10.0.0.1:7000/")));
        assert!(!is_same(&shared("redis://10.0.0.1:7000/1")));
        assert!(!is_same(&shared("redis://user:secret@10.0.0.1:7000/")));
        assert!(!is_same(&shared("redis://10.0.0.1:7001/")));
        let own = Gears::from(Client::open("redis://10.0.0.1:7000/").unwrap());
        assert!(!is_same(&own), "what is made by itself stays by itself");

        let before = Arc::downgrade(&shared("redis://10.0.0.9:1/").shared);
        assert_eq!(before.strong_count(), 0, "nobody keeps it");
    }
}
