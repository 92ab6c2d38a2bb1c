//! The arguments of one call on their way out.

use std::fmt::Display;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use redis::Cmd;
use serde::Serialize;

use super::{packed::Packed, words::Words};
use crate::{
    error::{Error, Result, detail::Detail},
    gear::{descriptor::Gear, naming::Naming, shape::Param},
    server::{dialect::Dialect, known::Server},
};

/// Calls a function of the server's.
pub(crate) const FCALL: &[u8] = b"FCALL";

/// Calls one that writes nothing.
pub(crate) const FCALL_RO: &[u8] = b"FCALL_RO";

/// Collects the arguments of one call.
pub struct Call {
    words: Words,
    server: Server,
    dialect: Dialect,
    gear: &'static Gear,
    /// How many parameters have an argument, in the order of the wire.
    given: usize,
    /// `None`s not written yet: those at the end are left out.
    nulls: usize,
}

impl Call {
    /// Begins a call of a gear, by its pinned name unless `is_plain`, behind those that are packed if there are any.
    pub(crate) fn new(
        gear: &'static Gear,
        server: Server,
        naming: &Naming,
        is_plain: bool,
        packed: Option<Packed>,
    ) -> Self {
        let function = gear.function_on(server);
        let before = if function.is_some() { 3 } else { 2 };
        let mut words = Words::begin(packed, before + gear.params().len());
        if let Some(function) = function {
            words.word(match function.is_read_only() {
                true => FCALL_RO,
                false => FCALL,
            });
            words.word(naming.of_function(gear.trigger()).as_bytes());
            words.display(function.keys.len());
        } else {
            words.word(match gear.key() {
                Some(_) if server.has_trigger_on_key() => b"RG.TRIGGERONKEY".as_slice(),
                _ => b"RG.TRIGGER",
            });
            words.word(naming.called(gear, server, is_plain).as_bytes());
        }
        Self {
            words,
            server,
            dialect: server.dialect,
            gear,
            given: 0,
            nulls: 0,
        }
    }

    /// Returns the call as a command by itself.
    pub(crate) fn into_command(self) -> Cmd {
        match self.words {
            Words::Command(command) => command,
            Words::Packed(mut packed) => {
                packed.end();
                packed.last().unwrap_or_default()
            }
        }
    }

    /// Returns the commands that are packed, with this call or, if it cannot be sent, without.
    pub(crate) fn into_packed(self, is_whole: bool) -> Packed {
        match self.words {
            Words::Command(_) => Packed::default(),
            Words::Packed(mut packed) => {
                match is_whole {
                    true => packed.end(),
                    false => packed.take_back(),
                }
                packed
            }
        }
    }

    /// Adds text.
    pub(crate) fn text(&mut self, text: &str) -> Result<()> {
        if !self.dialect.is_binary_safe() && text.as_bytes().contains(&0) {
            return Err(self.cut("text with NUL as an argument", "pass it as bytes"));
        }
        self.raw(text.as_bytes());
        Ok(())
    }

    /// Adds bytes, in the form that was agreed at registration.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        match self.dialect {
            Dialect::Unknown => return Err(self.dialect.unknown_bytes()),
            dialect if dialect.is_binary_safe() => self.raw(bytes),
            // A key that routes must be the key itself.
            _ if self.gear.key().is_some() && self.given == 0 => {
                if bytes.contains(&0) {
                    return Err(self.cut("a key with NUL", "use a key without one"));
                }
                self.raw(bytes);
            }
            _ => self.raw(base64(bytes).as_bytes()),
        }
        Ok(())
    }

    /// Says that the server would cut an argument.
    fn cut(&self, feature: &str, remedy: &'static str) -> Error {
        let feature = format!("{feature} of `{}`", self.gear.trigger());
        Error::lacks(feature, self.server.to_string(), remedy)
    }

    /// Adds a value as JSON.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let index = self.gear.param_at(self.given);
        if self
            .gear
            .params()
            .get(index)
            .is_some_and(Param::is_optional)
        {
            return self
                .json_with(|json| serde_json::to_writer(json, value).map_err(Error::encode));
        }
        self.advance();
        self.words.json(value).map_err(Error::encode)
    }

    /// Adds the JSON that `write` appends for an optional parameter.
    pub(crate) fn json_with(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut json = Vec::new();
        write(&mut json)?;
        if json == b"null" {
            self.null();
        } else {
            self.raw(&json);
        }
        Ok(())
    }

    /// Adds `null` for an optional parameter, unless nothing else follows.
    pub(crate) fn null(&mut self) {
        self.given += 1;
        self.nulls += 1;
    }

    /// Adds what a number displays.
    pub(crate) fn display(&mut self, value: impl Display) {
        self.advance();
        self.words.display(value);
    }

    /// Adds bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.advance();
        self.words.word(bytes);
    }

    /// Goes to the next parameter, now that the `None`s before it must be written.
    fn advance(&mut self) {
        self.given += 1;
        for _ in 0..std::mem::take(&mut self.nulls) {
            self.words.word(b"null");
        }
    }
}

impl Error {
    pub(crate) fn encode(cause: serde_json::Error) -> Self {
        Self::new(Detail::Encode {
            message: format!("an argument has no JSON form: {cause}"),
        })
        .with_source(cause)
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redis::Value;

    use super::*;
    use crate::{
        error::ErrorKind,
        gear::{sample, shape::Wire},
        server::version::ModuleVersion,
        wire::{
            argument::{Argument, JsonArgument as _},
            returns::NaturalReturn,
        },
    };

    /// Makes a gear of three parameters, the last two optional.
    fn gear() -> &'static Gear {
        let mut parts = sample::parts();
        parts.params = const {
            &[
                Param::new("first", Wire::Text, false),
                Param::new("second", Wire::Json, true),
                Param::new("third", Wire::Json, true),
            ]
        };
        sample::leaked(parts)
    }

    fn of(dialect: Dialect) -> Server {
        Server {
            dialect,
            version: None,
            shares: false,
            versions: false,
            functions: false,
        }
    }

    /// Returns the arguments that are sent, which are the same in both forms of a call.
    fn words(dialect: Dialect, encode: impl Fn(&mut Call) -> Result<()>) -> Result<Vec<Vec<u8>>> {
        let begin = |packed| Call::new(gear(), of(dialect), &Naming::default(), true, packed);
        let mut call = begin(None);
        encode(&mut call)?;
        let command = call.into_command();
        let mut call = begin(Some(Packed::default()));
        encode(&mut call)?;
        assert_eq!(call.into_packed(true).bytes(), command.get_packed_command());
        let words = command.args_iter().map(|word| match word {
            redis::Arg::Simple(word) => word.to_vec(),
            _ => panic!("no cursor was given"),
        });
        Ok(words.skip(2).collect())
    }

    /// Returns the single word that a value travels as.
    fn word<T: crate::wire::argument::NaturalArgument>(value: &T) -> Vec<u8> {
        words(Dialect::Engine, |call| Argument::<T>::encode(value, call))
            .unwrap()
            .remove(0)
    }

    /// Sends a value as an argument and reads the same bytes as a result.
    fn there_and_back<T: crate::wire::argument::NaturalArgument + NaturalReturn>(value: &T) -> T {
        T::decode(Value::BulkString(word(value))).unwrap()
    }

    #[test]
    fn nones_at_the_end_are_left_out() {
        let send = |second: Option<i32>, third: Option<Vec<String>>| {
            let words = words(Dialect::Engine, |call| {
                Argument::<&str>::encode(&"a", call)?;
                Argument::<Option<i32>>::encode(&second, call)?;
                Argument::<Option<Vec<String>>>::encode(&third, call)
            });
            words.unwrap().join(&b' ')
        };
        assert_eq!(send(None, None), b"a");
        assert_eq!(send(Some(1), None), b"a 1");
        assert_eq!(send(None, Some(vec!["b".to_owned()])), b"a null [\"b\"]");
    }

    #[test]
    fn null_for_a_parameter_that_is_not_optional_is_sent() {
        let words = words(Dialect::Engine, |call| {
            Argument::<serde_json::Value>::encode(&serde_json::Value::Null, call)
        });
        assert_eq!(words.unwrap(), [b"null"]);
    }

    #[test]
    fn key_travels_first_to_servers_that_route_by_it() {
        let mut parts = sample::parts();
        parts.params = const {
            &[
                Param::new("page", Wire::Json, true),
                Param::new("user", Wire::Bytes, false),
            ]
        };
        parts.key = Some(1);
        let gear = sample::leaked(parts);
        let send = |server: Server, key: &[u8]| {
            let mut call = Call::new(gear, server, &Naming::default(), true, None);
            Argument::<&[u8]>::encode(&key, &mut call)?;
            Argument::<Option<u8>>::encode(&Some(7), &mut call)?;
            let packed = call.into_command().get_packed_command();
            Ok::<_, Error>(String::from_utf8_lossy(&packed).replace("\r\n", " "))
        };
        let genuine = |version| Server {
            dialect: Dialect::RedisGears,
            version: Some(ModuleVersion::new(version)),
            shares: false,
            versions: false,
            functions: false,
        };
        for (server, command) in [
            (of(Dialect::Engine), "RG.TRIGGERONKEY"),
            (genuine(10202), "RG.TRIGGERONKEY"),
            (genuine(10006), "RG.TRIGGER"),
            (of(Dialect::RedisGears), "RG.TRIGGER"),
        ] {
            let sent = send(server, b"k").unwrap();
            let wanted = format!("*4 ${} {command} $9 cache_get $1 k $1 7 ", command.len());
            assert_eq!(sent, wanted);
        }
        assert!(send(of(Dialect::Engine), b"\0").is_ok());
        let error = send(genuine(10213), b"a\0").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("a key with NUL"), "{error}");
    }

    #[test]
    fn bytes_follow_the_server() {
        let send = |dialect| {
            words(dialect, |call| {
                Argument::<&[u8]>::encode(&&b"\0\xff"[..], call)
            })
        };
        assert_eq!(send(Dialect::Engine).unwrap(), [b"\0\xff"]);
        assert_eq!(send(Dialect::RedisGears).unwrap(), [b"AP8="]);
        let error = send(Dialect::Unknown).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("+rg.configget"), "{error}");
    }

    #[test]
    fn text_that_would_be_cut_is_refused() {
        let send = |dialect| words(dialect, |call| Argument::<&str>::encode(&"a\0b", call));
        assert_eq!(send(Dialect::Engine).unwrap(), [b"a\0b"]);
        let error = send(Dialect::RedisGears).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn floats_that_json_lacks_travel_as_python_writes_them() {
        assert_eq!(word(&Some(f64::NEG_INFINITY)), b"-Infinity");
        assert_eq!(word(&Some(f64::NAN)), b"NaN");
        assert_eq!(word(&f64::NAN), b"nan");
        assert_eq!(word(&1e300), b"1e300");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let told = |mismatch: crate::wire::mismatch::Mismatch| {
            let details = mismatch.into_details();
            format!("{} / {}", details.expected, details.came)
        };
        let digits = Value::BulkString(b"1e300".to_vec());
        assert!(f32::decode(digits.clone()).is_err());
        assert!(f64::decode(digits).is_ok());
        assert_eq!(
            told(u8::decode(Value::Int(-1)).unwrap_err()),
            "an integer from 0 to 255 (u8) / the integer -1"
        );
        assert_eq!(
            told(String::decode(Value::BulkString(vec![0xff])).unwrap_err()),
            "text / 1 bytes that are not UTF-8"
        );
        assert!(bool::decode(Value::Int(2)).is_err());
        assert!(char::decode(Value::BulkString(b"ab".to_vec())).is_err());
        assert!(<[u8; 2]>::decode(Value::BulkString(b"abc".to_vec())).is_err());
    }

    proptest! {
        #[test]
        fn floats_survive(float in any::<f64>(), single in any::<f32>()) {
            prop_assert_eq!(there_and_back(&float).to_bits(), float.to_bits());
            prop_assert_eq!(there_and_back(&single).to_bits(), single.to_bits());
        }

        #[test]
        fn integers_survive(wide in any::<i128>(), unsigned in any::<u128>(), small in any::<i8>()) {
            prop_assert_eq!(there_and_back(&wide), wide);
            prop_assert_eq!(there_and_back(&unsigned), unsigned);
            prop_assert_eq!(there_and_back(&small), small);
        }

        #[test]
        fn text_and_bytes_survive(text in any::<String>(), bytes in any::<Vec<u8>>(), char in any::<char>()) {
            prop_assert_eq!(there_and_back(&text), text);
            prop_assert_eq!(there_and_back(&bytes), bytes);
            prop_assert_eq!(there_and_back(&char), char);
        }

        #[test]
        fn optional_text_is_json(text in any::<String>()) {
            let json = word(&Some(text.as_str()));
            prop_assert_eq!(serde_json::from_slice::<Option<String>>(&json).unwrap(), Some(text));
        }
    }
}
