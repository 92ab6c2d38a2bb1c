//! A peer that is no server: it answers on a port of its own what a [`Reception`] says.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use gears_greeting::{Me, Reception, Secret};
use gears_link::{Access, LinkState, Links, Peer, WINDOW};
use gears_model::ShardId;
use redis::{Parser, Value};

/// Long enough for anything that happens at all.
const AT_LAST: Duration = Duration::from_secs(30);

/// How long links have to connect in tests that do not wait for that.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) fn id(letter: u8) -> ShardId {
    ShardId::parse(&[letter; 40]).unwrap()
}

pub(crate) fn me(letter: u8, run: &str) -> Me {
    Me {
        id: id(letter),
        run: run.to_owned(),
    }
}

pub(crate) fn access(secret: &[u8]) -> Access {
    Access {
        login: None,
        is_internal: false,
        secret: Secret::of(secret),
        tls: None,
    }
}

/// Starts links of shard `a`.
pub(crate) fn links(queue_bytes: usize) -> Links {
    Links::start(me(b'a', "first"), queue_bytes, TIMEOUT).unwrap()
}

/// Waits until the only link is as it shall be.
pub(crate) fn wait(links: &Links, what: &str, is: impl Fn(&LinkState) -> bool) -> LinkState {
    let began = Instant::now();
    loop {
        let state = links.states().pop();
        if let Some(state) = state.as_ref().filter(|state| is(state)) {
            return state.clone();
        }
        assert!(began.elapsed() < AT_LAST, "{what}: {state:#?}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until the only link has failed for this cause.
pub(crate) fn wait_for_error(links: &Links, cause: &str) -> LinkState {
    let says = |error: &String| error.contains(cause);
    wait(links, cause, |state| {
        state.last_error.as_ref().is_some_and(says)
    })
}

/// Waits for a condition.
pub(crate) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < AT_LAST, "{what}: not within {AT_LAST:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// What a fake peer does at a command: answers these bytes, or closes the connection.
pub(crate) type Trick = Box<dyn FnMut(&[Vec<u8>]) -> Option<Answer> + Send>;

pub(crate) enum Answer {
    Bytes(Vec<u8>),
    Close,
}

/// A wrapper of accepted connections, for TLS.
pub(crate) type Wrap = Arc<dyn Fn(TcpStream) -> Box<dyn Duplex> + Send + Sync>;

pub(crate) trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

/// A peer on a port of its own.
pub(crate) struct Fake {
    pub(crate) port: u16,
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) inner: Mutex<Inner>,
}

pub(crate) struct Inner {
    pub(crate) me: Me,
    pub(crate) secret: Secret,
    pub(crate) reception: Reception,
    /// Frames that are new.
    pub(crate) frames: Vec<Vec<u8>>,
    /// All commands that came.
    pub(crate) commands: Vec<(u64, Vec<Vec<u8>>)>,
    pub(crate) window: u64,
    /// Bytes of frames that were read and not answered.
    pub(crate) unanswered: usize,
    /// Frames are read and not answered as long as this is set.
    pub(crate) is_holding: bool,
    pub(crate) trick: Option<Trick>,
    pub(crate) connections: Vec<TcpStream>,
}

impl Fake {
    pub(crate) fn start(me: Me, secret: &[u8]) -> Self {
        Self::start_on(me, secret, Arc::new(|tcp| Box::new(tcp)))
    }

    pub(crate) fn start_on(me: Me, secret: &[u8], wrap: Wrap) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            inner: Mutex::new(Inner {
                me,
                secret: Secret::of(secret),
                reception: Reception::new(),
                frames: Vec::new(),
                commands: Vec::new(),
                window: WINDOW,
                unanswered: 0,
                is_holding: false,
                trick: None,
                connections: Vec::new(),
            }),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for (client, tcp) in listener.incoming().enumerate() {
                let (Ok(tcp), own) = (tcp, Arc::clone(&own)) else {
                    break;
                };
                let (wrap, handle) = (Arc::clone(&wrap), tcp.try_clone().unwrap());
                let end = handle.try_clone().unwrap();
                own.inner.lock().unwrap().connections.push(handle);
                thread::spawn(move || {
                    own.serve(client as u64, &mut *wrap(tcp));
                    // It may be closed already.
                    let _ = end.shutdown(Shutdown::Both);
                });
            }
        });
        Self { port, shared }
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer {
            id: self.with(|inner| inner.me.id),
            host: "127.0.0.1".to_owned(),
            port: self.port,
        }
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.shared.inner.lock().unwrap())
    }

    /// Sets what happens before a command is answered as usual.
    pub(crate) fn trick(&self, trick: impl FnMut(&[Vec<u8>]) -> Option<Answer> + Send + 'static) {
        self.with(|inner| inner.trick = Some(Box::new(trick)));
    }

    /// Cuts all connections that there are.
    pub(crate) fn cut(&self) {
        self.with(|inner| {
            for tcp in inner.connections.drain(..) {
                // It may be closed already.
                let _ = tcp.shutdown(Shutdown::Both);
            }
        });
    }

    pub(crate) fn frames(&self) -> Vec<Vec<u8>> {
        self.with(|inner| inner.frames.clone())
    }

    pub(crate) fn wait_for_frames(&self, count: usize) -> Vec<Vec<u8>> {
        until("frames", || self.with(|inner| inner.frames.len() >= count));
        self.frames()
    }
}

impl Shared {
    fn serve(&self, client: u64, stream: &mut dyn Duplex) {
        // Whatever is wrong with the connection ends it.
        let _ = self.answer(client, stream);
        self.inner.lock().unwrap().unanswered = 0;
    }

    fn answer(&self, client: u64, stream: &mut dyn Duplex) -> io::Result<()> {
        let mut parser = Parser::new();
        let mut stream = Both(BufReader::new(stream));
        loop {
            let command = parser.parse_value(&mut stream.0);
            let Ok(Value::Array(words)) = command else {
                return Ok(());
            };
            let words: Vec<Vec<u8>> = words
                .into_iter()
                .map(|word| redis::from_redis_value(word).unwrap())
                .collect();
            let size = match &words[..] {
                [name, _, frame] if name == b"RG.INNERMSGCOMMAND" => frame.len(),
                _ => 0,
            };
            let mut inner = self.inner.lock().unwrap();
            inner.commands.push((client, words.clone()));
            inner.unanswered += size;
            if size > 0 && inner.is_holding {
                drop(inner);
                until("not holding", || !self.inner.lock().unwrap().is_holding);
                inner = self.inner.lock().unwrap();
            }
            let trick = inner.trick.as_mut();
            let answer = match trick.and_then(|trick| trick(&words)) {
                Some(answer) => answer,
                None => Answer::Bytes(inner.usual(client, &words)),
            };
            inner.unanswered -= size.min(inner.unanswered);
            drop(inner);
            match answer {
                Answer::Bytes(bytes) => stream.0.get_mut().write_all(&bytes)?,
                Answer::Close => return Ok(()),
            }
            stream.0.get_mut().flush()?;
        }
    }
}

struct Both<'a>(BufReader<&'a mut dyn Duplex>);

impl Inner {
    fn usual(&mut self, client: u64, words: &[Vec<u8>]) -> Vec<u8> {
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let answer = match words[..] {
            [b"AUTH", ..] => return b"+OK\r\n".to_vec(),
            [b"RG.HELLO", b"PROVE", proof] => self
                .reception
                .prove(client, proof, &self.secret)
                .map(|accepted| format!("*2\r\n:{}\r\n:{}\r\n", accepted.last, self.window)),
            [b"RG.HELLO", ref words @ ..] => self
                .reception
                .greet(client, words, &self.me, &self.secret, |_| true)
                .map(|welcome| {
                    let words = [
                        self.me.id.as_str(),
                        &self.me.run,
                        &welcome.nonce,
                        &welcome.proof,
                    ];
                    let words = words.map(|word| format!("${}\r\n{word}\r\n", word.len()));
                    format!("*5\r\n:{}\r\n{}", welcome.protocol, words.concat())
                }),
            [b"RG.INNERMSGCOMMAND", number, frame] => {
                self.reception.take(client, number).map(|taken| {
                    if taken.is_new {
                        self.frames.push(frame.to_vec());
                    }
                    format!("*2\r\n:{}\r\n:{}\r\n", taken.number, self.window)
                })
            }
            _ => Err("unknown command".to_owned()),
        };
        match answer {
            Ok(answer) => answer.into_bytes(),
            Err(error) => format!("-ERR {error}\r\n").into_bytes(),
        }
    }
}
