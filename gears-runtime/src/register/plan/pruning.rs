//! Removes what an application registered once and has no more.

use std::sync::Arc;

use redis::Value;

use super::{Step, Task, check_unregistered, known, unregistrations};
use crate::{
    error::Result,
    register::{
        held::Look,
        library::prunings,
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
        let look = Look::from_replies(&replies)?;
        let found = orphans(&known, &look, &self.setup);
        let mut commands: Vec<_> = unregistrations(&found).collect();
        commands.extend(prunings(&found, &look.libraries, &known, &self.setup));
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
