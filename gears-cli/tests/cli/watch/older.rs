//! A server that passes for a RedisGears of before there were sessions.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    thread,
};

/// A port in front of a real server, which tells who asks that this is RedisGears 1.0.7.
pub(super) struct Older {
    port: u16,
}

impl Older {
    /// Opens the port in front of the socket of a server.
    pub(super) fn before(url: &str) -> Self {
        let socket = PathBuf::from(url.strip_prefix("unix://").unwrap());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        // It ends with the test's process; a thread for each client too.
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let socket = socket.clone();
                thread::spawn(move || {
                    // A client that hangs up is an error here, and none to the test.
                    let _ = serve(client, UnixStream::connect(socket).unwrap());
                });
            }
        });
        Self { port }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }
}

fn serve(client: TcpStream, server: UnixStream) -> io::Result<()> {
    let mut asked = BufReader::new(client.try_clone()?);
    let mut answered = BufReader::new(server.try_clone()?);
    let (mut client, mut server) = (client, server);
    loop {
        let mut command = Vec::new();
        copy(&mut asked, &mut command)?;
        let text = String::from_utf8_lossy(&command).to_uppercase();
        let is = |words: &str| text.contains(words);
        if is("RG.CONFIGGET\r\n$13\r\nENGINEVERSION") {
            client.write_all(b"*1\r\n-ERR (error) Unsupported config parameter\r\n")?;
        } else if is("$6\r\nMODULE\r\n$4\r\nLIST") {
            client.write_all(b"*1\r\n*4\r\n$4\r\nname\r\n$2\r\nrg\r\n$3\r\nver\r\n:10007\r\n")?;
        } else if is("RG.PYDUMPSESSIONS") {
            client.write_all(b"-ERR unknown command `RG.PYDUMPSESSIONS`\r\n")?;
        } else if is("RG.PYEXECUTE") && (is("\r\nUPGRADE\r\n") || is("\r\nREPLACE_WITH\r\n")) {
            client.write_all(b"-Unknown argument\r\n")?;
        } else {
            server.write_all(&command)?;
            copy(&mut answered, &mut client)?;
        }
    }
}

/// Copies one value as it travels.
fn copy(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    to.write_all(&line)?;
    let count = || -> i64 { String::from_utf8_lossy(&line[1..]).trim().parse().unwrap() };
    match line[0] {
        b'$' if count() >= 0 => {
            let mut bytes = vec![0; usize::try_from(count()).unwrap() + 2];
            from.read_exact(&mut bytes)?;
            to.write_all(&bytes)?;
        }
        b'*' => {
            for _ in 0..count() {
                copy(from, to)?;
            }
        }
        _ => {}
    }
    Ok(())
}
