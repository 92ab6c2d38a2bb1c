//! The part of a program whose plain calls go somewhere else than those of the rest.

use std::{
    cell::RefCell,
    fmt,
    pin::Pin,
    ptr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use super::mock::Answer;
use crate::{
    connect::{gears::Gears, poison::unpoisoned},
    gear::descriptor::Gear,
};

thread_local! {
    /// The scope that this thread is in. A future is in its own while it is polled.
    static ENTERED: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// A part of a program whose plain stub calls go over a connection of its own.
///
/// [`bind`](crate::bind) and `register_all` say where the plain calls of the whole program go. A scope says it for
/// what runs inside: a closure ([`run`](Self::run)) or a future ([`around`](Self::around)), so that tests that run
/// at once in one program do not disturb each other. [`#[gears_runtime::test]`](macro@crate::test) makes one for each
/// test.
///
/// **Threads and tasks.** A thread that is started inside a scope is outside, as is a task that is spawned: take the
/// scope along with [`current`](Self::current). The tasks and the threads of the runtime that an `async` test of
/// `#[gears_runtime::test]` has are inside by themselves.
///
/// A mock of a gear (`quote::mock`) holds for the scope that it is made in, with all of its threads.
///
/// # Examples
///
#[cfg_attr(feature = "embedded", doc = "```standalone_crate")]
#[cfg_attr(not(feature = "embedded"), doc = "```text")]
/// use gears_runtime::{Gears, Result, Scope, embedded, gear_command, register_all};
///
/// #[gear_command]
/// fn shop() -> Result<String> {
///     "return execute('GET', 'name')"
/// }
///
/// # fn main() -> Result<()> {
/// let (north, south) = (embedded::Server::start()?, embedded::Server::start()?);
/// let north = Gears::connect(north.url())?;
/// let south = Gears::connect(south.url())?;
/// for (gears, name) in [(&north, "north"), (&south, "south")] {
///     register_all(gears)?;
///     gears.execute(&gears_runtime::Script::from_source(format!("execute('SET', 'name', '{name}')")))?;
/// }
/// assert_eq!(shop()?, "south", "bound last");
/// Scope::over(&north).run(|| {
///     assert_eq!(shop()?, "north");
///     // A thread comes along when it is told to.
///     let scope = Scope::current();
///     let other = std::thread::spawn(move || scope.run(shop));
///     assert_eq!(other.join().unwrap()?, "north");
///     Ok(())
/// })
/// # }
/// ```
#[derive(Clone)]
pub struct Scope {
    inside: Arc<Inside>,
}

struct Inside {
    /// Where calls go that no mock answers; `None` where the scope has mocks alone.
    gears: Option<Gears>,
    /// The latest last.
    mocks: Mutex<Vec<Mocked>>,
}

struct Mocked {
    number: u64,
    gear: &'static Gear,
    answer: Answer,
}

/// Where a call of a gear goes from here.
pub(super) enum Way {
    /// To a mock.
    Mock(Answer),
    /// Over a connection.
    Server(Gears),
    /// Nowhere: other gears are mocked, and nobody said what becomes of this one.
    Nowhere(Vec<&'static str>),
    /// Where the calls of the whole program go.
    Program,
}

impl Scope {
    /// Makes a scope whose plain calls go over a connection.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use gears_runtime::{Gears, Scope};
    /// # fn page() -> gears_runtime::Result<String> { Ok(String::new()) }
    /// let gears = Gears::connect("redis://127.0.0.1/")?;
    /// let page = Scope::over(&gears).run(page)?;
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn over(gears: &Gears) -> Self {
        Self::new(Some(gears.clone()))
    }

    /// Returns the scope that this runs in, to take along to another thread or task.
    ///
    /// Outside of all scopes it is one of this thread, which holds the mocks that are made here, and whose other calls
    /// go where those of the whole program go.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Result, Scope, gear_command};
    ///
    /// #[gear_command]
    /// fn halve(number: i64) -> Result<i64> {
    ///     "return number // 2"
    /// }
    ///
    /// let _mock = halve::mock(|number| Ok(number / 2));
    /// let scope = Scope::current();
    /// let thread = std::thread::spawn(move || scope.run(|| halve(84)));
    /// assert_eq!(thread.join().unwrap()?, 42);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn current() -> Self {
        ENTERED.with_borrow_mut(|entered| entered.get_or_insert_with(|| Self::new(None)).clone())
    }

    /// Runs a closure inside the scope.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Scope;
    ///
    /// assert_eq!(Scope::current().run(|| 42), 42);
    /// ```
    pub fn run<T>(&self, inside: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        inside()
    }

    /// Makes a future that runs inside the scope, on any runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::Scope;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let task = tokio::spawn(Scope::current().around(async { 42 }));
    /// assert_eq!(task.await.unwrap(), 42);
    /// # }
    /// ```
    pub fn around<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Around {
            scope: self.clone(),
            future: Box::pin(future),
        }
    }

    fn new(gears: Option<Gears>) -> Self {
        Self {
            inside: Arc::new(Inside {
                gears,
                mocks: Mutex::default(),
            }),
        }
    }

    /// Enters the scope until what is returned is dropped.
    fn enter(&self) -> Entered {
        Entered {
            outside: ENTERED.replace(Some(self.clone())),
        }
    }

    /// Enters the scope with a thread that is for nothing else.
    #[cfg(all(feature = "embedded", feature = "aio"))]
    pub(crate) fn stay(&self) {
        ENTERED.set(Some(self.clone()));
    }

    /// Answers the calls of a gear here, until the number is taken out again.
    pub(super) fn add(&self, gear: &'static Gear, answer: Answer) -> u64 {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        unpoisoned(self.inside.mocks.lock()).push(Mocked {
            number,
            gear,
            answer,
        });
        number
    }

    pub(super) fn remove(&self, number: u64) {
        let mut mocks = unpoisoned(self.inside.mocks.lock());
        let place = mocks.iter().position(|mocked| mocked.number == number);
        let removed = place.map(|place| mocks.remove(place));
        // What a mock holds may itself end a mock.
        drop(mocks);
        drop(removed);
    }

    fn way_of(&self, gear: &'static Gear) -> Way {
        let mocks = unpoisoned(self.inside.mocks.lock());
        let mut latest = mocks.iter().rev();
        if let Some(mocked) = latest.find(|mocked| ptr::eq(mocked.gear, gear)) {
            return Way::Mock(mocked.answer.clone());
        }
        match &self.inside.gears {
            Some(gears) => Way::Server(gears.clone()),
            None if mocks.is_empty() => Way::Program,
            None => {
                let mut mocked: Vec<_> = mocks.iter().map(|mocked| mocked.gear.name()).collect();
                mocked.sort_unstable();
                mocked.dedup();
                Way::Nowhere(mocked)
            }
        }
    }
}

/// Says where a call of a gear goes from here.
pub(super) fn way_of(gear: &'static Gear) -> Way {
    // While a thread ends there may be nothing to look at any more.
    let entered = ENTERED.try_with(|entered| entered.borrow().clone());
    match entered {
        Ok(Some(scope)) => scope.way_of(gear),
        _ => Way::Program,
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mocks = unpoisoned(self.inside.mocks.lock());
        let mocked: Vec<_> = mocks.iter().map(|mocked| mocked.gear.name()).collect();
        f.debug_struct("Scope")
            .field("gears", &self.inside.gears)
            .field("mocked", &mocked)
            .finish()
    }
}

/// Goes back to where the thread was.
struct Entered {
    outside: Option<Scope>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.set(self.outside.take());
    }
}

/// A future that is in a scope whenever it is polled.
struct Around<F> {
    scope: Scope,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Around<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.scope.enter();
        self.future.as_mut().poll(context)
    }
}
