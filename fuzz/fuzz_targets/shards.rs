//! What other shards send, as any bytes: an error or a pass, and what passes is written and read again as the same.
//!
//! The first byte of an input says what the rest is for.
#![no_main]

use gears_greeting::{Me, Reception, Secret};
use gears_model::message::{Message, number_of};
use gears_model::{Ledger, ShardId, plan};
use libfuzzer_sys::fuzz_target;

/// How much memory a value may take.
const MOST: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let Some((reader, rest)) = input.split_first() else {
        return;
    };
    match reader % 5 {
        0 => {
            read_message(rest);
            if let Some((kind, compact)) = rest.split_first() {
                let mut bytes = vec![*kind];
                write_out(compact, &mut bytes);
                read_message(&bytes);
            }
        }
        1 => {
            read_ledger(rest);
            read_ledger(&written_out(rest));
        }
        2 => {
            read_plan(rest);
            read_plan(&written_out(rest));
        }
        3 => read_value(rest),
        _ => receive(rest),
    }
});

fn read_message(bytes: &[u8]) {
    // It is asked when a message cannot be read.
    let number = number_of(bytes);
    let Ok(message) = Message::decode(bytes) else {
        return;
    };
    if matches!(message, Message::Ask(..)) {
        assert!(number.is_some(), "{message:?}");
    }
    let again = message.encode();
    assert_eq!(Message::decode(&again).as_ref(), Ok(&message));
}

fn read_ledger(bytes: &[u8]) {
    if let Ok(ledger) = Ledger::decode(bytes) {
        let again = Ledger::encode(ledger.iter());
        assert_eq!(Ledger::decode(&again), Ok(ledger));
    }
}

fn read_plan(bytes: &[u8]) {
    if let Ok(plan) = plan::decode(bytes) {
        let again = plan::encode(&plan);
        assert_eq!(plan::decode(&again), Ok(plan));
    }
}

fn read_value(bytes: &[u8]) {
    let Ok(value) = gears_value::decode(bytes, MOST) else {
        return;
    };
    let (mut again, mut once_more) = (Vec::new(), Vec::new());
    gears_value::encode(&value, &mut again).expect("it was not too deep");
    let same = gears_value::decode(&again, MOST).expect("it was not too large");
    gears_value::encode(&same, &mut once_more).expect("it was not too deep");
    // Not the values: of numbers that are none, none is equal to itself.
    assert_eq!(again, once_more, "{value:?}");
}

/// Takes each line for a command on one of a few connections. Nobody here knows the secret, so nobody gets in.
fn receive(text: &[u8]) {
    let id = |letter| ShardId::parse(&[letter; 40]).expect("forty letters");
    let me = Me {
        id: id(b'a'),
        run: "run".to_owned(),
    };
    let secret = Secret::of(b"a secret");
    let mut reception = Reception::new();
    for line in text.split(|&byte| byte == b'\n') {
        let Some(([command, client], words)) = line.split_first_chunk() else {
            continue;
        };
        let client = u64::from(client % 4);
        match command % 4 {
            0 => {
                let words: Vec<&[u8]> = words.split(|&byte| byte == b' ').collect();
                let is_member = |shard| shard == id(b'b');
                let greeted = reception.greet(client, &words, &me, &secret, is_member);
                if let Ok(welcome) = greeted {
                    assert!((1..=gears_greeting::PROTOCOL).contains(&welcome.protocol));
                }
            }
            1 => assert!(reception.prove(client, words, &secret).is_err()),
            2 => assert!(reception.take(client, words).is_err()),
            _ => reception.forget_others(|shard| words.contains(&shard.as_str().as_bytes()[0])),
        }
        assert!(reception.greeted().is_empty());
    }
}

/// Writes fields out whose lengths are a byte each, for those of eight bytes are hard to guess. Where the highest bit of a
/// length is set, the content is such fields again.
fn write_out(mut compact: &[u8], bytes: &mut Vec<u8>) {
    while let [tag, length, rest @ ..] = compact {
        let (content, behind) = rest.split_at(usize::from(length & 0x7f).min(rest.len()));
        compact = behind;
        bytes.push(*tag);
        let inner = match length & 0x80 {
            0 => content.to_vec(),
            _ => written_out(content),
        };
        bytes.extend((inner.len() as u64).to_le_bytes());
        bytes.extend(inner);
    }
    // What is left is no field, and left in for that.
    bytes.extend(compact);
}

fn written_out(compact: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_out(compact, &mut bytes);
    bytes
}
