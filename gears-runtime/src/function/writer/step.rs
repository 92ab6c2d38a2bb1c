//! Writes the steps, each for records as they are and for records in boxes.
//!
//! In boxes, a step passes the empty ones on. A count is the last one, and takes the records out.

use std::panic::Location;

use super::Writer;
use crate::{
    error::Result,
    function::{callback::Code, keyword::Order, step::Step},
    python::{
        literal::{list, string},
        spot::Spot,
    },
};

impl Writer {
    /// Writes one step.
    pub(in crate::function) fn step(&mut self, step: &Step, place: &Location<'_>) -> Result<()> {
        match step {
            Step::Map(code) => {
                let function = self.function(code, "map")?;
                self.map(&function);
            }
            Step::Entry(_) | Step::Records | Step::Arguments(_) | Step::Apply(_) => {
                let function = self.own(step, place)?;
                self.map(&function);
            }
            Step::Filter(code) => {
                let function = self.function(code, "filter")?;
                self.filter(&function);
            }
            Step::Types(_) | Step::Events(_) => {
                let function = self.own(step, place)?;
                self.filter(&function);
            }
            Step::ForEach(code) => {
                let function = self.function(code, "for_each")?;
                let function = self.in_boxes("boxed_test", function);
                self.link(format!(".foreach({function})"));
            }
            Step::FlatMap(code) => {
                let each = if self.boxed { "boxed_each" } else { "each" };
                self.need(each);
                let function = self.function(code, "flat_map")?;
                self.link(format!(".flatmap(_gear_{each}({function}))"));
            }
            Step::Accumulate(code) => {
                let function = self.function(code, "accumulate")?;
                if self.boxed {
                    self.boxed_fold("None", &function);
                } else {
                    self.link(format!(".accumulate({function})"));
                }
            }
            Step::Aggregate(zero, accumulator, combiner) => {
                let zero = self.zero(zero)?;
                let accumulator = self.function(accumulator, "aggregate")?;
                let combiner = self.function(combiner, "aggregate")?;
                self.aggregate(&zero, &accumulator, &combiner);
            }
            Step::Collect => self.link(".collect()"),
            Step::Repartition(key) => {
                let key = self.key(key, "repartition")?;
                self.link(format!(".repartition({key})"));
            }
            Step::LocalGroupBy(key, reducer) => {
                self.group(".localgroupby", "local_group_by", key, reducer)?;
            }
            Step::GroupBy(key, reducer) => self.group(".groupby", "group_by", key, reducer)?,
            Step::BatchGroupBy(key, reducer) => {
                let key = self.key(key, "batch_group_by")?;
                let reducer = self.function(reducer, "batch_group_by")?;
                if self.boxed {
                    self.link(format!(
                        ".batchgroupby({key}, _gear_boxed_batch({reducer}))"
                    ));
                    self.link(".map(_gear_boxed_group)");
                } else {
                    self.link(format!(".batchgroupby({key}, {reducer})"));
                }
            }
            Step::AggregateBy(key, zero, reducer, combiner) => {
                let key = self.function(key, "aggregate_by")?;
                let zero = self.zero(zero)?;
                let reducer = self.function(reducer, "aggregate_by")?;
                let combiner = self.function(combiner, "aggregate_by")?;
                self.aggregate_by(&key, &zero, &reducer, &combiner);
            }
            Step::CountBy(key) => {
                let key = self.optional(key.as_ref(), "count_by")?;
                self.count_by(key);
            }
            Step::Limit {
                start,
                count,
                per_shard,
            } => self.limit(*start, *count, *per_shard),
            Step::Sort(order, key) => {
                let sort = self.sort(*order, key.as_ref(), place)?;
                if self.boxed {
                    let take = "_gear_boxed_take(None)";
                    self.boxed_aggregate("[]", take, "_gear_boxed_join(None)");
                    self.boxed_unlist(&sort);
                } else {
                    self.link(".aggregate([], _gear_append, lambda some, others: some + others)");
                    self.link(format!(".flatmap({sort})"));
                }
            }
            Step::Distinct => self.distinct(place),
            Step::Avg(key) => {
                let key = self.optional(key.as_ref(), "avg")?;
                self.avg(key, place);
            }
            Step::Count => self.count(),
        }
        Ok(())
    }

    fn map(&mut self, function: &str) {
        let function = self.in_boxes("boxed_map", function.to_owned());
        self.link(format!(".map({function})"));
    }

    fn filter(&mut self, function: &str) {
        let function = self.in_boxes("boxed_test", function.to_owned());
        self.link(format!(".filter({function})"));
    }

    /// Writes a total of all shards.
    fn aggregate(&mut self, zero: &str, accumulator: &str, combiner: &str) {
        if self.boxed {
            self.boxed_aggregate(zero, accumulator, combiner);
            return;
        }
        self.need("fold");
        self.link(format!(".accumulate(_gear_fold({zero}, {accumulator}))"));
        self.link(".collect()");
        self.link(format!(
            ".accumulate(_gear_fold({zero}, {combiner}, _gear_unbox))"
        ));
        self.link(".map(_gear_unbox)");
    }

    /// Writes a total of each group.
    fn aggregate_by(&mut self, key: &str, zero: &str, reducer: &str, combiner: &str) {
        if self.boxed {
            self.boxed_group(".localgroupby", key, zero, reducer);
            self.boxed_regroup(zero, combiner);
            return;
        }
        self.need("fold_by");
        self.link(format!(
            ".localgroupby({key}, _gear_fold_by({zero}, {reducer}))"
        ));
        self.link(format!(
            ".groupby(lambda group: group['key'], _gear_fold_by({zero}, {combiner}, lambda group: group['value'][0]))"
        ));
        self.link(".map(_gear_unbox_group)");
    }

    fn group(&mut self, link: &str, name: &'static str, key: &Code, reducer: &Code) -> Result<()> {
        let key = self.function(key, name)?;
        let reducer = self.function(reducer, name)?;
        if self.boxed {
            self.boxed_group(link, &key, "None", &reducer);
        } else {
            self.link(format!("{link}({key}, {reducer})"));
        }
        Ok(())
    }

    fn count_by(&mut self, key: Option<String>) {
        if self.boxed {
            let key = key.unwrap_or_else(|| "lambda record: record".to_owned());
            let one_more = "lambda key, count, record: count + 1";
            self.boxed_group(".localgroupby", &key, "0", one_more);
            self.boxed_regroup("0", "lambda key, count, other: count + other");
        } else {
            self.link(format!(".countby({})", key.unwrap_or_default()));
        }
    }

    fn limit(&mut self, start: usize, count: usize, per_shard: bool) {
        let most = start.saturating_add(count);
        if self.boxed {
            let take = format!("_gear_boxed_take({most})");
            if per_shard {
                self.boxed_fold("[]", &take);
            } else {
                let join = format!("_gear_boxed_join({most})");
                self.boxed_aggregate("[]", &take, &join);
            }
            self.boxed_unlist(&format!("lambda records: records[{start}:{most}]"));
            return;
        }
        if !per_shard {
            // No shard needs to send more than that.
            self.link(limit(0, most));
            self.link(".collect()");
        }
        self.link(limit(start, count));
    }

    fn distinct(&mut self, place: &Location<'_>) {
        // What has no hash fails here, as the server's own step has no place.
        let spot = Spot::new(place, "distinct", ".distinct()");
        let hashed = self.spot(&spot, "record", "(hash(record), record)[1]");
        self.map(&hashed);
        if self.boxed {
            self.need("boxed_distinct");
            let join = "lambda some, others: some | others";
            self.boxed_aggregate("set()", "_gear_boxed_add", join);
            self.boxed_unlist("list");
        } else {
            self.link(".distinct()");
        }
    }

    fn avg(&mut self, key: Option<String>, place: &Location<'_>) {
        let (spot, number) = match key {
            // What cannot be divided fails here, as the server's own step has no place.
            Some(key) => {
                self.map(&key);
                (
                    Spot::new(place, "avg", ".avg(…)"),
                    "(record / 1, record)[1]",
                )
            }
            None => (Spot::new(place, "mean", ".mean()"), "float(record)"),
        };
        let number = self.spot(&spot, "record", number);
        if !self.boxed {
            self.link(format!(".avg({number})"));
            return;
        }
        self.need("boxed_mean");
        self.map(&number);
        self.boxed_aggregate("(0, 0)", "_gear_boxed_sum", "_gear_boxed_sums");
        self.map("lambda total: total[0] / total[1]");
    }

    fn count(&mut self) {
        if self.boxed {
            self.need("boxed_count");
            self.link(".accumulate(_gear_boxed_count)");
            self.link(".collect()");
            self.link(".accumulate(_gear_boxed_counts)");
        } else {
            self.link(".count()");
        }
    }

    fn optional(&mut self, code: Option<&Code>, step: &'static str) -> Result<Option<String>> {
        code.map(|code| self.function(code, step)).transpose()
    }

    fn key(&mut self, code: &Code, step: &'static str) -> Result<String> {
        let key = self.function(code, step)?;
        Ok(if self.boxed {
            self.need("boxed_group");
            format!("_gear_boxed_key({key})")
        } else {
            key
        })
    }

    /// Returns a function of records, or what a piece makes of it where they are in boxes.
    fn in_boxes(&mut self, piece: &'static str, function: String) -> String {
        if self.boxed {
            self.need(piece);
            format!("_gear_{piece}({function})")
        } else {
            function
        }
    }

    /// Writes the function of a step that has none of the user's alone.
    fn own(&mut self, step: &Step, place: &Location<'_>) -> Result<String> {
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

    /// Defines the function that sorts.
    fn sort(&mut self, order: Order, key: Option<&Code>, place: &Location<'_>) -> Result<String> {
        let descending = match order {
            Order::Ascending => "False",
            Order::Descending => "True",
        };
        // Servers take a list from its end, but the one of a box as it is.
        let end = if self.boxed { "" } else { "[::-1]" };
        let sorted = |key: &str| format!("sorted(records, key={key}, reverse={descending}){end}");
        if !self.boxed {
            self.need("sort");
        }
        match key {
            Some(key) => {
                let spot = Spot::new(place, "sort_by", format!(".sort_by(Order::{order:?}, …)"));
                self.spot_around(&spot, key, "records", sorted)
            }
            None => {
                let spot = Spot::new(place, "sort", format!(".sort(Order::{order:?})"));
                Ok(self.spot(&spot, "records", &sorted("None")))
            }
        }
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
