//! What was sent, in the order in which it was.

use std::fs;
use std::io::Result;
use std::path::PathBuf;

/// One command, or what a client sent of one before it left.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) connection: usize,
    pub(crate) bytes: Vec<u8>,
    /// The connection ended here, and another took its place.
    pub(crate) ends: bool,
}

impl Sent {
    /// The command's name.
    pub(crate) fn name(&self) -> Option<String> {
        let name = self.bytes.split(|&byte| byte == b'\n').nth(2)?;
        Some(String::from_utf8_lossy(name).trim_end().to_lowercase())
    }
}

/// Writes them to a file that `--replay` takes, and the first of them to the screen.
///
/// Its kind of attack, with a space, is for those that need their own servers to be tried again.
pub(crate) fn keep(commands: &[Sent], seed: u64, kind: &str) -> Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("gears-torture-{seed}-{}", std::process::id()));
    fs::write(&path, written(commands))?;
    for command in commands.iter().take(20) {
        let text = command.bytes.escape_ascii().to_string();
        let end = if command.ends { " and leaves" } else { "" };
        eprintln!("    {}: {text:.600}{end}", command.connection);
    }
    eprintln!(
        "{} commands; again with `cargo xtask torture {kind}--replay {}`",
        commands.len(),
        path.display()
    );
    Ok(path)
}

fn written(commands: &[Sent]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for command in commands {
        // Commands hold any bytes, so each has its length before it.
        let end = if command.ends { "leaves" } else { "stays" };
        let (connection, length) = (command.connection, command.bytes.len());
        bytes.extend_from_slice(format!("{connection} {end} {length}\n").as_bytes());
        bytes.extend_from_slice(&command.bytes);
    }
    bytes
}

/// Reads what `keep` wrote.
pub(crate) fn kept(mut bytes: &[u8]) -> Option<Vec<Sent>> {
    let mut commands = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let mut words = std::str::from_utf8(&bytes[..end]).ok()?.split(' ');
        let connection = words.next()?.parse().ok()?;
        let ends = words.next()? == "leaves";
        let length: usize = words.next()?.parse().ok()?;
        let rest = bytes.get(end + 1..)?;
        commands.push(Sent {
            connection,
            bytes: rest.get(..length)?.to_vec(),
            ends,
        });
        bytes = &rest[length..];
    }
    Some(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_can_be_read() {
        let sent = |connection, bytes: &[u8], ends| Sent {
            connection,
            bytes: bytes.to_vec(),
            ends,
        };
        let commands = [sent(0, b"PING\r\n", false), sent(11, b"\x00 \n", true)];
        assert_eq!(kept(&written(&commands)), Some(commands.to_vec()));
        assert_eq!(kept(b"0 stays 5\nabc"), None);
    }
}
