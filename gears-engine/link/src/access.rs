//! How to get in at peers.

use std::fmt;
use std::path::PathBuf;

use gears_greeting::Secret;

/// How to get in at peers. All of it may change, and counts from the next connection on.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// User and password; an empty user is the default one.
    pub login: Option<(Vec<u8>, Vec<u8>)>,
    /// Whether the servers agree on the login by themselves, so that peers may not know it yet.
    pub is_internal: bool,
    /// What nodes of this cluster know.
    pub secret: Secret,
    /// Whether the port speaks TLS, and with which certificates.
    pub tls: Option<Tls>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.login.as_ref().map(|(user, _)| user.escape_ascii());
        f.debug_struct("Access")
            .field("user", &user.map(|user| user.to_string()))
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// Files with certificates. The chain of a peer's certificate is checked, and the names in it are
/// not, as servers do between nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// A folder with more of them.
    pub ca_dir: Option<PathBuf>,
    /// The certificate to show to peers that ask for one.
    pub cert_file: Option<PathBuf>,
    /// The key of that certificate.
    pub key_file: Option<PathBuf>,
}
