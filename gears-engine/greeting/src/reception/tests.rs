use super::*;

fn id(letter: u8) -> ShardId {
    ShardId::parse(&[letter; 40]).unwrap()
}

fn me() -> Me {
    Me {
        id: id(b'b'),
        run: "here".to_owned(),
    }
}

fn secret() -> Secret {
    Secret::of(b"abc")
}

fn hello(reception: &mut Reception, client: u64, from: &Me) -> Greeting {
    let sender_nonce = nonce().unwrap();
    let words = ["1", from.id.as_str(), &from.run, &sender_nonce];
    let words = words.map(str::as_bytes);
    let welcome = reception
        .greet(client, &words, &me(), &secret(), |_| true)
        .unwrap();
    let greeting = Greeting {
        protocol: welcome.protocol,
        sender: from.clone(),
        receiver: me(),
        sender_nonce,
        receiver_nonce: welcome.nonce,
    };
    assert!(greeting.holds(Role::Receiver, &secret(), welcome.proof.as_bytes()));
    greeting
}

fn come(reception: &mut Reception, client: u64, from: &Me) -> Accepted {
    let proof = hello(reception, client, from).proof(Role::Sender, &secret());
    reception
        .prove(client, proof.unwrap().as_bytes(), &secret())
        .unwrap()
}

fn sender(letter: u8, run: &str) -> Me {
    Me {
        id: id(letter),
        run: run.to_owned(),
    }
}

#[test]
fn frames_are_new_once_and_none_is_missing() {
    let mut reception = Reception::new();
    let peer = sender(b'a', "one");
    assert_eq!(come(&mut reception, 7, &peer).last, 0);
    assert!(reception.take(7, b"1").unwrap().is_new);
    assert!(reception.take(7, b"2").unwrap().is_new);
    assert!(!reception.take(7, b"1").unwrap().is_new);
    let gap = reception.take(7, b"4").unwrap_err();
    assert!(gap.contains("behind frame 2"), "{gap}");
    for number in ["", "0", "+3", "-1", "3 ", "99999999999999999999"] {
        assert!(reception.take(7, number.as_bytes()).is_err(), "{number}");
    }
    assert_eq!(come(&mut reception, 8, &peer).last, 2);
    assert!(reception.take(7, b"3").is_err(), "an older connection");
    assert!(reception.take(8, b"3").unwrap().is_new);
    assert_eq!(come(&mut reception, 9, &sender(b'a', "two")).last, 0);
    assert_eq!(reception.greeted(), [(id(b'a'), "two".to_owned())]);
}

#[test]
fn a_proof_is_good_for_one_try_on_one_connection() {
    let mut reception = Reception::new();
    let peer = sender(b'a', "one");
    assert!(reception.prove(1, b"", &secret()).is_err());
    let greeting = hello(&mut reception, 1, &peer);
    let proof = greeting.proof(Role::Sender, &secret()).unwrap();
    hello(&mut reception, 2, &peer);
    let other = reception.prove(2, proof.as_bytes(), &secret());
    assert!(other.unwrap_err().contains("do not share a secret"));
    assert!(reception.prove(2, proof.as_bytes(), &secret()).is_err());
    reception.prove(1, proof.as_bytes(), &secret()).unwrap();
    assert!(reception.prove(1, proof.as_bytes(), &secret()).is_err());
    assert!(reception.take(1, b"1").is_ok());
    // Another hello takes back what the connection was.
    hello(&mut reception, 1, &peer);
    assert!(reception.take(1, b"1").is_err());
    let mirrored = greeting.proof(Role::Receiver, &secret()).unwrap();
    assert!(reception.prove(1, mirrored.as_bytes(), &secret()).is_err());
}

#[test]
fn words_that_are_no_greeting_are_refused() {
    let mut reception = Reception::new();
    let (a, b, nonce) = (id(b'a'), id(b'b'), nonce().unwrap());
    let cases: [(&[&str], &str); 8] = [
        (&[], "protocol id run nonce"),
        (&["0", a.as_str(), "r", &nonce], "from 1"),
        (&["x", a.as_str(), "r", &nonce], "from 1"),
        (&["1", "a", "r", &nonce], "forty"),
        (&["1", a.as_str(), "", &nonce], "run"),
        (&["1", a.as_str(), "r", "00"], "64"),
        (&["1", b.as_str(), "r", &nonce], "itself"),
        (&["1", ShardId::ALONE.as_str(), "r", &nonce], "no member"),
    ];
    for (words, cause) in cases {
        let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
        let is_member = |id| id != ShardId::ALONE;
        let refused = reception.greet(1, &words, &me(), &secret(), is_member);
        let refused = refused.unwrap_err();
        assert!(refused.contains(cause), "{refused}");
    }
    let later = [&b"99"[..], a.as_str().as_bytes(), b"r", nonce.as_bytes()];
    let welcome = reception.greet(1, &later, &me(), &secret(), |_| true);
    assert_eq!(welcome.unwrap().protocol, PROTOCOL);
}

#[test]
fn who_left_may_send_no_more_and_what_it_sent_is_still_known() {
    let mut reception = Reception::new();
    let peer = sender(b'a', "one");
    come(&mut reception, 1, &peer);
    reception.take(1, b"1").unwrap();
    hello(&mut reception, 2, &peer);
    reception.forget_others(|_| false);
    assert!(reception.take(1, b"2").is_err());
    assert_eq!(reception.greeted(), []);
    assert!(reception.greetings.is_empty());
    assert_eq!(come(&mut reception, 3, &peer).last, 1);
}

#[test]
fn nobody_fills_the_memory_by_greetings() {
    let mut reception = Reception::new();
    let peer = sender(b'a', "one");
    let first = hello(&mut reception, 0, &peer);
    for client in 1..=MOST_GREETINGS as u64 {
        hello(&mut reception, client, &peer);
    }
    assert_eq!(reception.greetings.len(), MOST_GREETINGS);
    let proof = first.proof(Role::Sender, &secret()).unwrap();
    assert!(reception.prove(0, proof.as_bytes(), &secret()).is_err());
    let mut reception = Reception::new();
    for number in 0..=MOST_FORMER {
        let id = ShardId::parse(format!("{number:040}").as_bytes()).unwrap();
        let run = "one".to_owned();
        come(&mut reception, number as u64, &Me { id, run });
    }
    reception.forget_others(|_| false);
    assert_eq!(reception.logs.len(), MOST_FORMER);
}
