//! A function in stages: what happens on one shard, and where the records go then.

use std::sync::Arc;

use gears_model::plan::{Callback, Step};

use crate::plan::Function;

/// Where the records go behind a stage.
#[derive(Clone, Copy)]
pub(super) enum Edge {
    /// To the shard that drives the function.
    ToCaller,
    /// Each to the shard of the key that this finds.
    ByKey(Callback),
    /// Nowhere: what the caller's shard has is the result.
    End,
}

/// Steps that run where their records are.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) function: Arc<Function>,
    pub(super) edge: Edge,
}

/// Cuts a function at the steps where records leave their shard; the last stage has no edge.
pub(super) fn stages(function: &Function) -> Vec<Stage> {
    let mut stages = Vec::new();
    let mut steps = Vec::new();
    let mut cut = |steps: &mut Vec<Step>, edge| {
        let function = Arc::new(function.with_plan(std::mem::take(steps)));
        stages.push(Stage { function, edge });
    };
    for step in function.plan() {
        match step {
            Step::Collect => cut(&mut steps, Edge::ToCaller),
            Step::Repartition { extractor } => cut(&mut steps, Edge::ByKey(*extractor)),
            Step::Group {
                extractor,
                moves: true,
                ..
            }
            | Step::BatchGroup { extractor, .. } => {
                cut(&mut steps, Edge::ByKey(*extractor));
                steps.push(step.clone());
            }
            other => steps.push(other.clone()),
        }
    }
    cut(&mut steps, Edge::End);
    stages
}
