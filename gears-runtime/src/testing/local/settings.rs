//! What the Python is told when it starts, and the Python itself.

use std::path::Path;

use redis::{ConnectionAddr, ConnectionInfo};
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// The first lines, which take the rest from the control connection.
pub(super) const BOOTSTRAP: &str = include_str!("shim/bootstrap.py");

/// The rest, in the order in which the files need each other.
const MODULES: &[(&str, &str)] = &[
    ("failure", include_str!("shim/failure.py")),
    ("wire", include_str!("shim/wire.py")),
    ("queued", include_str!("shim/queued.py")),
    ("connection", include_str!("shim/connection.py")),
    ("everywhere", include_str!("shared/everywhere.py")),
    ("keyword", include_str!("shared/keyword.py")),
    ("option", include_str!("shared/option.py")),
    ("reach", include_str!("shared/reach.py")),
    ("stand_in", include_str!("shared/stand_in.py")),
    ("words", include_str!("../../python/words.py")),
    ("names", include_str!("shim/names.py")),
    ("builder", include_str!("shim/builder.py")),
    ("requirement", include_str!("shim/requirement.py")),
    ("session", include_str!("shim/session.py")),
    ("deadline", include_str!("shim/deadline.py")),
    ("serve", include_str!("shim/serve.py")),
];

/// The modules that answer to the names of the package redgrease.
const REDGREASE: [(&str, &str); 10] = include!("shared/redgrease.in");

/// Writes the settings as the bootstrap reads them: one line of JSON.
pub(super) fn line(server: &Value, listen: &Path, registry: &Path) -> Result<String> {
    let path = |path: &Path| match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Error::configuration(format!(
            "the temporary folder {} has a name that is not UTF-8; set TMPDIR to another one",
            path.display()
        ))),
    };
    let settings = json!({
        "modules": MODULES,
        "redgrease": REDGREASE,
        "redis": server,
        "listen": path(listen)?,
        "registry": path(registry)?,
        "version": env!("CARGO_PKG_VERSION"),
    });
    Ok(format!("{settings}\n"))
}

/// Says how Python reaches the server.
///
/// # Errors
///
/// A unix socket whose path is not UTF-8.
pub(super) fn server(info: &ConnectionInfo) -> Result<Value> {
    let redis = info.redis_settings();
    let mut unix = None;
    let (mut host, mut port, mut tls) = ("", 0, "");
    match info.addr() {
        ConnectionAddr::Tcp(name, number) => (host, port) = (name, *number),
        ConnectionAddr::TcpTls {
            host: name,
            port: number,
            insecure,
            ..
        } => {
            (host, port) = (name, *number);
            tls = if *insecure { "insecure" } else { "secure" };
        }
        ConnectionAddr::Unix(path) => {
            unix = Some(path.to_str().ok_or_else(|| {
                Error::configuration("the path of the server's socket is not UTF-8")
            })?);
        }
        other => {
            return Err(Error::configuration(format!(
                "gears cannot run locally against {other}; use a redis:// or unix:// URL"
            )));
        }
    }
    Ok(json!({
        "unix": unix,
        "host": host,
        "port": port,
        "tls": tls,
        "user": redis.username(),
        "password": redis.password(),
        "database": redis.db(),
    }))
}

#[cfg(test)]
mod tests {
    use redis::IntoConnectionInfo as _;

    use super::*;

    #[test]
    fn every_part_of_the_url_reaches_python() {
        let info = "redis://user:p%40ss@example.org:7000/3";
        let told = server(&info.into_connection_info().unwrap()).unwrap();
        assert_eq!(told["host"], "example.org");
        assert_eq!(told["port"], 7000);
        assert_eq!(told["user"], "user");
        assert_eq!(told["password"], "p@ss");
        assert_eq!(told["database"], 3);
        let info = "unix:///tmp/x.sock".into_connection_info().unwrap();
        assert_eq!(server(&info).unwrap()["unix"], "/tmp/x.sock");
    }

    #[test]
    fn python_is_sent_as_one_line() {
        let text = line(&json!({}), Path::new("/l"), Path::new("/r")).unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.contains("class Process"));
    }
}
