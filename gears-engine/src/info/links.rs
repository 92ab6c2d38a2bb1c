//! What INFO tells of the links to other shards.

use gears_link::{LinkState, State};
use gears_server::{Context, InfoText};

use crate::cluster;
use crate::share::{links, news, reception};
use crate::spread;

/// Adds the section `rg_cluster`: a row for each other shard, on a node of a cluster.
pub(super) fn links(info: &InfoText) {
    if cluster::is_alone() || !info.section(c"cluster") {
        return;
    }
    info.text(c"shard", cluster::shard_id().as_str());
    info.text(c"is_primary", yes(!Context::server_state().is_replica));
    info.text(c"compared", yes(news::is_compared()));
    info.number(c"runs", number(spread::count()));
    let greeted = reception::greeted();
    for link in links::states() {
        let hears = greeted.contains(&link.peer.id);
        row(info, &link, hears);
    }
}

fn row(info: &InfoText, link: &LinkState, hears: bool) {
    let row = info.row(link.peer.id.as_str());
    row.text(c"host", &link.peer.host);
    row.number(c"port", i64::from(link.peer.port));
    row.text(c"link", state(&link.state));
    row.number(c"since_ms", number(link.since.elapsed().as_millis()));
    // Whether its link to this shard stands.
    row.text(c"hears_it", yes(hears));
    row.text(c"run", link.run.as_deref().unwrap_or("None"));
    row.number(c"protocol", number(link.protocol.unwrap_or_default()));
    row.number(c"waiting", number(link.queued_frames));
    row.number(c"waiting_bytes", number(link.queued_bytes));
    row.number(c"sent", number(link.sent_frames));
    row.number(c"sent_bytes", number(link.sent_bytes));
    row.number(c"resent", number(link.resent));
    row.text(c"last_error", link.last_error.as_deref().unwrap_or("None"));
}

/// Names the state of a link.
fn state(state: &State) -> &'static str {
    match state {
        State::Connecting => "connecting",
        State::Greeted => "up",
        State::Down => "down",
    }
}

fn number(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}
