//! Functions closed with `run`.

mod generated;
mod keys;
mod streams;

use std::{fmt, panic::Location};

use serde::de::DeserializeOwned;

use super::{
    callback::Code,
    decode::decode,
    open::GearFunction,
    origin::Argument,
    reader::kind::{Generated, Keys, Runs, ShardIds, Streams},
    reading::Reading,
    step::Step,
    write::{self, Closing, Ending},
};
use crate::{
    command::script::{Runtime, Script, extent::Extent},
    error::Result,
    python::spot::Spot,
    server::feature::{Feature, Need},
    wire::decoder::Decoder,
};

/// A gear function that runs once over all that its reader reads.
///
/// [`GearFunction::run`] makes one. It takes no more steps; [`on`](Self::on) runs it on a
/// server, any number of times.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{function::{BatchFunction, Generated, PythonReader}, py};
///
/// # let (server, gears) = gears_runtime::embedded::example()?;
/// let numbers = PythonReader::new(py!("lambda: range(100)"));
/// let sum: BatchFunction<i64, Generated> = numbers.aggregate(
///     0,
///     py!("lambda total, number: total + number").returns(),
///     py!("lambda total, of_shard: total + of_shard"),
/// ).run();
/// assert_eq!(sum.on(&gears)?.into_one()?, 4950);
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub struct BatchFunction<T, R> {
    pub(crate) function: GearFunction<T, R>,
    pub(crate) argument: Option<Argument>,
    no_scan: bool,
    read_value: bool,
    pattern_generator: Option<Code>,
    from_id: Option<String>,
    count: Option<u32>,
    local: bool,
    collect: bool,
    place: &'static Location<'static>,
}

impl<T, R> GearFunction<T, R> {
    /// Closes the function: it is to run once over all that the reader reads.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::function::KeysOnlyReader;
    /// # use gears_runtime::redis;
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// # let mut connection = gears.client().get_connection().unwrap();
    /// let users = KeysOnlyReader::new("user:*").count().run();
    /// assert_eq!(users.on(&gears)?.into_one()?, 0);
    /// redis::cmd("SET").arg("user:ada").arg("Ada").exec(&mut connection).unwrap();
    /// // What was closed can run again, and reads what is there then.
    /// assert_eq!(users.on(&gears)?.into_one()?, 1);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
            pattern_generator: None,
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
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysOnlyReader;
    ///
    /// let sweep = KeysOnlyReader::new("tmp:*").run();
    /// assert!(!sweep.script()?.source().contains("collect="), "as servers do by themselves");
    /// assert!(sweep.collect(false).script()?.source().contains("collect=False"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn collect(mut self, collect: bool) -> Self {
        self.collect = collect;
        self
    }

    /// Adds Python packages that the server installs first, as pip spells them.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// let vectors = KeysReader::new("vector:*").values().run().requirements(["numpy>=1.26"]);
    /// assert_eq!(vectors.script()?.required(), ["numpy>=1.26"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn requirements<S: Into<String>>(
        mut self,
        requirements: impl IntoIterator<Item = S>,
    ) -> Self {
        self.function = self.function.requirements(requirements);
        self
    }

    /// Closes another function in the same way: what was said of this one is its default.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::KeysReader;
    ///
    /// let users = KeysReader::new("user:*");
    /// // What is said once holds for each of them.
    /// let ada = users.run().pattern("user:ada").no_scan();
    /// for function in [ada.with_function(&users.keys()).script()?, ada.with_function(&users.keys().distinct()).script()?] {
    ///     assert!(function.source().contains("'user:ada', noScan=True"));
    /// }
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_function<U>(&self, function: &GearFunction<U, R>) -> BatchFunction<U, R> {
        BatchFunction {
            function: function.clone(),
            place: Location::caller(),
            argument: self.argument.clone(),
            no_scan: self.no_scan,
            read_value: self.read_value,
            pattern_generator: self.pattern_generator.clone(),
            from_id: self.from_id.clone(),
            count: self.count,
            local: self.local,
            collect: self.collect,
        }
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
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let lengths = PythonReader::new(py!("lambda: ['to', 'be']")).map(py!("len")).declare::<i64>();
    /// let script = lengths.run().script()?;
    /// assert!(script.source().starts_with("# A gear function, built by gears-runtime.\n"));
    /// assert_eq!(gears.execute(&script)?.into_results(), [2, 2]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
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
                reading: Some(Reading {
                    argument,
                    no_scan: self.no_scan,
                    read_value: self.read_value,
                    pattern_generator: self.pattern_generator.as_ref(),
                    from_id: self.from_id.as_deref(),
                    count: self.count,
                }),
                keywords,
                functions: Vec::new(),
            },
        )?;
        // Servers do not count nothing.
        let counts = matches!(self.function.steps.to_vec().last(), Some(Step::Count));
        let decoder = Decoder::new(decode, counts.then_some(b"i0"));
        let (local, extent) = match self.local {
            true => (Some(Feature::LocalRuns), Extent::One),
            false => (None, Extent::All(self.function.place())),
        };
        Ok(self
            .function
            .wrap(source, self.codes(), local)
            .over(extent)
            .closed_at(spot)
            .with_decoder(decoder))
    }

    fn codes(&self) -> impl Iterator<Item = &Code> {
        let generator = match &self.argument {
            Some(Argument::Code(code)) => Some(code),
            _ => None,
        };
        generator.into_iter().chain(&self.pattern_generator)
    }
}

macro_rules! local {
    ($($reader:ident)*) => {$(
        impl<T> BatchFunction<T, $reader> {
            /// Stays on the shard that is asked, instead of running on all of them.
            ///
            /// That is the primary whose turn it is, or the one that [`Gears::shards`](crate::Gears::shards)
            /// gave.
            ///
            /// RedisGears knows this from 1.2.8 on; before, it is
            /// [`Unsupported`](crate::ErrorKind::Unsupported).
            ///
            /// # Examples
            ///
            #[cfg_attr(feature = "embedded", doc = "```")]
            #[cfg_attr(not(feature = "embedded"), doc = "```text")]
            /// use gears_runtime::function::ShardsIdReader;
            ///
            /// # let (server, gears) = gears_runtime::embedded::example()?;
            /// let here = ShardsIdReader::new().run().local();
            /// assert_eq!(here.on(&gears)?.results().len(), 1, "however many shards there are");
            /// # Ok::<(), gears_runtime::Error>(())
            /// ```
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

impl<T, R> GearFunction<T, R> {
    /// Makes a script of the source that was written of the function.
    pub(crate) fn wrap<'a>(
        &'a self,
        source: String,
        more: impl IntoIterator<Item = &'a Code>,
        features: impl IntoIterator<Item = Feature>,
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
        let awaits = codes.iter().any(|code| code.is_coroutine());
        let features = awaits
            .then_some(Feature::Coroutines)
            .into_iter()
            .chain(features);
        let needs = features.map(|feature| Need {
            feature,
            place: self.place(),
        });
        Script::from_source(source)
            .requirements(all)
            .runtime(runtime)
            .needing(needs.collect())
    }
}

impl<T, R> Clone for BatchFunction<T, R> {
    fn clone(&self) -> Self {
        Self {
            place: self.place,
            ..self.with_function(&self.function)
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
