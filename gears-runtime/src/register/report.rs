//! What registration did, gear by gear.

use std::{collections::BTreeMap, fmt};

use super::orphan::Orphan;
use crate::{
    error::DuplicateTrigger,
    gear::{descriptor::Gear, maker::Maker},
    observe::Changes,
};

/// Says what became of each gear; `C` is what can become of one.
///
/// Its text is a table for people. In a cluster it tells of all primaries together: a gear that one of them
/// lacked counts as registered, though the others had it.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Change, Gears, Report, Result, embedded, gear_command, register_all};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// let report: Report<Change> = register_all(&gears)?;
/// assert_eq!(report.get("double"), Some(Change::Registered));
/// assert!(report.to_string().starts_with("registered  double  "));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Report<C> {
    entries: Vec<(&'static Gear, C)>,
    orphans: Vec<Orphan>,
    conflicts: Vec<DuplicateTrigger>,
    /// Who made what was there, by the gear's trigger.
    former: BTreeMap<&'static str, Maker>,
}

/// Says what [`register_all`](crate::register_all) did to each gear.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// # use gears_runtime::{Gears, Result, embedded, gear_command, register_all, Registered};
/// # #[gear_command]
/// # fn double(number: i64) -> Result<i64> {
/// #     "return 2 * number"
/// # }
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// /// Tells whether the server was behind.
/// fn changed_something(registered: &Registered) -> bool {
///     registered.count(gears_runtime::Change::Unchanged) < registered.len()
/// }
/// assert!(changed_something(&register_all(&gears)?));
/// assert!(!changed_something(&register_all(&gears)?));
/// # Ok(())
/// # }
/// ```
pub type Registered = Report<Change>;

/// Says what [`unregister_all`](crate::unregister_all) did to each gear.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// # use gears_runtime::{Gears, Removal, Result, Unregistered, embedded, gear_command, unregister_all};
/// # #[gear_command]
/// # fn double(number: i64) -> Result<i64> {
/// #     "return 2 * number"
/// # }
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// let unregistered: Unregistered = unregister_all(&gears)?;
/// for (gear, removal) in unregistered.iter() {
///     println!("{}: {removal}", gear.trigger());
/// }
/// assert_eq!(unregistered.count(Removal::Absent), 1);
/// # Ok(())
/// # }
/// ```
pub type Unregistered = Report<Removal>;

/// Says what registration did to a gear.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// # use gears_runtime::{Change, Gears, Result, embedded, gear_command, plan_all, register_all};
/// # #[gear_command]
/// # fn double(number: i64) -> Result<i64> {
/// #     "return 2 * number"
/// # }
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// assert_eq!(plan_all(&gears)?.get("double"), Some(Change::Registered));
/// register_all(&gears)?;
/// assert_eq!(plan_all(&gears)?.get("double"), Some(Change::Unchanged));
/// assert_eq!(Change::Unchanged.to_string(), "unchanged");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// The server did not have it, and has it now.
    Registered,
    /// The server had it already.
    Unchanged,
    /// The server had the same function, from another line or an older client; it is up to date now.
    Updated,
    /// The server had a different function, which gave way: an earlier version of the application's own, or somebody
    /// else's (`replace = true`).
    Replaced,
    /// The server has a different function, which stays (`replace = false`).
    Kept,
    /// The server has somebody else's function, and `replace` does not say what to do; only in plans.
    Refused,
}

/// Says what unregistration did to a gear.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// # use gears_runtime::{Gears, Removal, Result, Script, embedded, gear_command, unregister_all};
/// # #[gear_command]
/// # fn double(number: i64) -> Result<i64> {
/// #     "return 2 * number"
/// # }
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// # let gears = Gears::connect(server.url())?;
/// // Somebody else has the trigger.
/// gears.execute(&Script::from_source("GB('CommandReader').register(trigger='double')"))?;
/// assert_eq!(unregister_all(&gears)?.get("double"), Some(Removal::Foreign));
/// assert_eq!(gears.dump_registrations()?.len(), 1, "it stays");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Removal {
    /// The server had it, and has it no more.
    Unregistered,
    /// The server did not have it.
    Absent,
    /// The trigger belongs to something that gears-runtime did not register; it stays.
    Foreign,
}

/// What came of several primaries of a cluster, told as one.
pub(crate) trait Merged: Sized {
    fn merge(self, other: Self) -> Self;
}

/// What became of a gear on several primaries: what matters most is told.
trait Weight {
    fn weight(self) -> u8;
}

impl Merged for Change {
    fn merge(self, other: Self) -> Self {
        if other.weight() > self.weight() {
            other
        } else {
            self
        }
    }
}

/// How many there were: the same ones on every primary.
impl Merged for usize {
    fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Orphans by their ids: shards that share registrations tell the same ones.
impl Merged for Vec<Orphan> {
    fn merge(mut self, other: Self) -> Self {
        for orphan in other {
            if !self.iter().any(|one| one.is_same(&orphan)) {
                self.push(orphan);
            }
        }
        self
    }
}

impl<C: Copy + Weight> Merged for Report<C> {
    fn merge(mut self, other: Self) -> Self {
        self.orphans = self.orphans.merge(other.orphans);
        for conflict in other.conflicts {
            if !self.conflicts.contains(&conflict) {
                self.conflicts.push(conflict);
            }
        }
        for (trigger, maker) in other.former {
            self.former.entry(trigger).or_insert(maker);
        }
        for ((_, ours), (_, theirs)) in self.entries.iter_mut().zip(other.entries) {
            if theirs.weight() > ours.weight() {
                *ours = theirs;
            }
        }
        self
    }
}

impl Weight for Change {
    fn weight(self) -> u8 {
        match self {
            Self::Unchanged => 0,
            Self::Kept => 1,
            Self::Registered => 2,
            Self::Updated => 3,
            Self::Replaced => 4,
            Self::Refused => 5,
        }
    }
}

impl Weight for Removal {
    fn weight(self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Foreign => 1,
            Self::Unregistered => 2,
        }
    }
}

impl<C: Copy + PartialEq> Report<C> {
    pub(crate) fn new(entries: Vec<(&'static Gear, C)>) -> Self {
        Self {
            entries,
            orphans: Vec::new(),
            conflicts: Vec::new(),
            former: BTreeMap::new(),
        }
    }

    pub(crate) fn with_former(mut self, former: BTreeMap<&'static str, Maker>) -> Self {
        self.former = former;
        self
    }

    pub(crate) fn with_orphans(mut self, orphans: Vec<Orphan>) -> Self {
        self.orphans = orphans;
        self
    }

    pub(crate) fn with_conflicts(mut self, conflicts: Vec<DuplicateTrigger>) -> Self {
        self.conflicts = conflicts;
        self
    }

    /// Returns the triggers of gears that are [`Change::Refused`], each with whose function the server has; only in plans.
    pub fn conflicts(&self) -> &[DuplicateTrigger] {
        &self.conflicts
    }

    /// Returns who made what the server had in the place of the gear with this trigger, when it was looked at.
    ///
    /// `None`: there was nothing, or it does not say, as what other clients and older versions of this crate have
    /// registered.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Gears, Options, Result, embedded, gear_command, plan, register};
    /// # #[gear_command]
    /// # fn double(number: i64) -> Result<i64> {
    /// #     "return 2 * number"
    /// # }
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let shop = Options::new().application("shop");
    /// assert!(register(&gears, &shop)?.former("double").is_none());
    /// let plan = plan(&gears, &shop.version("2.0.0"))?;
    /// assert_eq!(plan.former("double").unwrap().application(), "shop");
    /// # Ok(())
    /// # }
    /// ```
    pub fn former(&self, trigger: &str) -> Option<&Maker> {
        self.former.get(trigger)
    }

    /// Returns what the application registered once and has no more: gears that it lost, and older versions.
    pub fn orphans(&self) -> &[Orphan] {
        &self.orphans
    }

    /// Returns every gear with what became of it, sorted by trigger.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static Gear, C)> + '_ {
        self.entries.iter().copied()
    }

    /// Returns what became of the gear with this trigger.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Change, Gears, Result, embedded, gear_command, register_all};
    /// # #[gear_command]
    /// # fn double(number: i64) -> Result<i64> {
    /// #     "return 2 * number"
    /// # }
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let report = register_all(&gears)?;
    /// assert_eq!(report.get("double"), Some(Change::Registered));
    /// assert_eq!(report.get("treble"), None, "there is no such gear in this binary");
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, trigger: &str) -> Option<C> {
        self.iter()
            .find(|(gear, _)| gear.trigger() == trigger)
            .map(|(_, change)| change)
    }

    /// Returns the number of gears of which this became.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// # use gears_runtime::{Change, Gears, Result, embedded, gear_command, register_all};
    /// # #[gear_command]
    /// # fn double(number: i64) -> Result<i64> {
    /// #     "return 2 * number"
    /// # }
    /// # fn main() -> Result<()> {
    /// # let server = embedded::Server::start()?;
    /// # let gears = Gears::connect(server.url())?;
    /// let report = register_all(&gears)?;
    /// println!("{} gears are new", report.count(Change::Registered));
    /// assert_eq!(report.count(Change::Replaced), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn count(&self, change: C) -> usize {
        self.iter().filter(|(_, became)| *became == change).count()
    }

    /// Returns the number of gears.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there was no gear at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<C: Copy + PartialEq + fmt::Display> Changes for Report<C> {
    #[cfg(feature = "tracing")]
    fn changes(&self) -> impl ExactSizeIterator<Item = (&'static Gear, impl fmt::Display)> {
        self.iter()
    }
}

impl<C: Copy + PartialEq + fmt::Display> fmt::Display for Report<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: &str| text.chars().count();
        let changes = self
            .iter()
            .map(|(_, change)| width(&change.to_string()))
            .max();
        let triggers = self.iter().map(|(gear, _)| width(gear.trigger())).max();
        let (changes, triggers) = (changes.unwrap_or_default(), triggers.unwrap_or_default());
        if self.entries.is_empty() {
            f.write_str("no gears are linked into this binary")?;
        }
        for (index, (gear, change)) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(
                f,
                "{:<changes$}  {:<triggers$}  {}",
                change.to_string(),
                gear.trigger(),
                gear.file()
            )?;
            if let Some(line) = gear.line() {
                write!(f, ":{line}")?;
            }
            if let Some(maker) = self.former(gear.trigger()) {
                write!(f, "  of {}", maker.release())?;
            }
        }
        for orphan in &self.orphans {
            let what = if orphan.is_pruned() {
                "pruned"
            } else {
                "orphaned"
            };
            write!(f, "\n{what:<changes$}  {orphan}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registered => "registered",
            Self::Unchanged => "unchanged",
            Self::Updated => "updated",
            Self::Replaced => "replaced",
            Self::Kept => "kept",
            Self::Refused => "refused",
        })
    }
}

impl fmt::Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unregistered => "unregistered",
            Self::Absent => "absent",
            Self::Foreign => "foreign",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gear::sample;

    #[test]
    fn report_is_a_table() {
        let mut parts = sample::parts();
        parts.trigger = "hi";
        parts.line = None;
        let report = Report::new(vec![
            (sample::leaked(sample::parts()), Change::Registered),
            (sample::leaked(parts), Change::Kept),
        ]);
        insta::assert_snapshot!(report);
        assert_eq!(report.get("hi"), Some(Change::Kept));
        assert_eq!(report.count(Change::Registered), 1);
    }
}
