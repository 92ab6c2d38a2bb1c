//! `redis-benchmark` against one server: how many commands it answers in a second.

use std::{
    env,
    error::Error,
    io::Read as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The program of Redis and that of Valkey, which take the same options.
const PROGRAMS: [&str; 2] = ["redis-benchmark", "valkey-benchmark"];
/// How long one run may take before it is given up.
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);

/// Puts load on the server at one port of the loopback.
#[derive(Clone, Debug)]
pub struct Load {
    program: PathBuf,
    port: u16,
    clients: u32,
    keys: Option<u32>,
}

impl Load {
    /// Prepares load by so many clients at once.
    ///
    /// # Errors
    ///
    /// The program is not on the `PATH`.
    pub fn try_new(port: u16, clients: u32) -> Result<Self, Box<dyn Error>> {
        let path = env::var_os("PATH").unwrap_or_default();
        let program = PROGRAMS
            .iter()
            .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
            .find(|program| program.is_file())
            .ok_or(
                "neither redis-benchmark nor valkey-benchmark is on the PATH; \
                 `cargo xtask setup` installs it where it installs the server with apt-get or \
                 brew, elsewhere install redis-tools or valkey-tools",
            )?;
        Ok(Self {
            program,
            port,
            clients,
            keys: None,
        })
    }

    /// Draws from so many keys: `__rand_int__` in a command becomes a number
    /// below it, of twelve digits.
    #[must_use]
    pub fn over_keys(mut self, keys: u32) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Sends a command so many times, each client `pipeline` at once, and returns the
    /// commands answered in a second.
    ///
    /// # Errors
    ///
    /// The program fails, or has not ended after a minute.
    pub fn rate(
        &self,
        pipeline: u32,
        requests: u32,
        command: &[&str],
    ) -> Result<f64, Box<dyn Error>> {
        let mut child = Command::new(&self.program)
            .args(["-h", "127.0.0.1", "--csv"])
            .args(["-p", &self.port.to_string()])
            .args(["-c", &self.clients.to_string()])
            .args(["-P", &pipeline.to_string()])
            .args(["-n", &requests.to_string()])
            .args(
                self.keys
                    .iter()
                    .flat_map(|keys| ["-r".to_owned(), keys.to_string()]),
            )
            .args(command)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let ended = wait(&mut child);
        let mut table = String::new();
        child
            .stdout
            .take()
            .ok_or("the output was piped")?
            .read_to_string(&mut table)?;
        ended?;
        parse_rate(&table)
            .ok_or_else(|| format!("`{}` printed no rate: {table}", command.join(" ")).into())
    }
}

/// Waits for the end of the program, and ends it when that takes too long. What
/// it prints is short enough for the pipe.
fn wait(child: &mut Child) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("the load ended with {status}").into()),
            None if started.elapsed() < LIMIT => thread::sleep(POLL),
            None => {
                child.kill()?;
                child.wait()?;
                return Err(format!("the load took longer than {LIMIT:?}").into());
            }
        }
    }
}

/// Reads the second column of the last line, below a header in Redis 6.2 and later.
///
/// The first column is the command, which may have in it what stands between columns.
fn parse_rate(table: &str) -> Option<f64> {
    const BETWEEN: &str = "\",\"";
    let row = table.lines().rfind(|line| line.starts_with('"'))?;
    let header = table.lines().find(|line| line.starts_with("\"test\""));
    let columns = header.map_or(2, |header| header.split(BETWEEN).count());
    row.rsplit(BETWEEN)
        .nth(columns.checked_sub(2)?)?
        .trim_matches('"')
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_the_second_column() {
        let table = "\"test\",\"rps\",\"avg_latency_ms\"\n\
                     \"FCALL identity 0 hello\",\"41666.67\",\"0.512\"\n";
        assert_eq!(parse_rate(table), Some(41666.67));
    }

    #[test]
    fn commands_may_look_like_columns() {
        let table = "\"test\",\"rps\",\"avg_latency_ms\"\n\
                     \"FCALL json 0 [\"1\",\"2\"]\",\"41666.67\",\"0.512\"\n";
        assert_eq!(parse_rate(table), Some(41666.67));
        assert_eq!(parse_rate("\"PING \"1\",\"2\"\",\"5.5\"\n"), Some(5.5));
    }

    #[test]
    fn a_table_without_a_row_has_no_rate() {
        assert_eq!(parse_rate("\"test\",\"rps\",\"avg_latency_ms\"\n"), None);
        assert_eq!(parse_rate(""), None);
    }
}
