//! Functions closed with `run`.

use std::{fmt, panic::Location};

use serde::de::DeserializeOwned;

use super::{
    GearFunction,
    callback::Code,
    decode::decode,
    open::Argument,
    reader::{Generated, Keys, KeysOnly, Runs, ShardIds, Streams},
    role::Generator,
    spot::Spot,
    step::Step,
    write::{self, Closing, Ending},
};
use crate::{
    decoder::Decoder,
    error::Result,
    literal::string,
    script::{Runtime, Script},
};

/// A gear function that runs once over all that its reader reads.
///
/// [`GearFunction::run`] makes one. It takes no more steps; [`on`](Self::on) runs it on a
/// server, any number of times.
pub struct BatchFunction<T, R> {
    pub(crate) function: GearFunction<T, R>,
    pub(crate) argument: Option<Argument>,
    no_scan: bool,
    read_value: bool,
    from_id: Option<String>,
    count: Option<u32>,
    local: bool,
    collect: bool,
    place: &'static Location<'static>,
}

impl<T, R> GearFunction<T, R> {
    /// Closes the function: it is to run once over all that the reader reads.
    #[must_use]
    #[track_caller]
    pub fn run(&self) -> BatchFunction<T, R>
    where
        R: Runs,
    {
        BatchFunction {
            function: self.clone(),
            argument: None,
            no_scan: false,
            read_value: true,
            from_id: None,
            count: None,
            local: false,
            collect: true,
            place: Location::caller(),
        }
    }

    /// Returns the script that runs the function as it is, to be read or executed.
    ///
    /// # Errors
    ///
    /// As [`BatchFunction::script`].
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::KeysReader, py};
    ///
    /// let lengths = KeysReader::new("*").values().map(py!("len"));
    /// assert!(lengths.script()?.source().ends_with(
    ///     ".map(_gear_3)\n    \
    ///      .map(_gear_encode)\n    \
    ///      .run('*', convertToStr=False))\n"
    /// ));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[track_caller]
    pub fn script(&self) -> Result<Script<T>>
    where
        T: DeserializeOwned,
        R: Runs,
    {
        self.run().script()
    }
}

impl<T, R> BatchFunction<T, R> {
    /// Says whether the results of all shards come together, as they do unless told otherwise.
    ///
    /// Without it, only those of the shard that was asked are in the reply.
    #[must_use]
    pub fn collect(mut self, collect: bool) -> Self {
        self.collect = collect;
        self
    }

    /// Returns the function that was closed.
    pub fn function(&self) -> &GearFunction<T, R> {
        &self.function
    }

    /// Returns the script, which brings the records as `T`.
    ///
    /// [`Gears::execute`](crate::Gears::execute) runs it, as [`on`](Self::on) does.
    ///
    /// # Errors
    ///
    /// [`Encode`](crate::ErrorKind::Encode) when a value that was passed into Python has no
    /// Python form.
    pub fn script(&self) -> Result<Script<T>>
    where
        T: DeserializeOwned,
    {
        let origin = &self.function.origin;
        let argument = self.argument.as_ref().unwrap_or(&origin.argument);
        let mut keywords = vec![("convertToStr", "False".to_owned())];
        let mut flag = |name, set: bool, value: &str| {
            if set {
                keywords.push((name, value.to_owned()));
            }
        };
        flag("collect", !self.collect, "False");
        flag("mode", self.local, "'async_local'");
        flag("noScan", self.no_scan, "True");
        flag("readValue", !self.read_value, "False");
        if let Some(id) = &self.from_id {
            keywords.push(("fromId", string(id)));
        }
        if let Some(count) = self.count {
            keywords.push(("count", count.to_string()));
        }
        let spot = Spot::new(self.place, "run", ".run()");
        let source = write::write(
            origin,
            &self.function.steps,
            &Closing {
                action: "run",
                spot: &spot,
                description: origin.description.as_deref(),
                without_values: !self.read_value,
                ending: Ending::Encoded,
                argument: Some(argument.clone()),
                keywords,
                functions: Vec::new(),
            },
        )?;
        // Servers do not count nothing.
        let counts = matches!(self.function.steps.to_vec().last(), Some(Step::Count));
        let decoder = Decoder::new(decode, counts.then_some(b"i0"));
        Ok(self
            .function
            .wrap(source, self.codes())
            .closed_at(spot)
            .with_decoder(decoder))
    }

    fn codes(&self) -> impl Iterator<Item = &Code> {
        match &self.argument {
            Some(Argument::Code(code)) => Some(code),
            _ => None,
        }
        .into_iter()
    }
}

macro_rules! local {
    ($($reader:ident)*) => {$(
        impl<T> BatchFunction<T, $reader> {
            /// Stays on the shard that is asked, instead of running on all of them.
            ///
            /// RedisGears knows this from 1.2.8 on and runs on all shards before.
            #[must_use]
            pub fn local(mut self) -> Self {
                self.local = true;
                self
            }
        }
    )*};
}

// RedisGears does not take a mode for a `KeysOnlyReader` (spec section 3.3).
local! { Keys Streams Generated ShardIds }

impl<T> BatchFunction<T, Keys> {
    /// Reads the keys that match this pattern, instead of the reader's own.
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.argument = Some(Argument::Text(pattern.into()));
        self
    }

    /// Takes the pattern for the name of one key, which is looked up rather than looked for.
    ///
    /// There is one record on every shard then, of type `empty` where the key is not.
    #[must_use]
    pub fn no_scan(mut self) -> Self {
        self.no_scan = true;
        self
    }

    /// Says whether types and values are read, as they are unless told otherwise.
    #[must_use]
    pub fn read_value(mut self, read: bool) -> Self {
        self.read_value = read;
        self
    }
}

impl<T> BatchFunction<T, KeysOnly> {
    /// Reads the keys that match this pattern, instead of the reader's own.
    #[must_use]
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.argument = Some(Argument::Text(pattern.into()));
        self
    }

    /// Takes the pattern for the name of one key, which is looked up rather than looked for.
    #[must_use]
    pub fn no_scan(mut self) -> Self {
        self.no_scan = true;
        self
    }

    /// Sets how many keys a step of the scan looks at: 1000 unless set.
    #[must_use]
    pub fn scan_count(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }
}

impl<T> BatchFunction<T, Streams> {
    /// Reads the stream with this key, instead of the reader's own.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.argument = Some(Argument::Text(key.into()));
        self
    }

    /// Reads the entries after this id; all of them unless set.
    #[must_use]
    pub fn from_id(mut self, id: impl Into<String>) -> Self {
        self.from_id = Some(id.into());
        self
    }
}

impl<T> BatchFunction<T, Generated> {
    /// Reads what this generator yields, instead of the reader's own.
    #[must_use]
    pub fn generator(mut self, generator: impl Generator) -> Self {
        self.argument = Some(Argument::Code(generator.into_code()));
        self
    }
}

impl<T, R> GearFunction<T, R> {
    /// Makes a script of the source that was written of the function.
    pub(crate) fn wrap<'a>(
        &'a self,
        source: String,
        more: impl IntoIterator<Item = &'a Code>,
    ) -> Script {
        let mut codes: Vec<&Code> = Vec::new();
        if let Argument::Code(code) = &self.origin.argument {
            codes.push(code);
        }
        codes.extend(self.steps.to_vec().into_iter().flat_map(Step::codes));
        codes.extend(more);
        let mut all: Vec<&str> = Vec::new();
        let of_codes = codes.iter().flat_map(|code| {
            let later = code.more_requirements.iter().map(String::as_str);
            code.requirements.iter().copied().chain(later)
        });
        let own = self.origin.requirements.iter().map(String::as_str);
        for name in own.chain(of_codes) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        let runtime = if codes.iter().any(|code| code.uses_cmd) {
            Runtime::Commands
        } else {
            Runtime::Bare
        };
        Script::from_source(source)
            .requirements(all)
            .runtime(runtime)
    }
}

impl<T, R> Clone for BatchFunction<T, R> {
    fn clone(&self) -> Self {
        Self {
            function: self.function.clone(),
            argument: self.argument.clone(),
            no_scan: self.no_scan,
            read_value: self.read_value,
            from_id: self.from_id.clone(),
            count: self.count,
            local: self.local,
            collect: self.collect,
            place: self.place,
        }
    }
}

impl<T, R> fmt::Debug for BatchFunction<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchFunction")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}
