//! What an application says about the registration of its gears as a whole.

use std::time::Duration;

use crate::gear::{descriptor::Gear, registry};

/// How long a version that nobody calls stays, unless something else is said.
pub(super) const KEEP: Duration = Duration::from_secs(60 * 60);

/// Says how the gears of a binary are registered; the defaults are those of [`register_all`](crate::register_all).
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Options, Prune, Result, embedded, gear_command, register};
///
/// #[gear_command]
/// fn double(number: i64) -> Result<i64> {
///     "return 2 * number"
/// }
///
/// # fn main() -> Result<()> {
/// let server = embedded::Server::start()?;
/// let gears = Gears::connect(server.url())?;
/// let options = Options::new().application("shop").prefix("staging:").prune(Prune::Unused);
/// register(&gears, &options)?;
/// assert_eq!(double(21)?, 42);
/// assert_eq!(gears.dump_registrations()?[0].maker().unwrap().application(), "shop");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(super) replace: Option<bool>,
    pub(super) prune: Prune,
    pub(super) application: Option<String>,
    pub(super) version: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) pinned: Option<bool>,
    pub(super) keep: Option<Duration>,
    /// Whether the binary is not the application itself.
    pub(super) is_stranger: bool,
    only: Vec<String>,
}

/// Says what becomes of what an application registered once and has no more.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Options, Prune};
///
/// // Old versions go at the next deploy, unless a process still calls them.
/// let options = Options::new().prune(Prune::Unused);
/// assert_ne!(options, Options::new(), "unless told so, nothing is removed");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Prune {
    /// It is reported and stays.
    #[default]
    Never,
    /// It is removed, but for functions that were called within [`Options::keep`].
    ///
    /// A server that does not tell when a function was called, such as genuine RedisGears, keeps all that are called
    /// by a trigger; none tells it of functions in libraries.
    Unused,
    /// It is removed, also what processes of an older version of the application may call yet.
    All,
}

impl Options {
    /// Begins with the defaults.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Options, Prune};
    ///
    /// assert_eq!(Options::new(), Options::default());
    /// assert_eq!(Options::new().prune(Prune::Never), Options::new());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what becomes of somebody else's function under the trigger of a gear that does not say so itself.
    ///
    /// `true` takes the trigger over, `false` leaves it, and the stub calls that function. Unless this is said, it is an error.
    /// The application's own earlier version gives way in any case, unless `false` is said.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Options, register};
    ///
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
    /// // The shop takes over what the billing service had.
    /// register(&gears, &Options::new().replace(true))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = Some(replace);
        self
    }

    /// Removes what this application registered once and has no more.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Options, Prune, register};
    ///
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
    /// register(&gears, &Options::new().prune(Prune::Unused))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn prune(mut self, prune: Prune) -> Self {
        self.prune = prune;
        self
    }

    /// Names the application, by which its registrations are told from those of others.
    ///
    /// Unless it is said, it is the name of the running program.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Options, register};
    ///
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
    /// // The web server and the worker own the gears together.
    /// register(&gears, &Options::new().application("shop"))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.application = Some(name.into());
        self
    }

    /// Names an application that this binary is not, such as for tools that look after a server.
    ///
    /// As nothing here says which gears that application has, none are registered or unregistered. Of what it
    /// registered, only older versions count as what it has no more: those that left their plain trigger to a newer one.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Gears, Options, Prune, prune};
    ///
    /// let gears = Gears::connect("redis://127.0.0.1/")?;
    /// // Whatever processes of the shop are of an older version have ended.
    /// prune(&gears, &Options::new().on_behalf_of("shop").prune(Prune::All))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn on_behalf_of(mut self, application: impl Into<String>) -> Self {
        self.is_stranger = true;
        self.application(application)
    }

    /// Means the gears with these triggers or names alone; all others are left as they are.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Gears, Options, register};
    ///
    /// let gears = Gears::connect("redis://127.0.0.1/")?;
    /// register(&gears, &Options::new().only(["quote"]).replace(true))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn only<T: Into<String>>(mut self, triggers: impl IntoIterator<Item = T>) -> Self {
        self.only.extend(triggers.into_iter().map(Into::into));
        self
    }

    /// Says the version of the application, for people who list registrations.
    ///
    /// Unless it is said, it is the version of the crate that holds the gear.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Options, register};
    ///
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
    /// register(&gears, &Options::new().version(env!("CARGO_PKG_VERSION")))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Puts a prefix before triggers and names; see [`Gears::with_prefix`](crate::Gears::with_prefix).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Options, register};
    ///
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
    /// // `quote` is `staging:quote` on the server.
    /// register(&gears, &Options::new().prefix("staging:"))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Says whether stubs call the function that they were compiled with; see
    /// [`Gears::with_pinned`](crate::Gears::with_pinned).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use gears_runtime::{Options, register};
    ///
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
    /// register(&gears, &Options::new().pinned(false))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn pinned(mut self, pinned: bool) -> Self {
        self.pinned = Some(pinned);
        self
    }

    /// Says how long an older version stays on the server that nobody calls, an hour unless this is said.
    ///
    /// A process that calls its version later than that registers it once more.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use gears_runtime::{Options, register};
    ///
    /// let gears = gears_runtime::Gears::connect("redis://127.0.0.1/")?;
    /// // A deploy takes a day here.
    /// register(&gears, &Options::new().keep(Duration::from_secs(24 * 60 * 60)))?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Returns the gears of this binary that are meant.
    pub(super) fn gears(&self) -> Vec<&'static Gear> {
        let is_meant = |gear: &&'static Gear| {
            let mut triggers = self.only.iter();
            !self.is_stranger && (self.only.is_empty() || triggers.any(|one| one == gear.trigger()))
        };
        registry::all().into_iter().filter(is_meant).collect()
    }
}
