//! Python functions that the steps of a gear function call.

use std::{borrow::Cow, fmt, marker::PhantomData, panic::Location};

use crate::python::value::PyValue;

/// A Python function or expression for the steps of a [`GearFunction`](super::GearFunction).
///
/// [`py!`](crate::py) makes one of an expression, [`#[gear_fn]`](crate::gear_fn) of a function
/// with a body, and [`RawPython`](super::RawPython) of text that nobody has checked. The type
/// tells how many arguments it takes ([`Exactly`], [`Between`], [`Unknown`]), so that the
/// compiler refuses a reducer where a mapper belongs, and what it returns: [`PyValue`] for an
/// expression, unless [`returns`](Self::returns) says more.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{Exactly, PyFn}, py};
///
/// let age: PyFn<Exactly<1>, i64> = py!("lambda person: int(person['age'])").returns();
/// assert_eq!(age.source(), "lambda person: int(person['age'])");
/// ```
pub struct PyFn<A, U = PyValue> {
    code: Code,
    marker: PhantomData<fn() -> (A, U)>,
}

/// A Python function that takes exactly that many arguments.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{Exactly, PyFn}, py};
///
/// let add: PyFn<Exactly<2>> = py!("lambda left, right: left + right");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Exactly<const N: usize> {}

/// A Python function that takes from `MIN` to `MAX` arguments; a `MAX` of 4 is any number.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{Between, PyFn}, py};
///
/// let round: PyFn<Between<1, 2>> = py!("lambda number, digits=2: round(number, digits)");
/// let join: PyFn<Between<0, 4>> = py!("lambda *words: ' '.join(words)");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Between<const MIN: usize, const MAX: usize> {}

/// A Python expression other than a `lambda`: only the running Python knows what it takes.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{KeysReader, PyFn, Unknown}, py};
///
/// // It fits every step; whether it takes what it is given shows when it runs.
/// let length: PyFn<Unknown> = py!("len");
/// let lengths = KeysReader::new("*").values().map(length);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Unknown {}

/// A Python function that can be called with `N` arguments.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{CalledWith, GearFunction, KeysReader, PyFn}, py};
///
/// /// Applies a function of one parameter to the price of each item.
/// fn prices<A: CalledWith<1>>(change: &PyFn<A, f64>) -> GearFunction<f64> {
///     KeysReader::new("price:*").values().map(py!("float")).map(change)
/// }
///
/// let with_tax = prices(&py!("lambda price: 1.2 * price").returns());
/// assert!(with_tax.script()?.source().contains("1.2 * price"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "this Python function cannot be called with {N} arguments"
)]
pub trait CalledWith<const N: usize> {}

impl<const N: usize> CalledWith<N> for Exactly<N> {}
impl<const N: usize> CalledWith<N> for Unknown {}

macro_rules! between {
    ($($min:literal $max:literal: $($count:literal)*;)*) => {$($(
        impl CalledWith<$count> for Between<$min, $max> {}
    )*)*};
}

between! {
    0 1: 0 1;
    0 2: 0 1 2;
    0 3: 0 1 2 3;
    0 4: 0 1 2 3;
    1 2: 1 2;
    1 3: 1 2 3;
    1 4: 1 2 3;
    2 3: 2 3;
    2 4: 2 3;
    3 4: 3;
}

/// The Python itself, whatever it takes and returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    pub(crate) kind: Kind,
    pub(crate) text: Cow<'static, str>,
    pub(crate) file: Cow<'static, str>,
    pub(crate) line: Option<u32>,
    /// Where Rust takes the text up, when it does not stand there itself.
    pub(crate) taken_up: Option<&'static Location<'static>>,
    pub(crate) uses_cmd: bool,
    pub(crate) captures: Vec<Capture>,
    pub(crate) requirements: &'static [&'static str],
    /// Those that were added later.
    pub(crate) more_requirements: Vec<String>,
}

impl Code {
    /// Takes up an expression of our own at a place of the Rust source.
    pub(crate) fn given(text: &'static str, place: &'static Location<'static>) -> Self {
        Self {
            kind: Kind::Expression,
            text: Cow::Borrowed(text),
            file: Cow::Borrowed("<gears-runtime>"),
            line: None,
            taken_up: Some(place),
            uses_cmd: false,
            captures: Vec::new(),
            requirements: &[],
            more_requirements: Vec::new(),
        }
    }
}

/// A name in an expression with the Python literal of its value, or why it has none.
pub type Capture = (&'static str, Result<String, String>);

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `lambda`, which servers take as it is.
    Lambda,
    /// Another expression.
    Expression,
    /// The body of a function.
    Function {
        /// The name in Rust and in Python.
        name: &'static str,
        /// The names of the parameters.
        parameters: &'static [&'static str],
        /// Whether something is awaited.
        coroutine: bool,
    },
}

/// What the macros know of a piece of Python.
#[derive(Debug)]
pub struct CodeParts {
    /// What the text is.
    pub kind: Kind,
    /// The text, dedented.
    pub text: &'static str,
    /// What tracebacks name.
    pub file: &'static str,
    /// The line of the file on which the text begins, when lines of the one are lines of the other.
    pub line: Option<u32>,
    /// Whether the name `cmd` is read.
    pub uses_cmd: bool,
    /// Python packages, as pip spells them.
    pub requirements: &'static [&'static str],
}

impl Code {
    /// Tells whether it awaits something.
    pub(crate) fn is_coroutine(&self) -> bool {
        matches!(
            self.kind,
            Kind::Function {
                coroutine: true,
                ..
            }
        )
    }
}

impl<A, U> PyFn<A, U> {
    /// Makes a function of what a macro knows.
    #[doc(hidden)]
    pub const fn from_parts(parts: CodeParts, captures: Vec<Capture>) -> Self {
        Self::from_code(Code {
            kind: parts.kind,
            text: Cow::Borrowed(parts.text),
            file: Cow::Borrowed(parts.file),
            line: parts.line,
            taken_up: None,
            uses_cmd: parts.uses_cmd,
            captures,
            requirements: parts.requirements,
            more_requirements: Vec::new(),
        })
    }

    pub(crate) const fn from_code(code: Code) -> Self {
        Self {
            code,
            marker: PhantomData,
        }
    }

    /// Declares what the function returns.
    ///
    /// Nothing is checked before a result comes: one that does not fit is a decode error.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, KeysReader}, py};
    ///
    /// let half = py!("lambda value: float(value) / 2").returns::<f64>();
    /// let halves: GearFunction<f64> = KeysReader::new("*").values().map(half);
    /// ```
    #[must_use]
    pub fn returns<V>(self) -> PyFn<A, V> {
        PyFn::from_code(self.code)
    }

    /// Adds Python packages that the function needs, as pip spells them.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::KeysReader, py};
    ///
    /// let norm = py!("lambda vector: __import__('numpy').linalg.norm(vector)");
    /// let norm = norm.requirements(["numpy"]);
    /// let norms = KeysReader::new("vector:*").values().map(norm);
    /// assert_eq!(norms.script()?.required(), ["numpy"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn requirements<S: Into<String>>(
        mut self,
        requirements: impl IntoIterator<Item = S>,
    ) -> Self {
        self.code
            .more_requirements
            .extend(requirements.into_iter().map(Into::into));
        self
    }

    /// Returns the Python, dedented: an expression, or the body of a function.
    pub fn source(&self) -> &str {
        &self.code.text
    }

    pub(crate) fn into_code(self) -> Code {
        self.code
    }
}

impl<A, U> Clone for PyFn<A, U> {
    fn clone(&self) -> Self {
        Self::from_code(self.code.clone())
    }
}

impl<A, U> fmt::Debug for PyFn<A, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PyFn").field(&self.code.text).finish()
    }
}
