//! Links to peers that are no servers, over the loopback.

mod fake;
mod frames;
mod hostile;
mod tls;
