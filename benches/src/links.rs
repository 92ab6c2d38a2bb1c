//! What shards of a cluster say to each other.

use std::error::Error;

use gears_runtime::redis::{self, Client};

/// Adds up how many bytes the links of these servers have sent.
///
/// # Errors
///
/// A server cannot be reached, or has no engine.
pub fn sent_bytes(servers: &[Client]) -> Result<u64, Box<dyn Error>> {
    let mut sum = 0;
    for server in servers {
        let mut connection = server.get_connection()?;
        let info: String = redis::cmd("INFO")
            .arg("rg_cluster")
            .query(&mut connection)?;
        let fields = info
            .split(',')
            .filter_map(|field| field.strip_prefix("sent_bytes="));
        for bytes in fields {
            sum += bytes.parse::<u64>()?;
        }
    }
    Ok(sum)
}
