//! `gears metrics`.

mod collector;
mod exposition;
mod families;
mod http;
mod info;
mod series;
mod shard;

use std::{net::SocketAddr, time::Duration};

use clap::Args;

use self::collector::Collector;
use super::{Perform, run::seconds};
use crate::{
    context::Context,
    failure::{Code, Failure, Result},
    interrupt,
};

/// Prints figures of all shards for Prometheus, or serves them over HTTP.
///
/// Calls, failures and times of each gear, queue and workers, deadlines, Python's memory, the links of
/// a cluster. A shard that does not answer is `gears_up` 0.
///
/// Exit codes: 0 all shards answered; 1 one of them did not; 3 none did. With --listen it serves
/// http://ADDRESS/metrics until Ctrl-C, also while the server is away, and ends with 0.
#[derive(Args, Debug)]
pub(crate) struct Metrics {
    /// Serve them over HTTP at this address, such as 127.0.0.1:9121; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "json")]
    listen: Option<SocketAddr>,
    /// Count a shard as down that takes longer for an answer, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    timeout: Duration,
    /// Print a dashboard of these figures, for Grafana to import.
    #[arg(long, conflicts_with_all = ["listen", "json"])]
    dashboard: bool,
}

const DASHBOARD: &str = include_str!("../../dashboard/gears.json");

impl Perform for Metrics {
    fn perform(self, context: &Context<'_>) -> Result {
        if self.dashboard {
            return context.output.bytes(DASHBOARD.trim_end().as_bytes());
        }
        let mut collector = Collector::new(&context.address()?, self.timeout)?;
        if let Some(address) = self.listen {
            // Before there are threads: they leave the signals alone.
            interrupt::watch()?;
            return http::serve(address, collector, &context.output);
        }
        let look = collector.look();
        let output = &context.output;
        if output.is_json() {
            output.json(&look.exposition.to_json())?;
        } else {
            output.bytes(look.exposition.to_text().trim_end().as_bytes())?;
        }
        if look.silent.is_empty() {
            return Ok(());
        }
        let code = if look.answered == 0 {
            Code::Connection
        } else {
            Code::Failed
        };
        let silent: Vec<String> = look.silent.into_values().collect();
        Err(Failure::new(code, silent.join("\n")))
    }
}
