//! Watching: looking, waiting until files rest, and giving them to the server while it is there.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use super::{
    events::Events,
    folder::{Place, Root, Scene},
    held::Holding,
    journal::{Event, Journal},
    link::Link,
    log::Level,
    pipe, report,
    rules::Rules,
    script::Content,
    settling::Settling,
    trouble::Trouble,
};
use crate::{
    connection::Address,
    failure::{Code, Failure, Result},
    interrupt,
    output::Output,
};

/// How long nothing is looked at, at least: a thousand changes at once are one.
const LOOK: Duration = Duration::from_millis(50);
/// How often the server is asked whether it is still there.
const PING: Duration = Duration::from_secs(1);
/// How soon, and at last how seldom, a server that is away is tried again.
const SOON: Duration = Duration::from_millis(100);
const SELDOM: Duration = Duration::from_secs(2);

/// Watches folders for one server.
pub(super) struct Watcher<'a> {
    pub(super) roots: Vec<Root>,
    pub(super) rules: Rules,
    pub(super) journal: Journal<'a>,
    pub(super) scene: Scene,
    pub(super) settling: Settling,
    /// What the server held of us when we last knew.
    pub(super) known: Holding,
    /// The texts that are registered, for servers that cannot replace registrations.
    pub(super) contents: BTreeMap<Place, Content>,
    /// Whether scripts run again that have not changed.
    pub(super) rerun: bool,
    /// The packages whose installation was told last.
    pub(super) installed: Vec<String>,
    /// How many scripts have failed.
    pub(super) failures: usize,
    address: Address,
    link: Option<Link>,
    /// Whether there ever was one.
    met: bool,
    /// Whether everything is to be compared with what the server holds.
    all: bool,
    events: Option<Events>,
    hidden: BTreeMap<Place, String>,
    pause: Duration,
    next_try: Instant,
    next_look: Instant,
    next_rescan: Instant,
    next_ping: Instant,
}

impl<'a> Watcher<'a> {
    /// Gets ready.
    ///
    /// # Errors
    ///
    /// A folder is not there, or the log cannot be written.
    pub(super) fn new(
        folders: &[PathBuf],
        rules: Rules,
        rerun: bool,
        address: Address,
        output: &'a Output,
    ) -> Result<Self> {
        let now = Instant::now();
        Ok(Self {
            roots: Root::all(folders, &rules.index_prefix)?,
            journal: Journal::open(output, &rules.log)?,
            rules,
            scene: Scene::default(),
            settling: Settling::default(),
            known: Holding::new(),
            contents: BTreeMap::new(),
            rerun,
            installed: Vec::new(),
            failures: 0,
            address,
            link: None,
            met: false,
            all: false,
            events: None,
            hidden: BTreeMap::new(),
            pause: SOON,
            next_try: now,
            next_look: now,
            next_rescan: now,
            next_ping: now,
        })
    }

    /// Puts everything on the server, and is done.
    ///
    /// # Errors
    ///
    /// A script failed, the server is not there, or somebody interrupted.
    pub(super) fn once(mut self) -> Result {
        self.look()?;
        self.meet(true)?;
        while self.settling.next_due(Duration::ZERO).is_some() {
            let Some(link) = self.link.take() else {
                return Err(Failure::new(Code::Connection, "the server went away")
                    .advice("start it again, and run this again"));
            };
            self.turn(link)?;
            // Files that change while they are read.
            self.look()?;
        }
        match self.failures {
            0 => Ok(()),
            1 => Err(Failure::new(Code::Failed, "a script failed")),
            failures => Err(Failure::new(
                Code::Failed,
                format!("{failures} scripts failed"),
            )),
        }
    }

    /// Watches until somebody interrupts, or nobody reads any more.
    ///
    /// # Errors
    ///
    /// The server lets us do nothing, or work was left undone.
    pub(super) fn run(mut self) -> Result {
        match Events::begin() {
            Ok(events) => self.events = Some(events),
            Err(error) => self.tell_unfollowed(&error)?,
        }
        self.look()?;
        let folders: Vec<String> = self
            .roots
            .iter()
            .map(|root| root.path.display().to_string())
            .collect();
        self.journal
            .tell(&report::began(&folders, self.scene.scripts()))?;
        loop {
            if interrupt::happened() {
                return self.end();
            }
            if pipe::reader_is_gone() {
                return Ok(());
            }
            let now = Instant::now();
            if self.link.is_none() && now >= self.next_try {
                self.meet(false)?;
            }
            let rests = self.settling.next_due(self.rules.delay);
            let is_due = self.link.is_some() && rests.is_some_and(|rests| rests <= now);
            if now >= self.next_look && (is_due || now >= self.next_rescan) {
                self.look()?;
            }
            if let Some(link) = self.link.take() {
                self.turn(link)?;
            }
            self.ping()?;
            let changed = match &self.events {
                Some(events) => events.wait(LOOK),
                None => {
                    thread::sleep(LOOK);
                    false
                }
            };
            if changed {
                self.next_rescan = Instant::now();
            }
        }
    }

    /// Looks at the folders.
    fn look(&mut self) -> Result {
        let begun = Instant::now();
        self.scene = Scene::look(&self.roots, &self.rules);
        let now = Instant::now();
        self.settling.observe(&self.scene, now);
        if let Some(events) = &mut self.events
            && let Err(error) = events.follow(&self.scene.folders)
        {
            self.events = None;
            self.tell_unfollowed(&error)?;
        }
        // Looking must not become all that we do.
        self.next_look = now + LOOK.max((now - begun) * 4);
        self.next_rescan = now + self.rules.rescan;
        for (place, why) in &self.scene.hidden {
            if !self.hidden.contains_key(place) {
                let path = self.roots[place.root].path.join(&place.name);
                let path = path.display().to_string();
                let path = path.trim_end_matches('/');
                let text = format!("{path} cannot be looked at: {why}; what it registered stays");
                self.journal
                    .tell(&Event::note(Level::Warning, "hidden", text))?;
            }
        }
        self.hidden.clone_from(&self.scene.hidden);
        Ok(())
    }

    fn tell_unfollowed(&self, error: &notify::Error) -> Result {
        let text = format!(
            "the system does not tell of changes ({error}); they are found every {} s",
            self.rules.rescan.as_secs_f64()
        );
        let help = "close other watchers, or raise fs.inotify.max_user_watches and \
                    max_user_instances with sysctl";
        self.journal
            .tell(&Event::note(Level::Warning, "warning", text).advice(help))
    }

    /// Tries to reach the server.
    fn meet(&mut self, at_once: bool) -> Result {
        let failure = match Link::open(&self.address, &self.rules.index_prefix) {
            Ok(link) => {
                let name = if self.met { "back" } else { "connected" };
                let level = if self.met { Level::Info } else { Level::Debug };
                let text = format!("the server {} is there", self.address);
                self.journal.tell(&Event::note(level, name, text))?;
                if !link.has_sessions {
                    let text = "this server has no sessions: registrations are taken out and \
                                made again, with a gap between";
                    self.journal
                        .tell(&Event::note(Level::Warning, "warning", text))?;
                }
                self.link = Some(link);
                self.met = true;
                self.all = true;
                self.pause = SOON;
                self.next_try = Instant::now();
                // Another server may answer now, or one that has forgotten everything.
                self.known.clear();
                self.settling.renew(&self.scene, Instant::now());
                return Ok(());
            }
            Err(Trouble::Away(failure)) if at_once => return Err(failure),
            Err(Trouble::Away(failure)) => failure,
            Err(Trouble::Refused(failure) | Trouble::End(failure)) if self.met => failure,
            Err(Trouble::Refused(failure) | Trouble::End(failure)) => return Err(failure),
            Err(Trouble::Interrupted) => return Ok(()),
        };
        self.part(&failure)
    }

    /// Says that the server is away, the first time.
    fn part(&mut self, failure: &Failure) -> Result {
        self.link = None;
        if self.pause == SOON {
            let server = self.address.to_string();
            let message = match failure.message() {
                message if message.contains(&server) => message.to_owned(),
                message => format!("{server}: {message}"),
            };
            let text = format!("{message}; trying again until it is there");
            let mut event = Event::note(Level::Warning, "away", text);
            event.advice = failure.help();
            self.journal.tell(&event)?;
        }
        self.next_try = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(SELDOM);
        Ok(())
    }

    /// Does what is due.
    fn turn(&mut self, mut link: Link) -> Result {
        let due = self.settling.due(self.rules.delay, Instant::now());
        if due.is_empty() && !self.all {
            self.link = Some(link);
            return Ok(());
        }
        match self.round(&mut link, due, self.all) {
            Ok(()) => {
                self.link = Some(link);
                self.all = false;
                self.rerun = false;
                Ok(())
            }
            Err(Trouble::Away(failure)) => self.part(&failure),
            Err(Trouble::Refused(failure) | Trouble::End(failure)) => Err(failure),
            Err(Trouble::Interrupted) => self.end(),
        }
    }

    /// Asks from time to time whether the server is there.
    fn ping(&mut self) -> Result {
        let now = Instant::now();
        if now < self.next_ping {
            return Ok(());
        }
        self.next_ping = now + PING;
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        match link.ping() {
            Ok(()) | Err(Trouble::Interrupted) => Ok(()),
            Err(Trouble::Away(failure) | Trouble::Refused(failure) | Trouble::End(failure)) => {
                self.part(&failure)
            }
        }
    }

    /// Ends as somebody wished.
    fn end(&mut self) -> Result {
        let left = self.settling.due(Duration::ZERO, Instant::now()).len();
        if self.met && !self.all && left == 0 {
            return Ok(());
        }
        let what = match left {
            1 => "1 changed file is".to_owned(),
            left => format!("{left} changed files are"),
        };
        Err(Failure::new(
            Code::Interrupted,
            format!("interrupted; {what} not on the server yet"),
        ))
    }
}
