//! Makes `rediss://` work without set-up by the application.

use redis::{Client, ConnectionAddr};
use rustls::crypto::{CryptoProvider, ring};

/// Chooses a crypto provider for the process when TLS will be used and nobody has chosen one.
///
/// rustls panics on the first connection when a program links two providers
/// and chose neither.
pub(crate) fn prepare(client: &Client) {
    let tls = matches!(
        client.get_connection_info().addr(),
        ConnectionAddr::TcpTls { .. }
    );
    if tls && CryptoProvider::get_default().is_none() {
        // Fails only when another thread was faster, which is as good.
        let _ = ring::default_provider().install_default();
    }
}
