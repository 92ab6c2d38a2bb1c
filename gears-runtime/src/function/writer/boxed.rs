//! What steps on records in boxes have in common.

use super::Writer;

impl Writer {
    /// Writes a total of each shard.
    pub(super) fn boxed_fold(&mut self, zero: &str, function: &str) {
        self.need("boxed_fold");
        self.link(format!(".accumulate(_gear_boxed_fold({zero}, {function}))"));
        self.link(".flatmap(_gear_boxed_total)");
    }

    /// Writes a total of all shards.
    pub(super) fn boxed_aggregate(&mut self, zero: &str, function: &str, combiner: &str) {
        self.boxed_fold(zero, function);
        self.link(".collect()");
        self.boxed_fold(zero, combiner);
    }

    pub(super) fn boxed_group(&mut self, operation: &str, key: &str, zero: &str, reducer: &str) {
        self.need("boxed_group");
        self.link(format!(
            "{operation}(_gear_boxed_key({key}), _gear_boxed_reduce({zero}, {reducer}))"
        ));
        self.link(".map(_gear_boxed_group)");
    }

    /// Writes how the groups of shards become those of all.
    pub(super) fn boxed_regroup(&mut self, zero: &str, combiner: &str) {
        let combiner =
            format!("lambda key, total, group: ({combiner})(key, total, group['value'])");
        self.boxed_group(".groupby", "lambda group: group['key']", zero, &combiner);
    }

    pub(super) fn boxed_unlist(&mut self, order: &str) {
        self.need("boxed_list");
        self.link(format!(".flatmap(_gear_boxed_unlist({order}))"));
    }
}
