//! Plain data that Python has pickled, read without a Python.
//!
//! A pickle is a program for a machine with a stack, and may name any function of Python's to be
//! called. What is here makes plain data and the records of RedGrease's; it calls nothing, and
//! says of which class anything else is. `docs/decisions/pickles.md` tells why it is our own.
//!
//! Memory and depth are bounded whatever comes: objects stand in one list and name each other by
//! their places, and only what has been read to its end becomes a tree, which may not repeat much.

mod class;
mod integer;
mod machine;
mod object;
mod source;
mod text;
mod tree;
mod unreadable;

pub(crate) use self::unreadable::Unreadable;

use self::{machine::Machine, tree::Tree};
use super::value::PyValue;

/// The newest protocol.
const NEWEST: u8 = 5;

/// Tells whether bytes begin as pickles do, since protocol 2.
///
/// No text in UTF-8 does.
pub(crate) fn is_like(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=NEWEST, ..])
}

/// Reads a pickle of any protocol, which ends where the bytes do.
pub(crate) fn read(bytes: &[u8]) -> Result<PyValue, Unreadable> {
    let (objects, top) = Machine::run(bytes)?;
    Tree::of(&objects, bytes.len()).value(top)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        match read(bytes) {
            Ok(value) => value.to_string(),
            Err(unreadable) => format!("no: {unreadable}"),
        }
    }

    #[test]
    fn members_of_enumerations_are_found_by_their_names() {
        let status = b"c__builtin__\ngetattr\n(credgrease.data\nExecutionStatus\nVdone\ntR.";
        assert_eq!(shown(status), "b'done'");
        let locality = b"cbuiltins\ngetattr\n(credgrease.data\nExecLocality\nVShard\ntR.";
        assert_eq!(shown(locality), "'Shard'");
        for foreign in [
            &b"cbuiltins\ngetattr\n(cos\npath\nVsep\ntR."[..],
            b"cbuiltins\ngetattr\n(credgrease.data\nExecutionStatus\nI1\ntR.",
            b"cbuiltins\ngetattr\n(credgrease.data\nExecID\nVshard_id\ntR.",
            b"cbuiltins\ngetattr\n(Vdone\ntR.",
        ] {
            assert!(shown(foreign).starts_with("no: "), "{}", shown(foreign));
        }
    }

    #[test]
    fn plain_data_of_old_protocols_is_read() {
        for (pickle, value) in [
            (&b"I5\n."[..], "5"),
            (b"I01\n.", "True"),
            (
                b"L-00012345678901234567890L\n.",
                "int('-12345678901234567890')",
            ),
            (b"F1e+300\n.", "1e300"),
            (
                b"Vsnow \\u2603\\U0001f600 \xe9\n.",
                r"'snow \u2603\U0001f600 \xe9'",
            ),
            (b"S'it\\'s'\n.", r"'it\'s'"),
            (b"U\x02\xff\x00.", r"b'\xff\x00'"),
            (b"(lp0\nI1\naI2\na.", "[1, 2]"),
            (b"(dp0\nVa\np1\nNs.", "{'a': None}"),
            (b"((I1\nI2\ntp0\ng0\nl.", "[(1, 2), (1, 2)]"),
            (b"(I1\n0I2\n1I3\n.", "3"),
            (b"c__builtin__\nset\n((lI1\natR.", "set([1])"),
            (b"c_codecs\nencode\n(V\xff\nVlatin1\ntR.", r"b'\xff'"),
            (b"c__builtin__\nbytes\n)R.", "b''"),
        ] {
            assert_eq!(shown(pickle), value, "{}", pickle.escape_ascii());
        }
    }

    #[test]
    fn classes_are_named_and_nothing_is_called() {
        for (pickle, class) in [
            (&b"cos\nsystem\n(Vrm -rf /\ntR."[..], "os.system"),
            (b"(Vls\nios\nsystem\n.", "os.system"),
            (b"(cos\nsystem\nVls\no.", "os.system"),
            (
                b"\x80\x04\x8c\x07decimal\x8c\x07Decimal\x93\x8c\x011\x85R.",
                "decimal.Decimal",
            ),
            (b"\x80\x02cdatetime\ndate\n)\x81.", "datetime.date"),
            (b"\x80\x04)}cmine\nThing\n.", "mine.Thing"),
            (b"c__builtin__\neval\n(V1\ntR.", "builtins.eval"),
            (b"c__builtin__\nset\n.", "builtins.set"),
            (b"Pid\n.", "persistent id"),
            (b"\x80\x02\x82\x01.", "extension"),
            (b"\x80\x05\x97.", "buffer"),
        ] {
            let told = shown(pickle);
            assert!(told.starts_with("no: ") && told.contains(class), "{told}");
        }
    }

    #[test]
    fn what_is_torn_is_told() {
        let whole = b"\x80\x04\x95\x0f\0\0\0\0\0\0\0]\x94(K\x01\x8c\x03abc\x94}\x94e.";
        assert_eq!(shown(whole), "[1, 'abc', {}]");
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        for torn in [
            &b"\x80\x04N.."[..],
            b"\x80\x07N.",
            b"\x80\x04.",
            b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffx.",
            b"\x80\x04\x8c\x01\xff.",
            b"\x80\x04h\0.",
            b"\x80\x04(.",
            b"\x80\x04K\x01a.",
            b"\x80\x04](K\x01u.",
            b"\x80\x04}(K\x01u.",
            b"g5000000000\n.",
            b"Ix\n.",
            b"V\\u12\n.",
            b"V\\ud800\n.",
            b"",
        ] {
            assert!(read(torn).is_err(), "{}", torn.escape_ascii());
        }
    }

    #[test]
    fn depth_and_what_is_repeated_are_bounded() {
        let deep =
            |levels: usize| [vec![b']'; levels], vec![b'a'; levels - 1], vec![b'.']].concat();
        assert!(read(&deep(100)).is_ok());
        assert!(shown(&deep(1_000_000)).contains("levels"));
        // A list that holds itself.
        assert!(shown(b"\x80\x04]\x94h\0a.").contains("levels"));

        // Each list holds the one before eight times.
        let mut laughs = b"\x80\x04]\x94".to_vec();
        for list in 0..40_u8 {
            laughs.extend(b"]\x94(");
            for _ in 0..8 {
                laughs.extend([b'h', list]);
            }
            laughs.push(b'e');
        }
        laughs.push(b'.');
        assert!(shown(&laughs).contains("repeats"));

        // The same long text as bytes, over and over, and as the fields of one record.
        let text = [b"\x80\x04X\0\0\x10\0".to_vec(), vec![b'x'; 1 << 20]].concat();
        let mut copies = [text, b"\x94\x8c\x06latin1\x94]\x94(".to_vec()].concat();
        copies.extend(b"c_codecs\nencode\nh\0h\x01\x86R".repeat(10_000));
        copies.extend(b"e.");
        assert!(shown(&copies).contains("repeats"));
        let mut fields = b"\x80\x04}\x94(".to_vec();
        fields.extend(b"K\x01K\x02".repeat(100_000));
        fields.extend(b"u0credgrease.utils\nRecord\n)\x81");
        fields.extend(b"h\0b".repeat(100_000));
        fields.push(b'.');
        assert!(shown(&fields).contains("repeats"));

        let long = [
            b"\x80\x02\x8b\0\0\x10\0".to_vec(),
            vec![1; 1 << 20],
            b".".to_vec(),
        ]
        .concat();
        assert!(shown(&long).contains("integer"));
    }

    #[test]
    fn much_that_is_the_same_is_still_read() {
        let mut many = b"\x80\x04\x8c\x05label\x94]\x94(".to_vec();
        many.extend(b"h\0".repeat(1_000_000));
        many.extend(b"e.");
        assert!(matches!(read(&many), Ok(PyValue::List(items)) if items.len() == 1_000_000));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            let _ = read(&bytes);
            let _ = read(&[b"\x80\x04", &bytes[..]].concat());
        }

        #[test]
        fn no_program_makes_it_panic(steps in proptest::collection::vec(0..STEPS.len(), 0..60)) {
            let program: Vec<u8> = steps.into_iter().flat_map(|step| STEPS[step]).copied().collect();
            let _ = read(&[&program[..], b"."].concat());
        }
    }

    /// Whole steps of programs, so that chance gets far.
    const STEPS: &[&[u8]] = &[
        b"\x80\x04",
        b"(",
        b"0",
        b"1",
        b"2",
        b"N",
        b"\x88",
        b"K\x05",
        b"J\xff\xff\xff\xff",
        b"\x8a\x09123456789",
        b"G\x3f\xf0\0\0\0\0\0\0",
        b"\x8c\x01a",
        b"C\x02\xff\0",
        b"Vlatin1\n",
        b"]",
        b"}",
        b")",
        b"\x8f",
        b"l",
        b"d",
        b"t",
        b"\x85",
        b"\x86",
        b"\x87",
        b"a",
        b"e",
        b"s",
        b"u",
        b"\x90",
        b"\x91",
        b"\x94",
        b"h\0",
        b"h\x01",
        b"q\x01",
        b"R",
        b"\x81",
        b"\x92",
        b"b",
        b"\x93",
        b"cbuiltins\nset\n",
        b"c_codecs\nencode\n",
        b"cbuiltins\nbytearray\n",
        b"ccopyreg\n_reconstructor\n",
        b"cbuiltins\nobject\n",
        b"cbuiltins\ndict\n",
        b"ccollections\nCounter\n",
        b"credgrease.utils\nRecord\n",
        b"credgrease.data\nExecutionStatus\n",
        b"iredgrease.data\nExecID\n",
        b"o",
    ];
}
