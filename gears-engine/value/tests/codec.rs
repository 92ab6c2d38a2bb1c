//! Values there and back, and bytes that are none.

use gears_value::{DEEPEST, Fault, Text, Value, decode, encode};
use proptest::prelude::*;

/// More than any value here takes.
const PLENTY: usize = 1 << 30;

fn bytes_of(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes).unwrap();
    bytes
}

/// Compares values by their bytes, as numbers that are none equal nothing.
fn assert_same(one: &Value, other: &Value) {
    assert_eq!(bytes_of(one), bytes_of(other), "{one:?} {other:?}");
}

fn texts() -> impl Strategy<Value = Value> {
    let part = prop_oneof![
        ".{0,4}".prop_map(String::into_bytes),
        // A surrogate that stands alone.
        (0xa0..=0xbfu8, 0x80..=0xbfu8).prop_map(|(second, third)| vec![0xed, second, third]),
    ];
    prop::collection::vec(part, 0..4)
        .prop_filter_map("no text", |parts| Text::of_bytes(parts.concat()))
        .prop_map(Value::Text)
}

fn values() -> impl Strategy<Value = Value> {
    let single = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Value::of_int(&bytes)),
        any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
        any::<(f64, f64)>().prop_map(|(real, imaginary)| Value::Complex(real, imaginary)),
        texts(),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Bytes),
    ];
    single.prop_recursive(6, 64, 5, |inner| {
        let members = || prop::collection::vec(inner.clone(), 0..5);
        prop_oneof![
            members().prop_map(Value::Tuple),
            members().prop_map(Value::List),
            members().prop_map(Value::Set),
            members().prop_map(Value::FrozenSet),
            prop::collection::vec((inner.clone(), inner.clone()), 0..5).prop_map(Value::Dict),
        ]
    })
}

proptest! {
    #[test]
    fn values_come_back(value in values()) {
        let bytes = bytes_of(&value);
        assert_same(&decode(&bytes, PLENTY).unwrap(), &value);
    }

    #[test]
    fn values_that_are_cut_are_faults(value in values(), cut in any::<prop::sample::Index>()) {
        let bytes = bytes_of(&value);
        let cut = cut.index(bytes.len());
        prop_assert_eq!(decode(&bytes[..cut], PLENTY), Err(Fault::Ends));
    }

    #[test]
    fn what_comes_behind_a_value_is_a_fault(value in values(), more in any::<u8>()) {
        let mut bytes = bytes_of(&value);
        bytes.push(more);
        prop_assert_eq!(decode(&bytes, PLENTY), Err(Fault::More));
    }

    #[test]
    fn any_bytes_are_a_value_that_comes_back_or_a_fault(
        bytes in prop::collection::vec(prop_oneof![0..16u8, any::<u8>()], 0..200),
        most in 0..10_000usize,
    ) {
        if let Ok(value) = decode(&bytes, most) {
            assert_same(&decode(&bytes_of(&value), PLENTY).unwrap(), &value);
        }
    }

    #[test]
    fn changed_bytes_are_a_value_or_a_fault(
        value in values(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = bytes_of(&value);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = decode(&bytes, PLENTY);
    }
}

/// Puts lists within each other.
fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Nil, |inner, _| Value::List(vec![inner]))
}

#[test]
fn values_are_within_each_other_as_deep_as_allowed() {
    let deepest = bytes_of(&nested(DEEPEST));
    assert_eq!(decode(&deepest, PLENTY), Ok(nested(DEEPEST)));
    let mut bytes = Vec::new();
    assert_eq!(
        encode(&nested(DEEPEST + 1), &mut bytes),
        Err(Fault::TooDeep)
    );
    // A list with one member, again and again.
    let deeper = [10, 1].repeat(1_000_000);
    assert_eq!(decode(&deeper, PLENTY), Err(Fault::TooDeep));
}

#[test]
fn memory_is_bounded_by_what_is_allowed_and_not_by_what_is_said() {
    // A list that says to have more members than there are bytes in the world.
    let mut lie = vec![10];
    lie.extend([0xff; 9]);
    lie.push(1);
    assert_eq!(decode(&lie, PLENTY), Err(Fault::Ends));
    let many = Value::List(vec![Value::Nil; 100_000]);
    let bytes = bytes_of(&many);
    assert_eq!(decode(&bytes, 1_000_000), Err(Fault::TooLarge));
    assert_eq!(decode(&bytes, PLENTY), Ok(many));
    let long = bytes_of(&Value::Bytes(vec![7; 1_000]));
    assert_eq!(decode(&long, 999), Err(Fault::TooLarge));
    assert!(decode(&long, 1_000).is_ok());
}

#[test]
fn the_format_is_what_it_was() {
    let value = Value::Dict(vec![
        (Value::Text("k".into()), Value::Int(-1)),
        (
            Value::Bytes(vec![1]),
            Value::Tuple(vec![Value::Nil, Value::Bool(true)]),
        ),
        (
            Value::Float(0.5),
            Value::of_int(&[0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ),
    ]);
    let bytes = [
        11, 3, 7, 1, b'k', 3, 1, 8, 1, 1, 9, 2, 0, 2, 5, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 4, 9, 0, 0,
        0, 0, 0, 0, 0, 0, 1,
    ];
    assert_eq!(bytes_of(&value), bytes);
}

#[test]
fn faults_say_what_is_wrong() {
    assert_eq!(decode(&[99], PLENTY), Err(Fault::Unknown(99)));
    assert_eq!(decode(&[7, 1, 0xff], PLENTY), Err(Fault::NotText));
    assert_eq!(decode(&[], PLENTY), Err(Fault::Ends));
    assert_eq!(
        Fault::Unknown(99).to_string(),
        "no kind of value has the number 99"
    );
}
