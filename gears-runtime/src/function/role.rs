//! The parts that Python functions play in the steps, named as RedGrease's manual names them.
//!
//! A trait for each part, so that the compiler's message can say what the part takes.

use super::{
    callback::{CalledWith, Code, PyFn},
    raw::RawPython,
};
use crate::python::value::PyValue;

mod sealed {
    /// Whatever can be made into Python code; only this crate says what.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is no Python",
        note = "`py!(\"…\")` makes some of an expression, `#[gear_fn]` of a function"
    )]
    pub trait Python {
        /// What a call returns.
        type Output;

        /// Takes the code out.
        fn into_code(self) -> crate::function::callback::Code;
    }
}

pub(crate) use sealed::Python;

impl<A, U> Python for PyFn<A, U> {
    type Output = U;

    fn into_code(self) -> Code {
        PyFn::into_code(self)
    }
}

impl<A, U> Python for &PyFn<A, U> {
    type Output = U;

    fn into_code(self) -> Code {
        self.clone().into_code()
    }
}

impl Python for RawPython {
    type Output = PyValue;

    fn into_code(self) -> Code {
        RawPython::into_code(self)
    }
}

macro_rules! roles {
    ($($(#[$attribute:meta])* $role:ident($count:literal);)*) => {$(
        $(#[$attribute])*
        pub trait $role: Python {}

        #[diagnostic::do_not_recommend]
        impl<A: CalledWith<$count>, U> $role for PyFn<A, U> {}
        #[diagnostic::do_not_recommend]
        impl<A: CalledWith<$count>, U> $role for &PyFn<A, U> {}
        #[diagnostic::do_not_recommend]
        impl $role for RawPython {}
    )*};
}

roles! {
    /// Makes another value of a record, for `map`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, KeysReader, Mapper}, py};
    ///
    /// /// Makes something of each user.
    /// fn of_users<F: Mapper>(mapper: F) -> GearFunction<F::Output> {
    ///     KeysReader::new("user:*").values().map(mapper)
    /// }
    ///
    /// let ages: GearFunction<u8> = of_users(py!("lambda user: int(user['age'])").returns());
    /// # assert!(ages.script()?.source().contains("int(user["));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a mapper is a Python function of one parameter, the record",
        label = "write it like `py!(\"lambda record: …\")`",
        note = "`{Self}` is none"
    )]
    Mapper(1);

    /// Makes several values of a record, for `flat_map`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{Elements, Expander, GearFunction, KeysReader}, py};
    ///
    /// /// Takes texts apart.
    /// fn parts<F>(expander: F) -> GearFunction<<F::Output as Elements>::Element>
    /// where
    ///     F: Expander,
    ///     F::Output: Elements,
    /// {
    ///     KeysReader::new("text:*").values().flat_map(expander)
    /// }
    ///
    /// let lines: GearFunction<String> = parts(py!("str.splitlines").returns::<Vec<String>>());
    /// # assert!(lines.script()?.source().contains("str.splitlines"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "an expander is a Python function of one parameter, the record, that returns a list",
        label = "write it like `py!(\"lambda record: [record, …]\")`",
        note = "`{Self}` is none"
    )]
    Expander(1);

    /// Does something with a record, for `for_each`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{KeysOnlyReader, Processor}, py};
    ///
    /// /// Does something with all sessions.
    /// fn with_sessions(processor: impl Processor) -> KeysOnlyReader {
    ///     KeysOnlyReader::new("session:*").for_each(processor)
    /// }
    ///
    /// let end = with_sessions(py!("lambda key: cmd.expire(key, 0)"));
    /// let extend = with_sessions(py!("lambda key: cmd.expire(key, seconds)", seconds = 3600));
    /// # assert!(end.script()?.source() != extend.script()?.source());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a processor is a Python function of one parameter, the record",
        label = "write it like `py!(\"lambda record: cmd.delete(record)\")`",
        note = "`{Self}` is none"
    )]
    Processor(1);

    /// Says which records stay, for `filter`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{Filterer, GearFunction, KeysReader}, py};
    ///
    /// /// Tells how many users there are of a kind.
    /// fn how_many(are: impl Filterer) -> GearFunction<i64> {
    ///     KeysReader::new("user:*").values().filter(are).count()
    /// }
    ///
    /// let adults = how_many(py!("lambda user: int(user['age']) >= 18"));
    /// # assert!(adults.script()?.source().contains(">= 18"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a filterer is a Python function of one parameter, the record, that says whether it stays",
        label = "write it like `py!(\"lambda record: record > 0\")`",
        note = "`{Self}` is none"
    )]
    Filterer(1);

    /// Makes a key, or a number for `avg`, of a record.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{Extractor, GearFunction, Group, GroupKey, KeysReader}, py};
    ///
    /// /// Counts the users with each value of a property.
    /// fn histogram(property: impl Extractor<Output: GroupKey>) -> GearFunction<Group<i64>> {
    ///     KeysReader::new("user:*").values().count_by(property)
    /// }
    ///
    /// let countries = histogram(py!("lambda user: user['country']"));
    /// let decades = histogram(py!("lambda user: int(user['age']) // 10"));
    /// # assert!(countries.script()?.source() != decades.script()?.source());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "an extractor is a Python function of one parameter, the record",
        label = "write it like `py!(\"lambda record: record['key']\")`",
        note = "`{Self}` is none"
    )]
    Extractor(1);

    /// Takes a record into a total, for `accumulate` and `aggregate`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{Accumulator, GearFunction, KeysReader}, py};
    ///
    /// /// Makes one number of all prices; of the shards' numbers, too.
    /// fn of_prices<F: Accumulator + Clone>(accumulator: F) -> GearFunction<F::Output> {
    ///     let prices = KeysReader::new("price:*").values().map(py!("float"));
    ///     prices.aggregate(0.0, accumulator.clone(), accumulator)
    /// }
    ///
    /// let total: GearFunction<f64> = of_prices(py!("lambda total, price: total + price").returns());
    /// let highest: GearFunction<f64> = of_prices(py!("max").returns());
    /// # assert!(total.script()?.source() != highest.script()?.source());
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "an accumulator is a Python function of two parameters: the total so far and the record",
        label = "write it like `py!(\"lambda total, record: total + record\")`",
        note = "`{Self}` is none"
    )]
    Accumulator(2);

    /// Takes a record into the total of its group, for `group_by` and its like.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, Group, KeysReader, Reducer}, py};
    ///
    /// /// Makes something of the orders of each customer.
    /// fn by_customer<F: Reducer>(reducer: F) -> GearFunction<Group<F::Output>> {
    ///     let orders = KeysReader::new("order:*").values();
    ///     orders.group_by(py!("lambda order: order['customer']"), reducer)
    /// }
    ///
    /// let spent = by_customer(
    ///     py!("lambda _customer, spent, order: (spent or 0) + float(order['price'])").returns::<f64>(),
    /// );
    /// # assert!(spent.script()?.source().contains("float(order["));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a reducer is a Python function of three parameters: the key, the total so far and the record",
        label = "write it like `py!(\"lambda _key, total, record: total + record\")`",
        note = "`{Self}` is none"
    )]
    Reducer(3);

    /// Makes one value of all records of a group, for `batch_group_by`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{BatchReducer, GearFunction, Group, KeysReader}, py};
    ///
    /// /// Makes something of the names that begin with each letter.
    /// fn by_letter<F: BatchReducer>(reducer: F) -> GearFunction<Group<F::Output>> {
    ///     KeysReader::new("name:*").values().batch_group_by(py!("lambda name: name[0]"), reducer)
    /// }
    ///
    /// let longest = by_letter(py!("lambda _letter, names: max(names, key=len)").returns::<String>());
    /// # assert!(longest.script()?.source().contains("key=len"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a batch reducer is a Python function of two parameters: the key and the list of its records",
        label = "write it like `py!(\"lambda _key, records: len(records)\")`",
        note = "`{Self}` is none"
    )]
    BatchReducer(2);

    /// Prepares a shard when a function is registered there, for `on_registered`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{CommandReader, Registrator}, py};
    ///
    /// /// Prepares a function that greets.
    /// fn greeting(prepare: impl Registrator) -> gears_runtime::Result<String> {
    ///     let greet = CommandReader::new().apply(py!("lambda name: cmd.get('greeting') + name"));
    ///     let greet = greet.register_trigger("greet").on_registered(prepare);
    ///     Ok(greet.script()?.source().to_owned())
    /// }
    ///
    /// assert!(greeting(py!("lambda: cmd.set('greeting', 'Hello, ')"))?.contains("onRegistered="));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a registrator is a Python function without parameters",
        label = "write it like `py!(\"lambda: log('here')\")`",
        note = "`{Self}` is none"
    )]
    Registrator(0);

    /// Yields the records of a `PythonReader`.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{GearFunction, Generated, Generator, PythonReader}, py};
    ///
    /// /// Counts what a generator yields on all shards.
    /// fn count(of: impl Generator) -> GearFunction<i64, Generated> {
    ///     PythonReader::new(of).count()
    /// }
    ///
    /// let keys = count(py!("lambda: cmd.scan_iter('user:*')"));
    /// # assert!(keys.script()?.source().contains("scan_iter"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a generator is a Python function without parameters that yields the records",
        label = "write it like `py!(\"lambda: iter(range(10))\")`",
        note = "`{Self}` is none"
    )]
    Generator(0);

    /// Says what a `KeysOnlyReader` reads on each shard.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{BatchFunction, KeysOnly, KeysOnlyReader, PatternGenerator}, py};
    ///
    /// /// Counts keys that each shard chooses.
    /// fn count(choose: impl PatternGenerator) -> BatchFunction<i64, KeysOnly> {
    ///     KeysOnlyReader::new("*").count().run().pattern_generator(choose)
    /// }
    ///
    /// let own = count(py!("lambda: ('jobs:{%s}:*' % hashtag(), False)"));
    /// assert!(own.script()?.source().contains("hashtag()"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[diagnostic::on_unimplemented(
        message = "a pattern generator is a Python function without parameters that returns a pattern and whether it is a key",
        label = "write it like `py!(\"lambda: ('jobs:*', False)\")`",
        note = "`{Self}` is none"
    )]
    PatternGenerator(0);
}

/// Called with the arguments of a command, however many, for `apply`.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{Callee, CommandReader, Commands, EventFunction}, py};
///
/// /// Lets clients call a function under a name in a namespace.
/// fn publish<F: Callee>(name: &str, function: F) -> EventFunction<F::Output, Commands> {
///     CommandReader::new().apply(function).register_trigger(format!("shop.{name}"))
/// }
///
/// let price = publish("price", py!("lambda item, count=1: float(cmd.get(item)) * int(count)"));
/// assert!(price.script()?.source().contains("trigger='shop.price'"));
/// # Ok::<(), gears_runtime::Error>(())
/// ```
pub trait Callee: Python {}

impl<A, U> Callee for PyFn<A, U> {}
impl<A, U> Callee for &PyFn<A, U> {}
impl Callee for RawPython {}

/// What an expander returns: something with elements.
///
/// # Examples
///
/// ```
/// use gears_runtime::{function::{Elements, GearFunction, KeysReader}, py};
///
/// let words = py!("str.split").returns::<Vec<String>>();
/// let words: GearFunction<String> = KeysReader::new("*").values().flat_map(words);
///
/// fn first<T: Elements + IntoIterator<Item = T::Element>>(all: T) -> Option<T::Element> {
///     all.into_iter().next()
/// }
/// assert_eq!(first(vec!["to", "be"]), Some("to"));
/// ```
#[diagnostic::on_unimplemented(
    message = "an expander returns a list of records, not `{Self}`",
    label = "declare a `Vec<…>`, or nothing"
)]
pub trait Elements {
    /// One of them.
    type Element;
}

impl<T> Elements for Vec<T> {
    type Element = T;
}

impl Elements for PyValue {
    type Element = PyValue;
}
