use std::collections::VecDeque;

use gears_greeting::{Greeting, Me, Reception, Role, Secret, nonce};
use gears_model::ShardId;
use proptest::prelude::*;

use super::*;

/// What happens to a link and its peer.
#[derive(Clone, Debug)]
enum Event {
    /// A frame of so many bytes is to be sent.
    Push(usize),
    /// What the window lets through is sent.
    Send,
    /// The peer reads one frame of those that were sent.
    Take,
    /// One answer comes back.
    Answer,
    /// The connection breaks and another one is made. What was sent and not read may still
    /// be read, or be lost.
    Reconnect { is_read: bool },
    /// The peer is started anew.
    Restart,
    /// Shards leave and come back.
    Forget,
    /// The peer refuses this node, and then lets it in.
    Refuse,
    /// The window changes.
    Grant(u64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (0..300_usize).prop_map(Event::Push),
        4 => Just(Event::Send),
        6 => Just(Event::Take),
        6 => Just(Event::Answer),
        1 => any::<bool>().prop_map(|is_read| Event::Reconnect { is_read }),
        1 => Just(Event::Restart),
        1 => Just(Event::Forget),
        1 => Just(Event::Refuse),
        1 => (0..1000_u64).prop_map(Event::Grant),
    ];
    proptest::collection::vec(event, 1..200)
}

/// A link, its peer, and what is between them.
struct World {
    link: Link,
    reception: Reception,
    me: Me,
    peer: Me,
    client: u64,
    window: u64,
    /// What was sent and not read.
    wire: VecDeque<(u64, Arc<Vec<u8>>)>,
    /// What was read and not answered.
    answers: VecDeque<u64>,
    /// The serial number of each frame that this run of the peer has used.
    used: Vec<u64>,
    /// The serial number of the next frame, and of the first one for this run of the peer.
    next: u64,
    first: u64,
    restarts: u64,
}

impl World {
    fn new() -> Self {
        let me = |letter, run: &str| Me {
            id: ShardId::parse(&[letter; 40]).unwrap(),
            run: run.to_owned(),
        };
        let peer = me(b'b', "0");
        let place = Peer {
            id: peer.id,
            host: "h".to_owned(),
            port: 1,
        };
        let access = Access {
            login: None,
            is_internal: false,
            secret: Secret::of(b""),
            tls: None,
        };
        let mut world = Self {
            link: Link::new(place, Arc::new(access), usize::MAX),
            reception: Reception::new(),
            me: me(b'a', "first"),
            peer,
            client: 0,
            window: 300,
            wire: VecDeque::new(),
            answers: VecDeque::new(),
            used: Vec::new(),
            next: 0,
            first: 0,
            restarts: 0,
        };
        world.connect();
        world
    }

    fn connect(&mut self) {
        self.wire.clear();
        self.answers.clear();
        self.client += 1;
        let secret = Secret::of(b"");
        let sender_nonce = nonce().unwrap();
        let words = ["1", self.me.id.as_str(), &self.me.run, &sender_nonce];
        let words = words.map(str::as_bytes);
        let welcome = self
            .reception
            .greet(self.client, &words, &self.peer, &secret, |_| true)
            .unwrap();
        let greeting = Greeting {
            protocol: welcome.protocol,
            sender: self.me.clone(),
            receiver: self.peer.clone(),
            sender_nonce,
            receiver_nonce: welcome.nonce,
        };
        let proof = greeting.proof(Role::Sender, &secret).unwrap();
        let accepted = self
            .reception
            .prove(self.client, proof.as_bytes(), &secret)
            .unwrap();
        self.link.greeted(&Greeted {
            run: self.peer.run.clone(),
            protocol: 1,
            last: accepted.last,
            window: self.window,
        });
    }

    fn take(&mut self) {
        let Some((number, frame)) = self.wire.pop_front() else {
            return;
        };
        let number = number.to_string();
        let taken = self.reception.take(self.client, number.as_bytes()).unwrap();
        if taken.is_new {
            let serial = frame[..8].try_into().unwrap();
            self.used.push(u64::from_be_bytes(serial));
        }
        self.answers.push_back(taken.number);
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Push(size) => {
                let mut frame = self.next.to_be_bytes().to_vec();
                frame.resize(8 + size, 0);
                self.link.push(frame).unwrap();
                self.next += 1;
            }
            Event::Send => {
                while let Some(sent) = self.link.next(self.window) {
                    self.wire.push_back(sent);
                    let queue = &self.link.lock().queue;
                    let on_the_way = self.wire.len() + self.answers.len();
                    let bytes: usize = self.wire.iter().map(|(_, frame)| frame.len()).sum();
                    assert!(on_the_way == 1 || bytes as u64 <= self.window, "{queue:?}");
                }
            }
            Event::Take => self.take(),
            Event::Answer => {
                if let Some(number) = self.answers.pop_front() {
                    assert!(self.link.acknowledge(number));
                }
            }
            Event::Reconnect { is_read } => {
                while is_read && !self.wire.is_empty() {
                    self.take();
                }
                self.connect();
            }
            Event::Restart => {
                self.reception = Reception::new();
                self.peer.run = self.client.to_string();
                self.used.clear();
                self.first = self.next;
                self.restarts += 1;
                self.connect();
            }
            Event::Forget => {
                self.reception.forget_others(|_| false);
                self.connect();
            }
            Event::Refuse => {
                let waits = self.link.state().queued_frames > 0;
                self.link.down(Failure {
                    text: "refused".to_owned(),
                    is_refusal: true,
                });
                assert!(self.link.state().is_refused);
                self.restarts += u64::from(waits);
                self.used.clear();
                self.first = self.next;
                self.connect();
                assert!(!self.link.state().is_refused);
            }
            Event::Grant(window) => self.window = window,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_frame_is_used_once_and_in_order_whatever_breaks(events in events()) {
        let mut world = World::new();
        for event in &events {
            world.happen(event);
            let all = world.first..world.next;
            prop_assert!(all.zip(&world.used).all(|(one, &used)| one == used));
            prop_assert_eq!(world.link.state().generation, world.restarts);
        }
        // All that waits comes when nothing breaks any more.
        for event in [Event::Send, Event::Take, Event::Answer].iter().cycle() {
            world.happen(event);
            if world.link.state().queued_frames == 0 {
                break;
            }
        }
        let all: Vec<u64> = (world.first..world.next).collect();
        prop_assert_eq!(&world.used, &all);
    }
}
