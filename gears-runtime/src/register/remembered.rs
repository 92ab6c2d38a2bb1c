//! What a connection registered, put back where the server has forgotten it.
//!
//! What somebody else has put there meanwhile stays: what is put back is what is missing.

use std::{any::Any, sync::Arc};

#[cfg(feature = "aio")]
use super::everywhere::run_async;
use super::{everywhere::run, plan::Registration, setup::Setup};
#[cfg(feature = "aio")]
use crate::connect::{gears::memory::Restoring, way::asynchronous};
use crate::{
    connect::{
        gears::{Gears, memory::Restore},
        way::Way,
    },
    error::Result,
    gear::{descriptor::Gear, naming::Naming},
    observe,
};

/// What was registered over a connection, in the order of registration.
#[derive(Default)]
struct Remembered {
    batches: Vec<Batch>,
}

/// Gears that were registered at once, with all that was said about them.
#[derive(Clone)]
struct Batch {
    gears: Vec<&'static Gear>,
    setup: Arc<Setup>,
}

impl Batch {
    fn has(&self, gear: &Gear) -> bool {
        self.gears.iter().any(|held| std::ptr::eq(*held, gear))
    }

    /// Leaves out those of these gears that have this prefix.
    fn leave_out(&mut self, gears: &[&'static Gear], prefix: &str) {
        if self.setup.naming.prefix() == prefix {
            let is_one = |held: &Gear| gears.iter().any(|gear| std::ptr::eq(*gear, held));
            self.gears.retain(|held| !is_one(held));
        }
    }

    fn task(&self) -> Result<Registration> {
        Registration::new(self.gears.clone(), self.setup.restoring())
    }
}

impl Restore for Remembered {
    fn has(&self, gear: &Gear, naming: &Naming) -> bool {
        let mut those = self
            .batches
            .iter()
            .filter(|batch| batch.setup.naming.prefix() == naming.prefix());
        those.any(|batch| batch.has(gear))
    }

    fn without(&self, gears: &[&'static Gear], prefix: &str) -> Arc<dyn Restore> {
        let mut batches = self.batches.clone();
        for batch in &mut batches {
            batch.leave_out(gears, prefix);
        }
        batches.retain(|batch| !batch.gears.is_empty());
        Arc::new(Self { batches })
    }

    fn restore(&self, gears: &Gears) -> Result<()> {
        let way = Way::Ours(gears.clone());
        for batch in &self.batches {
            observe::registration("register", || run(&way, || batch.task()))?;
        }
        Ok(())
    }

    #[cfg(feature = "aio")]
    fn restore_async<'a>(&'a self, gears: &'a Gears) -> Restoring<'a> {
        Box::pin(async {
            let way = asynchronous::Way::Ours(gears.clone());
            for batch in &self.batches {
                let task = run_async(&way, || batch.task());
                observe::registration_async("register", task).await?;
            }
            Ok(())
        })
    }
}

/// Remembers gears that were registered over a connection, with those before them.
pub(super) fn remember(gears: &Gears, registered: &[&'static Gear], setup: &Arc<Setup>) {
    gears.remember(|before| {
        let before: Option<Arc<dyn Any + Send + Sync>> = before.map(|before| before as _);
        let before = before.and_then(|before| before.downcast::<Remembered>().ok());
        let mut batches = before.map_or_else(Vec::new, |before| before.batches.clone());
        for batch in &mut batches {
            batch.leave_out(registered, setup.naming.prefix());
        }
        batches.retain(|batch| !batch.gears.is_empty());
        batches.push(Batch {
            gears: registered.to_vec(),
            setup: Arc::clone(setup),
        });
        Arc::new(Remembered { batches })
    });
}
