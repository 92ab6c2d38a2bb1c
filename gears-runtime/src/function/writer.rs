//! Writes the pieces of a script: functions, and the steps that call them.

use std::{fmt::Write as _, panic::Location};

use super::{
    callback::{Code, Kind},
    keyword::Order,
    prelude,
    shown::Shown,
    step::{Step, Zero},
};
use crate::{
    error::{Error, Result},
    python::{
        commands::{HASHTAG, may_read_hashtag},
        literal::{list, string},
        spot::Spot,
    },
};

#[derive(Default)]
pub(super) struct Writer {
    definitions: String,
    count: usize,
    needed: Vec<&'static str>,
    shown: Shown,
}

impl Writer {
    pub(super) fn need(&mut self, piece: &'static str) {
        if !self.needed.contains(&piece) {
            self.needed.push(piece);
        }
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("_gear_{}", self.count)
    }

    /// Defines a function of the builder's own that stands at a spot of the Rust source; returns its name.
    pub(super) fn spot(&mut self, spot: &Spot, parameters: &str, value: &str) -> String {
        let name = self.name();
        self.define_spot(&name, spot, parameters, value);
        name
    }

    pub(super) fn define_spot(&mut self, name: &str, spot: &Spot, parameters: &str, value: &str) {
        self.need("step");
        let beside = self.shown.beside(&spot.file, spot.line, &spot.call);
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(
            self.definitions,
            "{name} = _gear_step({}, {}, {}, {}, {}, {})",
            string(spot.name),
            string(parameters),
            string(value),
            string(&format!("{beside}{}", spot.call)),
            string(&spot.file),
            spot.line,
        );
    }

    /// Defines a function at a spot that calls another piece, which is written to the right of it.
    pub(super) fn spot_around(
        &mut self,
        spot: &Spot,
        code: &Code,
        parameters: &str,
        value: impl FnOnce(&str) -> String,
    ) -> Result<String> {
        self.shown.beside(&spot.file, spot.line, &spot.call);
        let inner = self.function(code, spot.name)?;
        Ok(self.spot(spot, parameters, &value(&inner)))
    }

    /// Defines a function that `step` calls, and returns its name.
    pub(super) fn function(&mut self, code: &Code, step: &'static str) -> Result<String> {
        let value = self.define(code)?;
        if code.kind != Kind::Expression {
            return Ok(value);
        }
        // Servers take functions only, no other callables; and one that is not written in Python has no frame.
        let spot = match code.taken_up {
            Some(place) => Spot::new(place, step, "RawPython::new_unchecked(…)"),
            None => {
                let (file, line) = place(code);
                let call = first_line(&code.text).to_owned();
                Spot {
                    file,
                    line,
                    name: step,
                    call,
                }
            }
        };
        let call = format!("{value}(*arguments)");
        Ok(self.spot(&spot, "*arguments", &call))
    }

    /// Defines a piece of Python and returns the name of its value.
    pub(super) fn define(&mut self, code: &Code) -> Result<String> {
        let name = self.name();
        let (file, line) = place(code);
        let mut beside = String::new();
        let mut call = match code.kind {
            Kind::Lambda | Kind::Expression => {
                self.need("python");
                beside = self.shown.beside(&file, line, first_line(&code.text));
                format!("_gear_python({}", source_literal(&code.text))
            }
            Kind::Function {
                name,
                parameters,
                coroutine,
            } => {
                self.need("function");
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
        let _ = write!(call, ", {}, {line}", string(&file));
        if !beside.is_empty() {
            let _ = write!(call, ", {}", string(&beside));
        }
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

    pub(super) fn step(
        &mut self,
        step: &Step,
        place: &Location<'_>,
        chain: &mut Vec<String>,
    ) -> Result<()> {
        let link = match step {
            Step::Map(code) => format!(".map({})", self.function(code, "map")?),
            Step::FlatMap(code) => {
                self.need("each");
                format!(".flatmap(_gear_each({}))", self.function(code, "flat_map")?)
            }
            Step::ForEach(code) => format!(".foreach({})", self.function(code, "for_each")?),
            Step::Filter(code) => format!(".filter({})", self.function(code, "filter")?),
            Step::Accumulate(code) => {
                format!(".accumulate({})", self.function(code, "accumulate")?)
            }
            Step::LocalGroupBy(key, reducer) => {
                let key = self.function(key, "local_group_by")?;
                let reducer = self.function(reducer, "local_group_by")?;
                format!(".localgroupby({key}, {reducer})")
            }
            Step::GroupBy(key, reducer) => {
                let key = self.function(key, "group_by")?;
                format!(".groupby({key}, {})", self.function(reducer, "group_by")?)
            }
            Step::BatchGroupBy(key, reducer) => {
                let key = self.function(key, "batch_group_by")?;
                let reducer = self.function(reducer, "batch_group_by")?;
                format!(".batchgroupby({key}, {reducer})")
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
            Step::Repartition(code) => {
                format!(".repartition({})", self.function(code, "repartition")?)
            }
            Step::Aggregate(zero, accumulator, combiner) => {
                self.need("fold");
                let zero = self.zero(zero)?;
                let accumulator = self.function(accumulator, "aggregate")?;
                let combiner = self.function(combiner, "aggregate")?;
                chain.push(format!(".accumulate(_gear_fold({zero}, {accumulator}))"));
                chain.push(".collect()".to_owned());
                chain.push(format!(
                    ".accumulate(_gear_fold({zero}, {combiner}, _gear_unbox))"
                ));
                ".map(_gear_unbox)".to_owned()
            }
            Step::AggregateBy(key, zero, reducer, combiner) => {
                self.need("fold_by");
                let key = self.function(key, "aggregate_by")?;
                let zero = self.zero(zero)?;
                let reducer = self.function(reducer, "aggregate_by")?;
                let combiner = self.function(combiner, "aggregate_by")?;
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
                self.need("sort");
                let sort = self.sort(*order, key.as_ref(), place, |key, descending| {
                    format!("_gear_sort(records, {descending}, {key})")
                })?;
                chain.push(
                    ".aggregate([], _gear_append, lambda some, others: some + others)".to_owned(),
                );
                format!(".flatmap({sort})")
            }
            Step::Distinct => ".distinct()".to_owned(),
            Step::Count => ".count()".to_owned(),
            Step::CountBy(Some(code)) => format!(".countby({})", self.function(code, "count_by")?),
            Step::CountBy(None) => ".countby()".to_owned(),
            Step::Avg(Some(code)) => format!(".avg({})", self.function(code, "avg")?),
            Step::Avg(None) => ".avg()".to_owned(),
            Step::Entry(_) | Step::Records | Step::Arguments(_) | Step::Apply(_) => {
                format!(".map({})", self.own(step, place)?)
            }
            Step::Types(_) | Step::Events(_) => format!(".filter({})", self.own(step, place)?),
        };
        chain.push(link);
        Ok(())
    }

    /// Writes the function of a step that has none of the user's alone.
    pub(super) fn own(&mut self, step: &Step, place: &Location<'_>) -> Result<String> {
        let spot = |name, call: &str| Spot::new(place, name, call);
        Ok(match step {
            Step::Entry(entry) => {
                let spot = match *entry {
                    "key" => spot("keys", ".keys()"),
                    _ => spot("values", ".values()"),
                };
                self.spot(&spot, "record", &format!("record[{}]", string(entry)))
            }
            Step::Records => {
                self.need("record");
                let spot = spot("records", ".records()");
                self.spot(&spot, "record", "_gear_record(record)")
            }
            Step::Types(types) => {
                let mut words: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
                if words.contains(&"stream") {
                    // What RedisGears says of a stream.
                    words.push("unknown");
                }
                let spot = spot("of_types", ".of_types(…)");
                let test = format!("record.get('type') in {}", list(words));
                self.spot(&spot, "record", &test)
            }
            Step::Events(events) => {
                let spot = spot("of_events", ".of_events(…)");
                let events = list(events.iter().map(String::as_str));
                let test = format!("record.get('event') in {events}");
                self.spot(&spot, "record", &test)
            }
            Step::Arguments(None) => "lambda words: words[1:]".to_owned(),
            Step::Arguments(Some(max)) => {
                format!("lambda words: words[1:{}]", max.saturating_add(1))
            }
            Step::Apply(code) => {
                let call = |function: &str| format!("{function}(*words[1:])");
                self.spot_around(&spot("apply", ".apply(…)"), code, "words", call)?
            }
            other => unreachable!("{other:?} has a function of the user's"),
        })
    }

    /// Defines the function that sorts, whose value `sorted` writes of a key and of whether to descend.
    pub(super) fn sort(
        &mut self,
        order: Order,
        key: Option<&Code>,
        place: &Location<'_>,
        sorted: impl Fn(&str, &str) -> String,
    ) -> Result<String> {
        let descending = match order {
            Order::Ascending => "False",
            Order::Descending => "True",
        };
        match key {
            Some(key) => {
                let spot = Spot::new(place, "sort_by", format!(".sort_by(Order::{order:?}, …)"));
                self.spot_around(&spot, key, "records", |key| sorted(key, descending))
            }
            None => {
                let spot = Spot::new(place, "sort", format!(".sort(Order::{order:?})"));
                Ok(self.spot(&spot, "records", &sorted("None", descending)))
            }
        }
    }

    pub(super) fn finish(self, chain: &[String]) -> String {
        let mut script = String::from("# A gear function, built by gears-runtime.\n");
        script.push_str(prelude::IMPORTS);
        script.extend(prelude::pieces(&self.needed));
        if may_read_hashtag(&self.definitions) {
            script.push_str(HASHTAG);
        }
        script.push('\n');
        script.push_str(&self.definitions);
        let _ = writeln!(script, "\n({})", chain.join("\n    "));
        script
    }
}

/// Returns the file and line under which a piece of Python is compiled.
fn place(code: &Code) -> (String, u32) {
    match code.line {
        Some(line) => (code.file.clone().into_owned(), line.max(1)),
        // Lines of the text are not lines of the file: count from its own first.
        None if code.file.starts_with('<') => (code.file.clone().into_owned(), 1),
        None => (format!("<Python in {}>", code.file), 1),
    }
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
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
