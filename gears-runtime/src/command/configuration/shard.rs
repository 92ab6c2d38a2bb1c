//! How the other shards of a cluster are connected to.

use redis::Client;

use crate::{
    connect::{
        cluster::{address::Address, shards::ALONE},
        gears::{Gears, builder::GearsBuilder},
    },
    data::{ClusterInfo, ShardInfo},
    error::{Error, Result},
};

/// Returns how to connect to each shard; `None` for the one that is connected already.
pub(super) fn shards(
    gears: &Gears,
    cluster: Option<&ClusterInfo>,
) -> Result<Vec<(String, Option<GearsBuilder>)>> {
    let Some(cluster) = cluster else {
        return Ok(vec![(ALONE.to_owned(), None)]);
    };
    cluster
        .shards
        .iter()
        .map(|shard| {
            let builder = if shard.id == cluster.my_id {
                None
            } else {
                Some(gears.builder_for(client_of(gears.client(), shard)?))
            };
            Ok((shard.id.clone(), builder))
        })
        .collect()
}

/// Makes a client for a shard, like the one for the shard that is known.
fn client_of(client: &Client, shard: &ShardInfo) -> Result<Client> {
    let wrong = |why: String| {
        Error::configuration(format!(
            "the shard {} cannot be connected to: {why}",
            shard.id
        ))
    };
    let port = u16::try_from(shard.port).map_err(|_| wrong(format!("port {}", shard.port)))?;
    Address::new(&shard.ip, port)
        .client(client)
        .map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(resp: &str) -> ClusterInfo {
        let reply = redis::parse_redis_value(resp.as_bytes()).unwrap();
        ClusterInfo::read_reply(&reply).unwrap().unwrap()
    }

    fn shard(id: &str, port: i64) -> String {
        format!(
            "*16\r\n$2\r\nid\r\n$1\r\n{id}\r\n$2\r\nip\r\n$9\r\n127.0.0.2\r\n$4\r\nport\r\n\
             :{port}\r\n$10\r\nunixSocket\r\n$4\r\nNone\r\n$5\r\nrunid\r\n$-1\r\n\
             $8\r\nminHslot\r\n:0\r\n$8\r\nmaxHslot\r\n:5460\r\n$15\r\npendingMessages\r\n:0\r\n"
        )
    }

    fn two(port: i64) -> ClusterInfo {
        cluster(&format!(
            "*5\r\n$4\r\nMyId\r\n$1\r\na\r\n$7\r\nMyRunId\r\n$1\r\nr\r\n*2\r\n{}{}",
            shard("a", 7000),
            shard("b", port)
        ))
    }

    #[test]
    fn other_shards_are_connected_to_with_the_same_user() {
        let gears = Gears::builder("redis://user:secret@127.0.0.1:7000/")
            .unwrap()
            .build();
        let shards = shards(&gears, Some(&two(7001))).unwrap();
        assert!(shards[0].1.is_none(), "this one is connected already");
        let other = shards[1].1.as_ref().unwrap().clone().build();
        let info = other.client().get_connection_info();
        assert_eq!(info.addr().to_string(), "127.0.0.2:7001");
        assert_eq!(info.redis_settings().password(), Some("secret"));
    }

    #[test]
    fn address_that_makes_no_sense_is_told() {
        let gears = Gears::builder("redis://127.0.0.1/").unwrap().build();
        let error = shards(&gears, Some(&two(70001))).unwrap_err();
        assert!(error.to_string().contains("port 70001"), "{error}");
    }

    #[test]
    fn server_that_is_alone_is_its_only_shard() {
        let gears = Gears::builder("redis://127.0.0.1/").unwrap().build();
        let shards = shards(&gears, None).unwrap();
        assert_eq!(shards[0].0, ALONE);
    }
}
