//! Closures of Rust that answer the calls of a gear in a server's place.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use redis::Value;
use serde::{Serialize, de::DeserializeOwned};

use super::scope::Scope;
use crate::{
    error::{Error, Result},
    gear::{descriptor::Gear, naming::Naming},
    server::{dialect::Dialect, known::Server},
    wire::{
        call::Call,
        outcome::Outcome,
        reply::Reply,
        returns::{JsonReturn as _, NaturalReturn, Returns},
    },
};

/// Keeps a gear mocked until it is dropped; made by `mock` in the module beside the gear.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Result, gear_command};
///
/// /// Returns what `n` pieces cost, by the rates on the server.
/// #[gear_command]
/// fn cost(n: i64, currency: &str) -> Result<f64> {
///     "return n * float(cmd.hget('rates', currency))"
/// }
///
/// fn offer(n: i64) -> Result<String> {
///     Ok(format!("{n} for {:.2} EUR", cost(n, "EUR")?))
/// }
///
/// let mock = cost::mock(|n, currency| {
///     assert_eq!(currency, "EUR");
///     Ok(n as f64 * 1.5)
/// });
/// assert_eq!(offer(3)?, "3 for 4.50 EUR", "and there is no server");
/// assert_eq!(mock.calls(), 1);
/// drop(mock);
/// assert!(offer(3).unwrap_err().is_not_bound());
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[must_use = "the gear is mocked until this is dropped: `let _mock = …`"]
pub struct Mock {
    scope: Scope,
    number: u64,
    gear: &'static Gear,
    calls: Arc<AtomicUsize>,
}

impl Mock {
    /// Returns how many calls it has answered, with an error or without.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{Result, gear_command};
    ///
    /// #[gear_command]
    /// fn knock() -> Result<()> {
    ///     "pass"
    /// }
    ///
    /// let mock = knock::mock(|| Ok(()));
    /// (knock()?, knock()?);
    /// assert_eq!(mock.calls(), 2);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.scope.remove(self.number);
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mock")
            .field("gear", &self.gear.name())
            .field("calls", &self.calls())
            .finish()
    }
}

/// The type of a parameter of a gear, for generated code.
pub trait Parameter<const INDEX: usize> {
    /// With the lifetime of what it borrows.
    type Type<'a>;
}

/// What stands in for a gear, for generated code.
pub trait Mocked {
    /// What a call returns.
    type Returns;

    /// A closure that takes the arguments of a call.
    type Answer: ?Sized + 'static;
}

/// A closure of some gear, as a scope keeps it.
#[derive(Clone)]
pub struct Answer {
    closure: Arc<dyn Any + Send + Sync>,
    calls: Arc<AtomicUsize>,
}

impl Answer {
    /// Returns the closure for one call more; `None` when it is another gear's.
    pub fn closure<A: ?Sized + 'static>(&self) -> Option<&A> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.closure
            .downcast_ref::<Box<A>>()
            .map(|closure| &**closure)
    }
}

/// Mocks a gear in the scope that this runs in.
pub fn mock<A: ?Sized + Send + Sync + 'static>(gear: &'static Gear, closure: Box<A>) -> Mock {
    let calls = Arc::new(AtomicUsize::new(0));
    let answer = Answer {
        closure: Arc::new(closure),
        calls: Arc::clone(&calls),
    };
    let scope = Scope::current();
    let number = scope.add(gear, answer);
    Mock {
        scope,
        number,
        gear,
        calls,
    }
}

/// Encodes the arguments of a call that a mock answers: what cannot be sent is an error here as well.
///
/// # Errors
///
/// As the call of the stub, before it sends anything.
pub fn encode(
    gear: &'static Gear,
    encode: impl FnOnce(&mut Call) -> Result<()>,
) -> Result<(), Error> {
    let server = Server {
        dialect: Dialect::Engine,
        version: None,
        shares: false,
        versions: false,
        functions: false,
    };
    encode(&mut Call::new(gear, server, &Naming::default(), true, None))
}

/// Brings what a mock answered to its caller as a reply of the server would have come.
pub fn answered<R: Outcome>(
    answered: Option<R>,
    gear: &'static Gear,
    travel: impl FnOnce(R::Value) -> Result<R::Value>,
) -> R {
    match answered.map(Outcome::into_value) {
        Some(Ok(value)) => R::from_result(travel(value)),
        Some(Err(failed)) => failed,
        // A gear has one type of closures, so this is none that a mock of it was made with.
        None => R::from_result(Err(Error::not_bound(gear.name(), &[]))),
    }
}

/// Takes a value of the type `T` to the wire and back, for generated code.
///
/// The compiler chooses how: a type that is read naturally has the inherent method, one of JSON that can be written
/// as well that of [`JsonTravel`], and any other stays as it is by [`NoTravel`].
pub struct Travel<T> {
    gear: &'static Gear,
    of: std::marker::PhantomData<fn(T)>,
}

impl<T> Travel<T> {
    /// Makes one for the results of a gear.
    pub const fn of(gear: &'static Gear) -> Self {
        Self {
            gear,
            of: std::marker::PhantomData,
        }
    }
}

impl<T: NaturalReturn> Travel<T> {
    /// Takes a value there and back.
    ///
    /// # Errors
    ///
    /// A value that does not fit its own type when it comes back.
    pub fn travel(&self, value: T) -> Result<T> {
        let results = value.reply().into_iter().collect();
        Returns::<T>::decode(Reply::of_results(results, self.gear))
    }
}

/// Takes values there and back as JSON.
pub trait JsonTravel<T> {
    /// Takes a value there and back.
    ///
    /// # Errors
    ///
    /// A value that has no JSON form, or whose form is not that of its type.
    fn travel(&self, value: T) -> Result<T>;
}

impl<T: Serialize + DeserializeOwned> JsonTravel<T> for Travel<T> {
    fn travel(&self, value: T) -> Result<T> {
        let json = serde_json::to_vec(&value).map_err(|cause| {
            let name = self.gear.name();
            Error::cannot_travel(format!(
                "what the mock of `{name}` answered has no JSON form: {cause}"
            ))
            .with_source(cause)
        })?;
        let results = vec![Value::BulkString(json)];
        Returns::<T>::decode(Reply::of_results(results, self.gear))
    }
}

/// Leaves values as they are, where Rust can read their type and not write it.
pub trait NoTravel<T> {
    /// Returns the value.
    ///
    /// # Errors
    ///
    /// Never.
    fn travel(&self, value: T) -> Result<T>;
}

impl<T> NoTravel<T> for &Travel<T> {
    fn travel(&self, value: T) -> Result<T> {
        Ok(value)
    }
}
