//! Writes the Python of a closed gear function.
//!
//! The script is meant to be read: first the functions of the user, each compiled under its own
//! file and line, then one chain of steps.

use std::fmt::Write as _;

use super::{
    callback::{Code, Kind},
    counting,
    keyword::{Order, ReaderType},
    open::Origin,
    prelude,
    read::Reading,
    step::{Step, Steps, Zero},
};
use crate::{
    error::{Error, Result},
    literal::{list, string},
    source::{HASHTAG, may_read_hashtag},
};

/// What the records are made into at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What this crate reads back.
    Encoded,
    /// What any client can read.
    Natural,
    /// Nothing: they stay as they are.
    Raw,
}

/// How a function is closed.
pub(crate) struct Closing<'a> {
    /// `run` or `register`.
    pub(crate) action: &'static str,
    pub(crate) description: Option<&'a str>,
    /// Whether records come without type and value.
    pub(crate) without_values: bool,
    pub(crate) ending: Ending,
    /// What `run` reads.
    pub(crate) reading: Option<Reading<'a>>,
    /// Names and literals.
    pub(crate) keywords: Vec<(&'static str, String)>,
    /// Names and functions.
    pub(crate) functions: Vec<(&'static str, &'a Code)>,
}

/// Writes a script.
///
/// # Errors
///
/// A value that was passed into the Python has no Python form.
pub(crate) fn write(origin: &Origin, steps: &Steps, closing: &Closing<'_>) -> Result<String> {
    let mut writer = Writer::default();
    let steps = steps.to_vec();
    let parts = counting::parts(&steps, origin.reader, closing.reading.as_ref());
    let mut reader = origin.reader;
    let mut arguments = Vec::new();
    let mut boxed_already = false;
    if let Some(reading) = &closing.reading {
        if parts.first().is_some_and(|part| part.boxed) && !reading.brings_some(reader) {
            arguments.push(writer.boxed_reader(reading, reader, parts[0].steps)?);
            reader = ReaderType::PythonReader;
            boxed_already = true;
        } else {
            arguments = writer.reader(reading)?;
        }
    }
    let mut chain = vec![begin(reader, closing.description)];
    if closing.without_values && !boxed_already {
        writer.need("_gear_whole");
        chain.push(".map(_gear_whole)".to_owned());
    }
    for part in parts {
        if part.boxed && !boxed_already {
            writer.need("_gear_box");
            chain.push(".flatmap(_gear_box)".to_owned());
        }
        boxed_already = false;
        for step in part.steps {
            if part.boxed {
                writer.boxed_step(step, &mut chain)?;
            } else {
                writer.step(step, &mut chain)?;
            }
        }
    }
    match closing.ending {
        Ending::Encoded => {
            writer.need("_gear_encode");
            chain.push(".map(_gear_encode)".to_owned());
        }
        Ending::Natural => {
            writer.need("_gear_reply");
            chain.push(".flatmap(_gear_reply)".to_owned());
        }
        Ending::Raw => {}
    }
    for (name, code) in &closing.functions {
        let function = writer.function(code)?;
        arguments.push(format!("{name}={function}"));
    }
    for (name, literal) in &closing.keywords {
        arguments.push(format!("{name}={literal}"));
    }
    chain.push(format!(".{}({})", closing.action, arguments.join(", ")));
    Ok(writer.finish(&chain))
}

fn begin(reader: ReaderType, description: Option<&str>) -> String {
    let description = match description {
        Some(description) => format!(", desc={}", string(description)),
        None => String::new(),
    };
    format!("GB({}{description})", string(reader.as_str()))
}

#[derive(Default)]
pub(super) struct Writer {
    definitions: String,
    count: usize,
    needed: Vec<&'static str>,
}

impl Writer {
    pub(super) fn need(&mut self, piece: &'static str) {
        if !self.needed.contains(&piece) {
            self.needed.push(piece);
        }
    }

    /// Defines a function and returns its name.
    pub(super) fn function(&mut self, code: &Code) -> Result<String> {
        let name = self.define(code)?;
        if code.kind == Kind::Expression {
            self.need("_gear_callable");
            return Ok(format!("_gear_callable({name})"));
        }
        Ok(name)
    }

    /// Defines a piece of Python and returns the name of its value.
    pub(super) fn define(&mut self, code: &Code) -> Result<String> {
        self.count += 1;
        let name = format!("_gear_{}", self.count);
        let (file, line) = match code.line {
            Some(line) => (code.file.clone().into_owned(), line.max(1)),
            // Lines of the text are not lines of the file: count from its own first.
            None if code.file.starts_with('<') => (code.file.clone().into_owned(), 1),
            None => (format!("<Python in {}>", code.file), 1),
        };
        let mut call = match code.kind {
            Kind::Lambda | Kind::Expression => {
                self.need("_gear_python");
                format!("_gear_python({}", source_literal(&code.text))
            }
            Kind::Function {
                name,
                parameters,
                coroutine,
            } => {
                self.need("_gear_function");
                let keyword = if coroutine { "async def" } else { "def" };
                format!(
                    "_gear_function({}, {}, {}, {}",
                    string(keyword),
                    string(name),
                    string(&parameters.join(", ")),
                    source_literal(&code.text),
                )
            }
        };
        // Writing to a `String` cannot fail, here and below.
        let _ = write!(call, ", {}, {line}", string(&file));
        for (capture, literal) in &code.captures {
            let literal = literal.as_ref().map_err(|why| {
                Error::cannot_travel(format!(
                    "`{capture}`, which is passed into Python at {file}:{line}, has no Python \
                     form: {why}"
                ))
            })?;
            let _ = write!(call, ", {capture}={literal}");
        }
        let _ = writeln!(self.definitions, "{name} = {call})");
        Ok(name)
    }

    pub(super) fn zero(&mut self, zero: &Zero) -> Result<String> {
        match zero {
            Zero::Code(code) => self.define(code),
            Zero::Literal(Ok(literal)) => Ok(literal.clone()),
            Zero::Literal(Err(why)) => Err(Error::cannot_travel(format!(
                "the value that a total begins with has no Python form: {why}"
            ))),
        }
    }

    fn step(&mut self, step: &Step, chain: &mut Vec<String>) -> Result<()> {
        let link = match step {
            Step::Map(code) => format!(".map({})", self.function(code)?),
            Step::FlatMap(code) => {
                self.need("_gear_each");
                format!(".flatmap(_gear_each({}))", self.define(code)?)
            }
            Step::ForEach(code) => format!(".foreach({})", self.function(code)?),
            Step::Filter(code) => format!(".filter({})", self.function(code)?),
            Step::Accumulate(code) => format!(".accumulate({})", self.function(code)?),
            Step::LocalGroupBy(key, reducer) => {
                let key = self.function(key)?;
                format!(".localgroupby({key}, {})", self.function(reducer)?)
            }
            Step::GroupBy(key, reducer) => {
                let key = self.function(key)?;
                format!(".groupby({key}, {})", self.function(reducer)?)
            }
            Step::BatchGroupBy(key, reducer) => {
                let key = self.function(key)?;
                format!(".batchgroupby({key}, {})", self.function(reducer)?)
            }
            Step::Limit {
                start,
                count,
                per_shard: true,
            } => limit(*start, *count),
            Step::Limit {
                start,
                count,
                per_shard: false,
            } => {
                // No shard needs to send more than that.
                chain.push(limit(0, start.saturating_add(*count)));
                chain.push(".collect()".to_owned());
                limit(*start, *count)
            }
            Step::Collect => ".collect()".to_owned(),
            Step::Repartition(code) => format!(".repartition({})", self.function(code)?),
            Step::Aggregate(zero, accumulator, combiner) => {
                self.need("_gear_fold");
                let zero = self.zero(zero)?;
                let accumulator = self.define(accumulator)?;
                let combiner = self.define(combiner)?;
                chain.push(format!(".accumulate(_gear_fold({zero}, {accumulator}))"));
                chain.push(".collect()".to_owned());
                chain.push(format!(
                    ".accumulate(_gear_fold({zero}, {combiner}, _gear_unbox))"
                ));
                ".map(_gear_unbox)".to_owned()
            }
            Step::AggregateBy(key, zero, reducer, combiner) => {
                self.need("_gear_fold_by");
                let key = self.function(key)?;
                let zero = self.zero(zero)?;
                let reducer = self.define(reducer)?;
                let combiner = self.define(combiner)?;
                chain.push(format!(
                    ".localgroupby({key}, _gear_fold_by({zero}, {reducer}))"
                ));
                chain.push(format!(
                    ".groupby(lambda group: group['key'], _gear_fold_by({zero}, {combiner}, \
                     lambda group: group['value'][0]))"
                ));
                ".map(_gear_unbox_group)".to_owned()
            }
            Step::Sort(order, key) => {
                self.need("_gear_sort");
                let descending = match order {
                    Order::Ascending => "False",
                    Order::Descending => "True",
                };
                let sort = match key {
                    Some(key) => format!("_gear_sort({descending}, {})", self.define(key)?),
                    None => format!("_gear_sort({descending})"),
                };
                chain.push(
                    ".aggregate([], _gear_append, lambda some, others: some + others)".to_owned(),
                );
                format!(".flatmap({sort})")
            }
            Step::Distinct => ".distinct()".to_owned(),
            Step::Count => ".count()".to_owned(),
            Step::CountBy(Some(code)) => format!(".countby({})", self.function(code)?),
            Step::CountBy(None) => ".countby()".to_owned(),
            Step::Avg(Some(code)) => format!(".avg({})", self.function(code)?),
            Step::Avg(None) => ".avg()".to_owned(),
            Step::Entry(_) | Step::Records | Step::Arguments(_) | Step::Apply(_) => {
                format!(".map({})", self.lambda(step)?)
            }
            Step::Types(_) | Step::Events(_) => format!(".filter({})", self.lambda(step)?),
        };
        chain.push(link);
        Ok(())
    }

    /// Writes the function of a step that has none of the user's alone.
    pub(super) fn lambda(&mut self, step: &Step) -> Result<String> {
        Ok(match step {
            Step::Entry(name) => format!("lambda record: record[{}]", string(name)),
            Step::Records => {
                self.need("_gear_record");
                "lambda record: _gear_record(record)".to_owned()
            }
            Step::Types(types) => {
                let mut words: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
                if words.contains(&"stream") {
                    // What RedisGears says of a stream.
                    words.push("unknown");
                }
                format!("lambda record: record.get('type') in {}", list(words))
            }
            Step::Events(events) => format!(
                "lambda record: record.get('event') in {}",
                list(events.iter().map(String::as_str))
            ),
            Step::Arguments(None) => "lambda words: words[1:]".to_owned(),
            Step::Arguments(Some(max)) => {
                format!("lambda words: words[1:{}]", max.saturating_add(1))
            }
            Step::Apply(code) => format!("lambda words: {}(*words[1:])", self.define(code)?),
            other => unreachable!("{other:?} has a function of the user's"),
        })
    }

    fn finish(self, chain: &[String]) -> String {
        let mut script = String::from("# A gear function, built by gears-runtime.\n");
        script.push_str(prelude::IMPORTS);
        for piece in prelude::pieces(&self.needed) {
            script.push_str(piece);
        }
        if may_read_hashtag(&self.definitions) {
            script.push_str(HASHTAG);
        }
        script.push('\n');
        script.push_str(&self.definitions);
        let _ = writeln!(script, "\n({})", chain.join("\n    "));
        script
    }
}

fn limit(start: usize, count: usize) -> String {
    // Servers count with 64 bits and a sign.
    let most = i64::MAX as usize;
    let (start, count) = (start.min(most), count.min(most));
    if start == 0 {
        format!(".limit({count})")
    } else {
        format!(".limit({count}, {start})")
    }
}

/// Writes source as one literal, or as one for each line.
fn source_literal(text: &str) -> String {
    if !text.contains('\n') {
        return string(text);
    }
    let lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| format!("    {}", string(line)))
        .collect();
    format!("(\n{}\n)", lines.join("\n"))
}
