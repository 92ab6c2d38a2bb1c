//! Where the server is: the options of redis-cli, the environment, and a file.
//!
//! Each of the three is a [`Connection`] in which most is left open. They are laid over each
//! other, the file first, then the environment, then the command line; see [`Address`].

mod address;
mod environment;

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

pub(crate) use address::Address;

use crate::failure::{Failure, Result};

/// What one place says about the connection.
#[derive(Args, Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// Name or address of the server [default: 127.0.0.1] [env: GEARS_HOST].
    #[arg(short = 'h', long, global = true, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// Port of the server [default: 6379] [env: GEARS_PORT].
    #[arg(short, long, global = true, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Unix socket of the server, instead of host and port [env: GEARS_SOCKET].
    #[arg(short, long, global = true, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// URL of the server: redis://user:password@host:port/database [env: GEARS_URL].
    #[arg(short, long, visible_alias = "uri", global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Number of the database [default: 0] [env: GEARS_DATABASE].
    #[arg(short = 'n', long, global = true, value_name = "NUMBER")]
    pub(crate) database: Option<i64>,
    /// Name of the user [env: GEARS_USER].
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Password; better in the environment, where others do not see it
    /// [env: GEARS_PASSWORD, REDISCLI_AUTH].
    #[arg(short = 'a', long = "pass", global = true, value_name = "PASSWORD")]
    #[serde(alias = "pass")]
    pub(crate) password: Option<String>,
    /// How long connecting may take, in seconds [default: 5] [env: GEARS_CONNECT_TIMEOUT].
    #[arg(short = 't', long, global = true, value_name = "SECONDS")]
    pub(crate) connect_timeout: Option<f64>,
    /// Use TLS [env: GEARS_TLS].
    #[arg(long, global = true, num_args = 0, default_missing_value = "true")]
    pub(crate) tls: Option<bool>,
    /// Trust any certificate; with --tls [env: GEARS_INSECURE].
    #[arg(long, global = true, num_args = 0, default_missing_value = "true")]
    pub(crate) insecure: Option<bool>,
    /// File of the certificates to trust, PEM, instead of the system's [env: GEARS_CACERT].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// File of the client's own certificate, PEM [env: GEARS_CERT].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    /// File of the key of that certificate, PEM [env: GEARS_KEY].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

impl Connection {
    /// Refuses a host behind `-s`, which is where RedGrease has it.
    ///
    /// # Errors
    ///
    /// The socket has the name of no file, but may be that of a host.
    pub(crate) fn check_socket(&self) -> Result {
        let Some(socket) = &self.socket else {
            return Ok(());
        };
        let name = socket.display().to_string();
        if socket.exists() || name.contains('/') || name.is_empty() {
            return Ok(());
        }
        Err(
            Failure::usage(format!("there is no socket `{name}` in this folder")).advice(format!(
                "-s is a unix socket, as redis-cli has it; a host is -h {name}"
            )),
        )
    }
}
