//! Removes what an application registered once and has no more.

use std::sync::Arc;

use redis::Value;

use super::{Step, Task, check_unregistered, known, unregister_id};
use crate::{
    error::Result,
    register::{
        held::Look,
        orphan::{Orphan, orphans},
        setup::Setup,
    },
};

/// Removes orphans, as the setup says.
pub(crate) struct Pruning {
    setup: Arc<Setup>,
    found: Option<Vec<Orphan>>,
}

impl Pruning {
    pub(crate) fn new(setup: Arc<Setup>) -> Self {
        Self { setup, found: None }
    }
}

impl Task for Pruning {
    type Output = Vec<Orphan>;
    const REGISTERS: bool = false;

    fn receive(&mut self, replies: Vec<Value>) -> Result<Step<Vec<Orphan>>> {
        if let Some(found) = self.found.take() {
            check_unregistered(&replies)?;
            return Ok(Step::Done(found));
        }
        let known = known(&[], &self.setup);
        let found = orphans(&known, &Look::from_replies(&replies)?, &self.setup);
        let going = found.iter().filter(|orphan| orphan.is_pruned());
        let commands: Vec<_> = going.map(|orphan| unregister_id(orphan.id())).collect();
        if commands.is_empty() {
            return Ok(Step::Done(found));
        }
        self.found = Some(found);
        Ok(Step::Send(commands))
    }

    fn followed(self) -> Option<Vec<Orphan>> {
        self.found
    }
}
