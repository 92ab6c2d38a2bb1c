//! A function in stages: what happens on one shard, and where the records go then.

use std::sync::Arc;

use gears_model::plan::{Callback, Step};

use super::Function;

/// Where the records go behind a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// To the shard that drives the function.
    ToDriver,
    /// Each to the shard of the key that this finds.
    ByKey(Callback),
    /// Nowhere: they are what comes out, on each shard.
    End,
}

/// Steps that run where their records are.
pub(crate) struct Stage {
    pub(crate) function: Arc<Function>,
    pub(crate) edge: Edge,
    /// Which step of the whole function the first one is.
    pub(crate) first: usize,
    /// Whether it runs on all shards; else on the one that drives the function.
    pub(crate) is_everywhere: bool,
}

/// Cuts a function at the steps where records leave their shard.
pub(super) fn stages(function: &Function) -> Vec<Stage> {
    let mut cut = Cut {
        function,
        stages: Vec::new(),
        steps: Vec::new(),
        first: 0,
        is_everywhere: true,
    };
    for (place, step) in function.plan().iter().enumerate() {
        match step {
            // Behind another one all records are there already.
            Step::Collect if cut.is_everywhere => cut.at(Edge::ToDriver, place + 1),
            Step::Repartition { extractor } => cut.at(Edge::ByKey(*extractor), place + 1),
            Step::Group {
                extractor,
                moves: true,
                ..
            }
            | Step::BatchGroup { extractor, .. } => {
                cut.at(Edge::ByKey(*extractor), place);
                cut.steps.push(step.clone());
            }
            other => cut.steps.push(other.clone()),
        }
    }
    cut.at(Edge::End, function.plan().len());
    cut.stages
}

struct Cut<'a> {
    function: &'a Function,
    stages: Vec<Stage>,
    steps: Vec<Step>,
    first: usize,
    is_everywhere: bool,
}

impl Cut<'_> {
    fn at(&mut self, edge: Edge, next: usize) {
        let steps = std::mem::take(&mut self.steps);
        self.stages.push(Stage {
            function: Arc::new(self.function.with_plan(steps)),
            edge,
            first: self.first,
            is_everywhere: self.is_everywhere,
        });
        self.first = next;
        self.is_everywhere = edge != Edge::ToDriver;
    }
}

#[cfg(test)]
mod tests {
    use gears_model::plan::CallbackId;

    use super::*;

    #[test]
    fn a_function_is_cut_where_records_leave_their_shard() {
        let extractor = Callback::Script(CallbackId(0));
        let plan = vec![
            Step::Map(extractor),
            Step::Repartition { extractor },
            Step::Collect,
            Step::Limit { start: 0, count: 1 },
        ];
        let function = Function::default().with_plan(plan);
        let stages: Vec<_> = stages(&function)
            .iter()
            .map(|stage| {
                (
                    stage.function.plan().len(),
                    stage.edge,
                    stage.first,
                    stage.is_everywhere,
                )
            })
            .collect();
        let expected = [
            (1, Edge::ByKey(extractor), 0, true),
            (0, Edge::ToDriver, 2, true),
            (1, Edge::End, 3, false),
        ];
        assert_eq!(stages, expected);
    }
}
