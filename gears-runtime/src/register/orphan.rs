//! What an application registered once and has no more.

use std::{fmt, time::Duration};

use super::{
    held::{Held, Identity, Look},
    held_library::{HeldLibrary, is_function_of},
    options::Prune,
    setup::Setup,
};
use crate::gear::{descriptor::Gear, maker::Maker};

/// A registration that an application made once, and of which its binary has no gear, or another version; or a
/// function of a library that it loaded once.
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
    /// The library that the function is in, for one of the server's.
    library: Option<String>,
    /// Whether Rust calls it, and not events or a command.
    is_called: bool,
    idle: Option<Duration>,
    pruned: bool,
}

impl Orphan {
    /// Returns the trigger, or the name of a gear that has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the fingerprint, where it is an older version of a gear that the application has.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Tells who registered it.
    pub fn maker(&self) -> &Maker {
        &self.maker
    }

    /// Returns the id of the registration; functions of the server's have none, theirs is the name of the library.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the library, for a function of the server's.
    pub fn library(&self) -> Option<&str> {
        self.library.as_deref()
    }

    /// Tells whether it is the same, on whichever primary of a cluster.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.library == other.library && self.name == other.name
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
            Prune::Unused => match self.idle {
                Some(idle) => idle >= setup.keep,
                // What events call has no callers that it could be kept for.
                None => !self.is_called,
            },
        }
    }
}

impl fmt::Display for Orphan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(version) = &self.version {
            write!(f, "@{version}")?;
        }
        if let Some(library) = &self.library {
            write!(f, "  in the library {library}")?;
        }
        write!(f, "  of {}", self.maker)
    }
}

/// Finds what the application registered and has no more, and says what is to go.
pub(super) fn orphans(gears: &[&'static Gear], look: &Look, setup: &Setup) -> Vec<Orphan> {
    let gives_way = |held: &Held| gears.iter().any(|gear| former(gear, held, setup));
    let of = |held: &Held| {
        let maker = held.maker.as_ref().filter(|maker| setup.is_own(maker))?;
        let (plain, version) = held.called();
        let gear = gears
            .iter()
            .find(|gear| held.is_version_of(gear, &setup.naming));
        let version = match gear {
            None if setup.is_stranger => Some(version.filter(|_| held.is_retired(&look.held))?),
            None => None,
            Some(gear) => Some(version.filter(|version| *version != gear.fingerprint())?),
        };
        let mut orphan = Orphan {
            name: plain.to_owned(),
            version: version.map(str::to_owned),
            maker: maker.clone(),
            id: held.id.clone(),
            library: None,
            is_called: matches!(held.identity, Identity::Trigger(_)),
            idle: held.idle,
            pruned: false,
        };
        orphan.pruned = orphan.is_to_go(setup);
        Some(orphan)
    };
    let left = look.held.iter().filter(|held| !gives_way(held));
    let mut all: Vec<Orphan> = left.filter_map(of).collect();
    for library in &look.libraries {
        all.extend(of_library(library, gears, setup));
    }
    all
}

/// Finds the functions of a library that the application loaded and has no more.
fn of_library(library: &HeldLibrary, gears: &[&'static Gear], setup: &Setup) -> Vec<Orphan> {
    // Of a function there is one version: a stranger cannot know that it is too old.
    let maker = library.maker().filter(|maker| setup.is_own(maker));
    let Some(maker) = maker.filter(|_| !setup.is_stranger) else {
        return Vec::new();
    };
    let functions = library.functions().iter();
    let lost = functions.filter(|name| {
        let is_one = |gear: &&'static Gear| is_function_of(name, gear, &setup.naming);
        !gears.iter().any(is_one)
    });
    let orphans = lost.map(|name| {
        let mut orphan = Orphan {
            name: name.clone(),
            version: None,
            maker: maker.clone(),
            id: library.name().to_owned(),
            library: Some(library.name().to_owned()),
            is_called: true,
            idle: None,
            pruned: false,
        };
        orphan.pruned = orphan.is_to_go(setup);
        orphan
    });
    orphans.collect()
}

/// Tells whether a registration is the same gear under another name: the one that it had before, or, when an
/// earlier version of the application comes back, the one that it had later.
pub(super) fn former(gear: &Gear, held: &Held, setup: &Setup) -> bool {
    let naming = &setup.naming;
    let was_this = |was| held.identity.is_named(gear, &naming.prefixed(was));
    if gear.was().is_some_and(was_this) {
        return true;
    }
    // First what is cheap: each gear is held against each registration.
    let is_later = |maker: &Maker| maker.former_name() == gear.trigger() && setup.is_own(maker);
    held.maker.as_ref().is_some_and(is_later)
        && held.kind() == gear.cause().registered_kind()
        && !held.identity.is_of(gear, naming)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gear::naming::Naming,
        register::{held::Identity, options::Options},
        server::{dialect::Dialect, known::Server},
    };

    const OLD: &str = "0011223344556677";
    const NEW: &str = "8899aabbccddeeff";

    /// What an application registered under a trigger, of the function that the digits stand for.
    fn held(id: &str, trigger: &str, application: &str, function: &str) -> Held {
        let by = format!("[by {application} 1.0.0 shop::quote 2026-11-30T01:42:16Z]");
        Held {
            id: id.to_owned(),
            identity: Identity::Trigger(trigger.to_owned()),
            maker: Maker::from_description(&by),
            description: Some(format!("{by} [gears {function}{OLD}]")),
            session: None,
            alone: true,
            version: None,
            newest: true,
            idle: None,
        }
    }

    fn version(id: &str, application: &str, function: &str, newest: bool) -> Held {
        Held {
            version: Some(function.to_owned()),
            newest,
            idle: Some(Duration::from_secs(7)),
            ..held(id, "quote", application, function)
        }
    }

    fn found(held: Vec<Held>, options: Options) -> Vec<(String, bool)> {
        let setup = Setup::new(&Naming::PLAIN, &options);
        let look = Look {
            server: Server {
                dialect: Dialect::Engine,
                version: None,
                shares: false,
                versions: true,
                functions: false,
            },
            held,
            libraries: Vec::new(),
        };
        let found = orphans(&[], &look, &setup).into_iter();
        found
            .map(|one| (one.id().to_owned(), one.is_pruned()))
            .collect()
    }

    fn shop() -> Options {
        Options::new().on_behalf_of("shop")
    }

    #[test]
    fn a_stranger_takes_only_older_versions_for_orphans() {
        let all = || {
            vec![
                version("1", "shop", OLD, false),
                version("2", "shop", NEW, true),
                version("3", "billing", OLD, false),
                held("4", "no-versions", "shop", OLD),
            ]
        };
        let one = |pruned| vec![("1".to_owned(), pruned)];
        assert_eq!(found(all(), shop()), one(false));
        assert_eq!(found(all(), shop().prune(Prune::Unused)), one(false));
        let soon = shop().prune(Prune::Unused).keep(Duration::from_secs(7));
        assert_eq!(found(all(), soon), one(true));
        assert_eq!(found(all(), shop().prune(Prune::All)), one(true));
        assert!(found(all(), Options::new().on_behalf_of("bakery")).is_empty());
        // The application itself would know what it has.
        let own = Options::new().application("shop").prune(Prune::All);
        assert_eq!(found(all(), own).len(), 3);
    }

    #[test]
    fn names_of_versions_are_told_apart_where_the_server_knows_of_none() {
        let all = |plain: Held| {
            vec![
                held("1", &format!("quote@{OLD}"), "shop", OLD),
                held("2", &format!("quote@{NEW}"), "shop", NEW),
                plain,
            ]
        };
        let options = || shop().prune(Prune::All);
        let newer = held("3", "quote", "shop", NEW);
        assert_eq!(found(all(newer), options()), [("1".to_owned(), true)]);
        // Nobody can tell which one is older than what somebody else has made.
        let others = held("3", "quote", "billing", NEW);
        assert!(found(all(others), options()).is_empty());
        assert!(found(all(held("3", "pay", "shop", NEW)), options()).is_empty());
        let unused = shop().prune(Prune::Unused);
        let newer = held("3", "quote", "shop", NEW);
        assert_eq!(found(all(newer), unused), [("1".to_owned(), false)]);
    }
}
