//! Random words at a reception: nothing gets in without a proof, and nothing twice.

use std::collections::HashMap;

use gears_greeting::{Me, Reception, Secret, Welcome};
use gears_model::ShardId;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;

const SHARDS: [u8; 3] = *b"abc";

#[derive(Clone, Debug)]
enum Word {
    /// A greeting as it should be: which shard, and which run of it.
    Hello(u64, usize, u8),
    /// A greeting of any words.
    Noise(u64, Vec<Vec<u8>>),
    /// The proof of the greeting on one connection, on another one.
    Prove(u64, u64),
    /// Any proof.
    Guess(u64, Vec<u8>),
    /// A frame that should be new, or one that was before, or one too early.
    Frame(u64, i64),
    /// Any number.
    Number(u64, Vec<u8>),
    /// Shards leave.
    Forget(usize),
}

fn words() -> impl Strategy<Value = Vec<Word>> {
    let client = || 0..5_u64;
    let noise = || proptest::collection::vec(any::<u8>(), 0..70);
    let digits = "[0-9]{0,22}".prop_map(String::into_bytes);
    let word = prop_oneof![
        3 => (client(), 0..SHARDS.len(), 0..2_u8).prop_map(|(c, s, r)| Word::Hello(c, s, r)),
        1 => (client(), proptest::collection::vec(noise(), 0..6)).prop_map(|(c, w)| Word::Noise(c, w)),
        3 => client().prop_map(|c| Word::Prove(c, c)),
        1 => (client(), client()).prop_map(|(c, of)| Word::Prove(c, of)),
        1 => (client(), noise()).prop_map(|(c, p)| Word::Guess(c, p)),
        8 => (client(), -2..3_i64).prop_map(|(c, n)| Word::Frame(c, n)),
        1 => (client(), prop_oneof![noise(), digits]).prop_map(|(c, n)| Word::Number(c, n)),
        1 => (0..SHARDS.len()).prop_map(Word::Forget),
    ];
    proptest::collection::vec(word, 1..120)
}

fn id(shard: usize) -> ShardId {
    ShardId::parse(&[SHARDS[shard]; 40]).unwrap()
}

fn me() -> Me {
    Me {
        id: ShardId::ALONE,
        run: "here".to_owned(),
    }
}

/// Makes a proof as docs/decisions/links.md and `RG.HELLO` have it, without the crate.
fn proof(secret: &Secret, from: &Me, nonce: &str, welcome: &Welcome) -> String {
    let mut code = Hmac::<Sha256>::new_from_slice(secret.bytes()).unwrap();
    let me = me();
    let parts: [&[u8]; 8] = [
        b"gears link sender",
        &welcome.protocol.to_be_bytes(),
        from.id.as_str().as_bytes(),
        me.id.as_str().as_bytes(),
        from.run.as_bytes(),
        me.run.as_bytes(),
        nonce.as_bytes(),
        welcome.nonce.as_bytes(),
    ];
    for part in parts {
        code.update(&(part.len() as u64).to_be_bytes());
        code.update(part);
    }
    let bytes = code.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a reception should know.
#[derive(Default)]
struct Model {
    /// Who said hello where, and its proof.
    greetings: HashMap<u64, (Me, String)>,
    /// All proofs that were ever asked for.
    proofs: HashMap<u64, String>,
    proven: HashMap<u64, Me>,
    last: HashMap<ShardId, (String, u64)>,
    nonces: u64,
}

impl Model {
    fn last(&self, client: u64) -> u64 {
        let me = self.proven.get(&client);
        me.and_then(|me| self.last.get(&me.id))
            .map_or(0, |last| last.1)
    }
}

fn happen(reception: &mut Reception, model: &mut Model, word: &Word) {
    let secret = Secret::of(b"abc");
    match word {
        Word::Hello(client, shard, run) => {
            let from = Me {
                id: id(*shard),
                run: format!("run-{run}"),
            };
            model.nonces += 1;
            let nonce = format!("{:064x}", model.nonces);
            let words = ["1", from.id.as_str(), &from.run, &nonce].map(str::as_bytes);
            let welcome = reception.greet(*client, &words, &me(), &secret, |_| true);
            let proof = proof(&secret, &from, &nonce, &welcome.unwrap());
            model.proofs.insert(*client, proof.clone());
            model.greetings.insert(*client, (from, proof));
            model.proven.remove(client);
        }
        Word::Noise(client, words) => {
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            let welcome = reception.greet(*client, &words, &me(), &secret, |_| true);
            assert!(welcome.is_err());
            model.greetings.remove(client);
            model.proven.remove(client);
        }
        Word::Prove(client, of) => {
            let proof = model.proofs.get(of).cloned().unwrap_or_default();
            let accepted = reception.prove(*client, proof.as_bytes(), &secret);
            match model.greetings.remove(client) {
                Some((from, right)) if right == proof => {
                    let last = model.last.entry(from.id).or_default();
                    if last.0 != from.run {
                        *last = (from.run.clone(), 0);
                    }
                    let accepted = accepted.unwrap();
                    assert_eq!((accepted.peer, accepted.last), (from.id, last.1));
                    model.proven.retain(|_, other| other.id != from.id);
                    model.proven.insert(*client, from);
                }
                _ => assert!(accepted.is_err()),
            }
        }
        Word::Guess(client, proof) => {
            assert!(reception.prove(*client, proof, &secret).is_err());
            model.greetings.remove(client);
        }
        Word::Frame(client, behind) => {
            let number = model.last(*client).saturating_add_signed(*behind);
            frame(reception, model, *client, number.to_string().as_bytes());
        }
        Word::Number(client, number) => frame(reception, model, *client, number),
        Word::Forget(shard) => {
            let gone = id(*shard);
            reception.forget_others(|id| id != gone);
            model.proven.retain(|_, me| me.id != gone);
            model.greetings.retain(|_, (me, _)| me.id != gone);
        }
    }
    let mut proven: Vec<_> = model
        .proven
        .values()
        .map(|me| (me.id, me.run.clone()))
        .collect();
    proven.sort();
    assert_eq!(reception.greeted(), proven);
}

fn frame(reception: &mut Reception, model: &mut Model, client: u64, number: &[u8]) {
    let taken = reception.take(client, number);
    let Some(from) = model.proven.get(&client) else {
        assert!(taken.is_err(), "nobody has proven to be who sends");
        return;
    };
    let Ok(taken) = taken else {
        let is_number = number.iter().all(u8::is_ascii_digit);
        let number = str::from_utf8(number).ok().filter(|_| is_number);
        let number = number.and_then(|number| number.parse::<u64>().ok());
        let last = model.last(client);
        assert!(number.is_none_or(|number| number == 0 || number > last + 1));
        return;
    };
    assert_eq!(taken.peer, from.id);
    let last = model.last.get_mut(&from.id).unwrap();
    assert_eq!(taken.is_new, taken.number == last.1 + 1);
    if taken.is_new {
        last.1 = taken.number;
    } else {
        assert!(taken.number <= last.1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_who_has_proven_it_sends_and_each_frame_is_new_once(words in words()) {
        let (mut reception, mut model) = (Reception::new(), Model::default());
        for word in &words {
            happen(&mut reception, &mut model, word);
        }
    }
}
