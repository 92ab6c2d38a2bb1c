//! Functions that wait for triggers.

pub(crate) mod backlog;
pub(crate) mod dropped;
pub(crate) mod hook_table;
pub(crate) mod hooked_call;
mod names;
pub(crate) mod registry;
mod room;
pub(crate) mod slow;
pub(crate) mod usage;

use std::any::Any;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use gears_model::plan::CallbackId;
use gears_model::{End, Id, Kind, Load, Mode, Statistics, Trouble};
use gears_server::Refusal;

use crate::cluster;
use crate::config::{self, config};
use crate::ground::journal::{self, About, Failure, Origin};
use crate::ground::poison::unpoisoned;
use crate::plan::{Edge, Function};
use crate::session::Session;
use crate::thread::lane::Lane;

pub(crate) use backlog::{Backlog, KeptEvent};
pub(crate) use hook_table::Hooked;
pub(crate) use registry::registry;
pub(crate) use usage::{Usage, look_by, note_versions};

/// A function and what causes it, with its counters.
pub(crate) struct Registration {
    pub(crate) id: Id,
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) description: Option<String>,
    pub(crate) session: Arc<Session>,
    pub(crate) function: Arc<Function>,
    pub(crate) timeout: Option<Duration>,
    /// How long its runs wait for shards that say nothing: as it was set when this came here
    /// (cluster spec, section 10).
    pub(crate) max_idle: Duration,
    pub(crate) on_registered: Option<CallbackId>,
    /// Where calls queue that keep their order.
    lane: Arc<Lane>,
    /// What it keeps for who runs it.
    kept: OnceLock<Box<dyn Any + Send + Sync>>,
    /// What it has to do.
    pub(crate) load: Arc<Load>,
    /// What is stored of it.
    pub(crate) stored: Arc<[u8]>,
    /// Why it cannot run, although it is registered.
    pub(crate) trouble: Option<Trouble>,
    /// Events that came before it could run.
    pub(crate) backlog: Arc<Backlog>,
    statistics: Mutex<Statistics>,
    aborted: AtomicBool,
    retired: AtomicBool,
    /// How long nobody waits for it any more.
    patience: room::Patience,
    /// When it was called last, of one that is one of several versions.
    pub(crate) usage: Option<Arc<Usage>>,
    /// The ended executions that are listed, oldest first.
    listed: Mutex<VecDeque<Id>>,
}

/// What a script asked to register; installed when the script has succeeded.
pub(crate) struct Draft {
    pub(crate) id: Id,
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) description: Option<String>,
    pub(crate) function: Arc<Function>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) on_registered: Option<CallbackId>,
    /// What is stored of it, known when the script has ended.
    pub(crate) stored: Arc<[u8]>,
    /// Why it cannot run, when it was loaded and could not be made again.
    pub(crate) trouble: Option<Trouble>,
}

impl Draft {
    pub(crate) fn into_registration(self, session: &Arc<Session>) -> Registration {
        let usage = self.kind.edition().map(Usage::new).map(Arc::new);
        Registration {
            id: self.id,
            kind: self.kind,
            mode: self.mode,
            description: self.description,
            session: Arc::clone(session),
            function: self.function,
            timeout: self.timeout,
            max_idle: config::max_idle(),
            on_registered: self.on_registered,
            lane: Arc::default(),
            kept: OnceLock::new(),
            load: Arc::default(),
            stored: self.stored,
            trouble: self.trouble,
            backlog: Arc::default(),
            statistics: Mutex::default(),
            aborted: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            patience: room::Patience::default(),
            usage,
            listed: Mutex::default(),
        }
    }
}

impl Registration {
    /// Returns what people call it: its trigger, or the keys it listens to.
    pub(crate) fn name(&self) -> String {
        let name = match &self.kind {
            Kind::Trigger { .. } => self.kind.own_name().unwrap_or_default(),
            Kind::Keys(events) => Cow::Borrowed(events.prefix.as_bytes()),
            Kind::Hook { hook, .. } => Cow::Borrowed(hook.command.written.as_bytes()),
            Kind::Stream(stream) => Cow::Borrowed(stream.options.prefix.as_bytes()),
        };
        String::from_utf8_lossy(&name).into_owned()
    }

    /// Returns what the log says of it in each line.
    pub(crate) fn about(&self) -> About {
        About {
            id: self.id.to_string(),
            reader: self.kind.reader(),
            name: self.name(),
        }
    }

    /// Tells the log that it took effect.
    fn tell_registered(&self) {
        self.tell_origin(|origin| journal::registered(&self.about(), origin));
    }

    /// Tells the log that it was loaded, or that its state has changed since.
    pub(crate) fn tell_loaded(&self) {
        let trouble = self.trouble.as_ref();
        self.tell_origin(|origin| journal::loaded(&self.about(), origin, trouble));
    }

    /// Tells the log that it was taken out, and by which way.
    pub(crate) fn tell_unregistered(&self, cause: &str) {
        // Nothing tells of what comes and goes within the data that are loaded.
        if !matches!(self.trouble, Some(Trouble::Pending(_))) {
            journal::unregistered(&self.about(), cause);
        }
    }

    fn tell_origin(&self, tell: impl FnOnce(&Origin<'_>)) {
        tell(&Origin {
            mode: self.mode,
            session: &self.session.id,
            user: &self.session.user.name(),
        });
    }

    /// Returns what it keeps for who runs it, made when it is first asked for; always
    /// of one type.
    #[expect(clippy::expect_used, reason = "one floor asks, for one type")]
    pub(crate) fn kept<T: Any + Default + Send + Sync>(&self) -> &T {
        let kept = self.kept.get_or_init(|| Box::new(T::default()));
        kept.downcast_ref().expect("one floor keeps one type")
    }

    /// Counts an execution that begins.
    pub(crate) fn note_triggered(&self) {
        self.statistics_now().triggered += 1;
    }

    /// Counts an execution that ended; a success clears the last error.
    pub(crate) fn note_ended(&self, end: &End<'_>, took: Duration) {
        let mut statistics = self.statistics_now();
        statistics.last_run = took;
        statistics.total_run += took;
        statistics.latency.record(took);
        match end {
            End::Succeeded => {
                statistics.succeeded += 1;
                statistics.last_error = None;
            }
            End::Failed(error) | End::Overdue(error) => {
                statistics.failed += 1;
                statistics.overdue += i64::from(matches!(end, End::Overdue(_)));
                let before = statistics.last_error.replace((*error).to_owned());
                drop(statistics);
                let failure = match (end, before) {
                    (End::Overdue(_), _) => Failure::Deadline,
                    (_, None) => Failure::First,
                    (_, Some(_)) => Failure::Again,
                };
                journal::failed(&self.about(), error, failure);
            }
        }
        if self.mode == Mode::Sync {
            gears_server::note_latency(c"gears-sync", took);
        }
    }

    /// Notes an ended execution that is listed; returns those that have to go
    /// so that `most` stay.
    pub(crate) fn note_listed(&self, execution: Id, most: i64) -> Vec<Id> {
        let mut listed = self.listed_now();
        listed.push_back(execution);
        match usize::try_from(most) {
            Ok(most) if most > 0 && listed.len() > most => {
                let extra = listed.len() - most;
                listed.drain(..extra).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Gives up the list of ended executions.
    pub(crate) fn take_listed(&self) -> Vec<Id> {
        self.listed_now().drain(..).collect()
    }

    /// Goes on where an earlier state of the same registration was.
    pub(crate) fn inherit(&mut self, earlier: &Self) {
        self.backlog = Arc::clone(&earlier.backlog);
        self.statistics = Mutex::new(earlier.statistics());
        self.usage.clone_from(&earlier.usage);
    }

    /// Says whether events have to be kept: it waits for its packages, or still
    /// catches up.
    pub(crate) fn keeps_events(&self) -> bool {
        self.trouble.as_ref().is_some_and(Trouble::is_missing) || self.backlog.is_behind()
    }

    /// Refuses to run what was loaded and cannot run.
    ///
    /// # Errors
    ///
    /// Says why.
    pub(crate) fn check_usable(&self) -> Result<(), Refusal> {
        match &self.trouble {
            None => Ok(()),
            Some(Trouble::Pending(reason) | Trouble::Missing(reason)) => Err(Refusal::new(
                format!("the function cannot run yet: {reason}"),
            )),
            Some(Trouble::Broken(reason)) => {
                Err(Refusal::new(format!("the function cannot run: {reason}")))
            }
        }
    }

    /// Says whether a call of it runs on every shard.
    pub(crate) fn runs_everywhere(&self) -> bool {
        self.mode == Mode::Async && cluster::is_shared()
    }

    /// Says whether what one shard has for it goes to others by keys.
    pub(crate) fn deals_out(&self) -> bool {
        self.runs_everywhere()
            && self
                .function
                .stages()
                .iter()
                .any(|stage| matches!(stage.edge, Edge::ByKey(_)))
    }

    /// Returns how long a call may take on the thread that the server waits for.
    pub(crate) fn limit_here(&self) -> Option<Duration> {
        self.timeout.or(config().sync_deadline())
    }

    /// Returns how long a call may take on a worker.
    pub(crate) fn limit_on_worker(&self) -> Option<Duration> {
        self.timeout.or(config().async_deadline())
    }

    /// Returns the lane of calls that run one after another.
    pub(crate) fn lane_in_order(&self) -> Option<Arc<Lane>> {
        let in_order = match self.kind {
            Kind::Trigger { in_order, .. } | Kind::Hook { in_order, .. } => in_order,
            Kind::Keys(_) | Kind::Stream(_) => false,
        };
        in_order.then(|| Arc::clone(&self.lane))
    }

    /// Notes how long the last record of an execution had waited.
    pub(crate) fn note_lag(&self, lag: Duration) {
        let mut statistics = self.statistics_now();
        statistics.last_lag = lag;
        statistics.total_lag += lag;
    }

    /// Counts an execution that never began.
    pub(crate) fn note_aborted(&self) {
        self.statistics_now().aborted += 1;
    }

    /// Counts events that it does not get.
    pub(crate) fn note_dropped(&self, count: i64) {
        self.statistics_now().dropped += count;
    }

    /// Copies the counters.
    pub(crate) fn statistics(&self) -> Statistics {
        self.statistics_now().clone()
    }

    /// Zeroes the counters; what is in flight stays counted as triggered.
    pub(crate) fn clear_statistics(&self) {
        let mut statistics = self.statistics_now();
        let ended = statistics.succeeded + statistics.failed + statistics.aborted;
        *statistics = Statistics {
            triggered: statistics.triggered - ended,
            ..Statistics::default()
        };
    }

    /// Lets executions that wait end at once, empty.
    pub(crate) fn abort_pending(&self) {
        self.aborted.store(true, Ordering::Release);
    }

    /// Ends the registration's life: no new executions. Calls and events that
    /// wait run still; streams are read no further, as their entries wait for
    /// whoever comes after.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        if matches!(self.kind, Kind::Stream(_)) {
            self.abort_pending();
        }
    }

    /// Says whether its life has ended.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Says whether executions that wait shall end.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    fn listed_now(&self) -> MutexGuard<'_, VecDeque<Id>> {
        unpoisoned(self.listed.lock())
    }

    fn statistics_now(&self) -> MutexGuard<'_, Statistics> {
        unpoisoned(self.statistics.lock())
    }
}
