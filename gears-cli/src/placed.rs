//! Registrations, and the shards that have them.

use std::ops::Deref;

use gears_runtime::{
    Gears,
    data::{ReaderArgs, Registration, RegistrationData, RegistrationId},
};

use crate::{
    failure::Result,
    json, registration,
    shard::{self, Shard},
};

/// What is registered in the same way on one shard or more, with the counts of all of them.
pub(crate) struct Placed {
    registration: Registration,
    places: Vec<Place>,
    /// How many shards there are.
    pub(crate) shards: usize,
    /// Whether it is one for all shards, by one id.
    is_shared: bool,
}

/// Where something is registered, and by which id.
pub(crate) struct Place {
    pub(crate) shard: Shard,
    pub(crate) id: RegistrationId,
}

impl Deref for Placed {
    type Target = Registration;

    fn deref(&self) -> &Registration {
        &self.registration
    }
}

impl Placed {
    /// Returns where it is.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Does something to it on each shard that has it; once, where they share it.
    ///
    /// # Errors
    ///
    /// One of them refuses; those before it have done it.
    pub(crate) fn each(
        &self,
        act: impl Fn(&Gears, &RegistrationId) -> gears_runtime::Result<()>,
    ) -> gears_runtime::Result<()> {
        let count = if self.is_shared { 1 } else { self.places.len() };
        let mut places = self.places.iter().take(count);
        places.try_for_each(|place| act(&place.shard.gears, &place.id))
    }

    /// Tells whether it is called so: by its id on some shard, or by the number of that.
    pub(crate) fn has_id(&self, wanted: &str) -> bool {
        self.places.iter().any(|place| {
            let number = place.id.sequence().map(|number| number.to_string());
            place.id.as_str() == wanted
                || place.shard.qualify(place.id.as_str()) == wanted
                || number.as_deref() == Some(wanted)
        })
    }

    /// Tells whether another shard has registered the same.
    fn is_same(&self, other: &Registration, shard: &Shard) -> bool {
        if self.is_shared {
            return self.id == other.id;
        }
        // Twice on one shard is meant to be twice.
        self.places.iter().all(|place| place.shard.id != shard.id)
            && registration::is_same(self, other)
    }
}

/// Reads what is registered, from all shards.
///
/// # Errors
///
/// One of them does not tell.
pub(crate) fn all(gears: &Gears) -> Result<Vec<Placed>> {
    let shards = shard::apart(gears)?;
    let (count, is_shared) = (shards.len(), shard::share(&shards)?);
    let mut all: Vec<Placed> = Vec::new();
    for shard in shards {
        for one in shard.gears.dump_registrations()? {
            let place = Place {
                shard: shard.clone(),
                id: one.id.clone(),
            };
            match all.iter_mut().find(|placed| placed.is_same(&one, &shard)) {
                Some(placed) => {
                    add(&mut placed.registration.data, &one.data);
                    placed.places.push(place);
                }
                None => all.push(Placed {
                    registration: one,
                    places: vec![place],
                    shards: count,
                    is_shared,
                }),
            }
        }
    }
    Ok(all)
}

/// Adds the counts of another shard; what nobody calls is idle since the last call on any of them.
fn add(sum: &mut RegistrationData, other: &RegistrationData) {
    sum.num_triggered += other.num_triggered;
    sum.num_success += other.num_success;
    sum.num_failures += other.num_failures;
    sum.num_aborted += other.num_aborted;
    if let (ReaderArgs::Command(ours), ReaderArgs::Command(theirs)) = (&mut sum.args, &other.args)
        && let (Some(ours), Some(theirs)) = (&mut ours.idle_ms, theirs.idle_ms)
    {
        *ours = theirs.min(*ours);
    }
    if let (Some(ours), Some(theirs)) = (&mut sum.num_dropped, other.num_dropped) {
        *ours += theirs;
    }
    if let (Some(ours), Some(theirs)) =
        (&mut sum.total_run_duration_ms, other.total_run_duration_ms)
    {
        *ours += theirs;
    }
    if sum.last_error.is_none() {
        sum.last_error.clone_from(&other.last_error);
    }
    let ended = sum.num_success + sum.num_failures + sum.num_aborted;
    if let (Some(total), true) = (sum.total_run_duration_ms, ended > 0) {
        #[allow(clippy::cast_precision_loss, reason = "it is shown with one digit")]
        let average = total as f64 / ended as f64;
        sum.avg_run_duration_ms = Some(average);
    }
}

/// Writes it for programs, with its id on each shard where there are several.
pub(crate) fn to_json(placed: &Placed) -> serde_json::Value {
    let mut written = json::of_registration(placed);
    if placed.shards > 1 {
        let places = placed.places.iter();
        let places = places.map(|place| {
            let shard = place.shard.id.clone().unwrap_or_default();
            (shard, place.id.as_str().into())
        });
        written["shards"] = serde_json::Value::Object(places.collect());
    }
    written
}

/// Says which shards lack something that others have, for a person; `None` where none does.
pub(crate) fn lacking(all: &[Placed]) -> Option<String> {
    let lacking: Vec<_> = all
        .iter()
        .filter(|placed| placed.places.len() < placed.shards)
        .map(|placed| registration::name(placed))
        .collect();
    (!lacking.is_empty()).then(|| lacking.join(", "))
}
