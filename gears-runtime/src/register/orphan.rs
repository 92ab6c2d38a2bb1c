//! What an application registered once and has no more.

use std::{fmt, time::Duration};

use super::{
    held::{Held, Look},
    options::Prune,
    setup::Setup,
};
use crate::gear::{descriptor::Gear, maker::Maker};

/// A registration that an application made once, and of which its binary has no gear, or another version.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Options, Prune, Result, Script, embedded, plan_all, prune};
///
/// # fn main() -> Result<()> {
/// # let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let shop = Options::new().application("shop");
/// // What an earlier version of the shop registered.
/// # gears.execute(&Script::from_source(
/// #     "GB('CommandReader', desc='[by shop 1.0.0 shop::quote 2026-11-30T00:00:00Z] \
/// #      [gears 00112233445566778899aabbccddeeff]').register(trigger='quote')"))?;
/// let orphans = prune(&gears, &shop.prune(Prune::All))?;
/// assert_eq!(orphans[0].name(), "quote");
/// assert!(orphans[0].is_pruned());
/// assert!(gears.dump_registrations()?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    name: String,
    version: Option<String>,
    maker: Maker,
    id: String,
    idle: Option<Duration>,
    pruned: bool,
}

impl Orphan {
    /// Returns the trigger, or the name of a gear that has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the fingerprint, where it is another version of a gear that the binary has.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Tells who registered it.
    pub fn maker(&self) -> &Maker {
        &self.maker
    }

    /// Returns the id of the registration.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns how long it has not been called; `None` where the server does not tell.
    pub fn idle(&self) -> Option<Duration> {
        self.idle
    }

    /// Tells whether it was removed.
    pub fn is_pruned(&self) -> bool {
        self.pruned
    }

    fn is_to_go(&self, setup: &Setup) -> bool {
        match setup.prune {
            Prune::Never => false,
            Prune::All => true,
            // What events call has no callers that could be asked.
            Prune::Unused if self.version.is_none() && self.idle.is_none() => true,
            Prune::Unused => self.idle.is_some_and(|idle| idle >= setup.keep),
        }
    }
}

impl fmt::Display for Orphan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(version) = &self.version {
            write!(f, "@{version}")?;
        }
        write!(f, "  of {}", self.maker)
    }
}

/// Finds what the application registered and has no more, and says what is to go.
pub(super) fn orphans(gears: &[&'static Gear], look: &Look, setup: &Setup) -> Vec<Orphan> {
    let gives_way = |held: &Held| gears.iter().any(|gear| former(gear, held, setup));
    let of = |held: &Held| {
        let maker = held.maker().filter(|maker| setup.is_own(maker))?;
        let (plain, version) = held.called();
        let gear = gears
            .iter()
            .find(|gear| held.plain().is_of(gear, &setup.naming));
        let version = match gear {
            None => None,
            Some(gear) => Some(version.filter(|version| *version != gear.fingerprint())?),
        };
        let mut orphan = Orphan {
            name: plain.to_owned(),
            version: version.map(str::to_owned),
            maker,
            id: held.id.clone(),
            idle: held.idle,
            pruned: false,
        };
        orphan.pruned = orphan.is_to_go(setup);
        Some(orphan)
    };
    let left = look.held.iter().filter(|held| !gives_way(held));
    left.filter_map(of).collect()
}

/// Tells whether a registration is the same gear under another name: the one that it had before, or, when an
/// earlier version of the application comes back, the one that it had later.
pub(super) fn former(gear: &Gear, held: &Held, setup: &Setup) -> bool {
    let naming = &setup.naming;
    let was_this = |was| held.identity.is_named(gear, &naming.prefixed(was));
    if gear.was().is_some_and(was_this) {
        return true;
    }
    let is_later = |maker: Maker| setup.is_own(&maker) && maker.former_name() == gear.trigger();
    held.kind() == gear.cause().kind()
        && !held.identity.is_of(gear, naming)
        && held.maker().is_some_and(is_later)
}
