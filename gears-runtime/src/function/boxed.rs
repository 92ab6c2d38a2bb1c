//! Writes steps on records in boxes.

use std::panic::Location;

use super::{step::Step, writer::Writer};
use crate::{error::Result, python::spot::Spot};

impl Writer {
    /// Writes a step that passes empty boxes on; a count is the last one, and takes them out.
    pub(super) fn boxed_step(
        &mut self,
        step: &Step,
        place: &Location<'_>,
        chain: &mut Vec<String>,
    ) -> Result<()> {
        match step {
            Step::Map(code) => {
                let function = self.function(code, "map")?;
                self.boxed_map(&function, chain);
            }
            Step::Entry(_) | Step::Records | Step::Arguments(_) | Step::Apply(_) => {
                let function = self.own(step, place)?;
                self.boxed_map(&function, chain);
            }
            Step::Filter(code) => {
                let function = self.function(code, "filter")?;
                self.boxed_filter(&function, chain);
            }
            Step::Types(_) | Step::Events(_) => {
                let function = self.own(step, place)?;
                self.boxed_filter(&function, chain);
            }
            Step::ForEach(code) => {
                self.need("boxed_test");
                let function = self.function(code, "for_each")?;
                chain.push(format!(".foreach(_gear_boxed_test({function}))"));
            }
            Step::FlatMap(code) => {
                self.need("boxed_each");
                let function = self.function(code, "flat_map")?;
                chain.push(format!(".flatmap(_gear_boxed_each({function}))"));
            }
            Step::Accumulate(code) => {
                let function = self.function(code, "accumulate")?;
                self.boxed_fold("None", &function, chain);
            }
            Step::Aggregate(zero, accumulator, combiner) => {
                let zero = self.zero(zero)?;
                let accumulator = self.function(accumulator, "aggregate")?;
                let combiner = self.function(combiner, "aggregate")?;
                self.boxed_aggregate(&zero, &accumulator, &combiner, chain);
            }
            Step::Collect => chain.push(".collect()".to_owned()),
            Step::Repartition(key) => {
                self.need("boxed_group");
                let key = self.function(key, "repartition")?;
                chain.push(format!(".repartition(_gear_boxed_key({key}))"));
            }
            Step::LocalGroupBy(key, reducer) => {
                let (key, reducer) = (
                    self.function(key, "local_group_by")?,
                    self.function(reducer, "local_group_by")?,
                );
                self.boxed_group(".localgroupby", &key, "None", &reducer, chain);
            }
            Step::GroupBy(key, reducer) => {
                let (key, reducer) = (
                    self.function(key, "group_by")?,
                    self.function(reducer, "group_by")?,
                );
                self.boxed_group(".groupby", &key, "None", &reducer, chain);
            }
            Step::BatchGroupBy(key, reducer) => {
                self.need("boxed_group");
                let (key, reducer) = (
                    self.function(key, "batch_group_by")?,
                    self.function(reducer, "batch_group_by")?,
                );
                chain.push(format!(
                    ".batchgroupby(_gear_boxed_key({key}), _gear_boxed_batch({reducer}))"
                ));
                chain.push(".map(_gear_boxed_group)".to_owned());
            }
            Step::AggregateBy(key, zero, reducer, combiner) => {
                let key = self.function(key, "aggregate_by")?;
                let zero = self.zero(zero)?;
                let reducer = self.function(reducer, "aggregate_by")?;
                let combiner = self.function(combiner, "aggregate_by")?;
                self.boxed_group(".localgroupby", &key, &zero, &reducer, chain);
                self.boxed_regroup(&zero, &combiner, chain);
            }
            Step::CountBy(key) => {
                let key = match key {
                    Some(code) => self.function(code, "count_by")?,
                    None => "lambda record: record".to_owned(),
                };
                let one_more = "lambda key, count, record: count + 1";
                self.boxed_group(".localgroupby", &key, "0", one_more, chain);
                self.boxed_regroup("0", "lambda key, count, other: count + other", chain);
            }
            Step::Limit {
                start,
                count,
                per_shard,
            } => {
                let most = start.saturating_add(*count);
                let take = format!("_gear_boxed_take({most})");
                self.need("boxed_list");
                if *per_shard {
                    self.boxed_fold("[]", &take, chain);
                } else {
                    let join = format!("_gear_boxed_join({most})");
                    self.boxed_aggregate("[]", &take, &join, chain);
                }
                self.boxed_unlist(&format!("lambda records: records[{start}:{most}]"), chain);
            }
            Step::Sort(order, key) => {
                let sort = self.sort(*order, key.as_ref(), place, |key, descending| {
                    format!("sorted(records, key={key}, reverse={descending})")
                })?;
                self.need("boxed_list");
                let take = "_gear_boxed_take(None)";
                self.boxed_aggregate("[]", take, "_gear_boxed_join(None)", chain);
                self.boxed_unlist(&sort, chain);
            }
            Step::Distinct => {
                self.need("boxed_distinct");
                let join = "lambda some, others: some | others";
                self.boxed_aggregate("set()", "_gear_boxed_add", join, chain);
                self.boxed_unlist("list", chain);
            }
            Step::Avg(key) => {
                let key = match key {
                    Some(code) => self.function(code, "avg")?,
                    None => {
                        let spot = Spot::new(place, "avg", ".avg()");
                        self.spot(&spot, "record", "float(record)")
                    }
                };
                self.need("boxed_mean");
                self.boxed_map(&key, chain);
                self.boxed_aggregate("(0, 0)", "_gear_boxed_sum", "_gear_boxed_sums", chain);
                self.boxed_map("lambda total: total[0] / total[1]", chain);
            }
            Step::Count => {
                self.need("boxed_count");
                chain.push(".accumulate(_gear_boxed_count)".to_owned());
                chain.push(".collect()".to_owned());
                chain.push(".accumulate(_gear_boxed_counts)".to_owned());
            }
        }
        Ok(())
    }

    fn boxed_map(&mut self, function: &str, chain: &mut Vec<String>) {
        self.need("boxed_map");
        chain.push(format!(".map(_gear_boxed_map({function}))"));
    }

    fn boxed_filter(&mut self, function: &str, chain: &mut Vec<String>) {
        self.need("boxed_test");
        chain.push(format!(".filter(_gear_boxed_test({function}))"));
    }

    /// Writes a total of each shard.
    fn boxed_fold(&mut self, zero: &str, function: &str, chain: &mut Vec<String>) {
        self.need("boxed_fold");
        chain.push(format!(".accumulate(_gear_boxed_fold({zero}, {function}))"));
        chain.push(".flatmap(_gear_boxed_total)".to_owned());
    }

    /// Writes a total of all shards.
    fn boxed_aggregate(
        &mut self,
        zero: &str,
        function: &str,
        combiner: &str,
        chain: &mut Vec<String>,
    ) {
        self.boxed_fold(zero, function, chain);
        chain.push(".collect()".to_owned());
        self.boxed_fold(zero, combiner, chain);
    }

    fn boxed_group(
        &mut self,
        operation: &str,
        key: &str,
        zero: &str,
        reducer: &str,
        chain: &mut Vec<String>,
    ) {
        self.need("boxed_group");
        chain.push(format!(
            "{operation}(_gear_boxed_key({key}), _gear_boxed_reduce({zero}, {reducer}))"
        ));
        chain.push(".map(_gear_boxed_group)".to_owned());
    }

    /// Writes how the groups of shards become those of all.
    fn boxed_regroup(&mut self, zero: &str, combiner: &str, chain: &mut Vec<String>) {
        let combiner =
            format!("lambda key, total, group: ({combiner})(key, total, group['value'])");
        self.boxed_group(
            ".groupby",
            "lambda group: group['key']",
            zero,
            &combiner,
            chain,
        );
    }

    fn boxed_unlist(&mut self, order: &str, chain: &mut Vec<String>) {
        self.need("boxed_list");
        chain.push(format!(".flatmap(_gear_boxed_unlist({order}))"));
    }
}
