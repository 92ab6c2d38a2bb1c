//! How this server gets in at the others: as its replicas would, unless settings say otherwise.

use std::collections::HashMap;
use std::path::PathBuf;

use gears_link::{Access, Tls};
use gears_server::{Answer, Context};

use super::secret::secret;
use crate::config::config;

/// The name by which nodes of a cluster log in at each other since Redis 8 (Redis documentation,
/// internal connections); their secret is the password.
const INTERNAL: &[u8] = b"internal connection";

/// Finds out how to log in and whether by TLS.
///
/// # Errors
///
/// When there is no secret.
pub(super) fn access(context: &Context) -> Result<Access, String> {
    let settings = settings(context);
    let (login, is_internal) = match (set_login(), context.internal_secret()) {
        (Some(login), _) => (Some(login), false),
        (None, Some(secret)) => (Some((INTERNAL.to_vec(), secret)), true),
        (None, None) => (replica_login(&settings), false),
    };
    Ok(Access {
        login,
        is_internal,
        secret: secret(context)?,
        tls: tls(&settings),
    })
}

/// Returns the login that settings of the module name.
fn set_login() -> Option<(Vec<u8>, Vec<u8>)> {
    let (user, password) = config().cluster_login();
    if password.is_empty() && user.is_empty() {
        return None;
    }
    let user = if user.is_empty() {
        "default".to_owned()
    } else {
        user
    };
    Some((user.into_bytes(), password.into_bytes()))
}

/// Returns the login of this server's replicas.
fn replica_login(settings: &Settings) -> Option<(Vec<u8>, Vec<u8>)> {
    let password = settings.text("masterauth")?;
    let user = settings.text("masteruser").unwrap_or("default");
    Some((user.into(), password.into()))
}

fn tls(settings: &Settings) -> Option<Tls> {
    if settings.text("tls-cluster") != Some("yes") {
        return None;
    }
    let file = |name| settings.text(name).map(PathBuf::from);
    Some(Tls {
        ca_file: file("tls-ca-cert-file"),
        ca_dir: file("tls-ca-cert-dir"),
        // As replicas, which connect as clients do.
        cert_file: file("tls-client-cert-file").or_else(|| file("tls-cert-file")),
        key_file: file("tls-client-key-file").or_else(|| file("tls-key-file")),
    })
}

/// Settings of the server, by their names.
struct Settings(HashMap<String, String>);

impl Settings {
    /// Returns a setting that is not empty.
    fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

fn settings(context: &Context) -> Settings {
    let mut settings = HashMap::new();
    // One pattern at a time is what Redis 6.2 knows.
    for pattern in [&b"master*"[..], b"tls-*"] {
        let Some(Answer::Array(words)) = context.ask(c"CONFIG", &[b"GET", pattern]) else {
            continue;
        };
        for pair in words.chunks_exact(2) {
            if let [Answer::Text(name), Answer::Text(value)] = pair {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                settings.insert(text(name), text(value));
            }
        }
    }
    Settings(settings)
}
