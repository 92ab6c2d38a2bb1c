//! What generated code calls, and nobody else: not public, outside semver.
//!
//! `lib.rs` re-exports it as `__private<PATCH>`; `gears-macros` emits the same
//! name. The expansion of
//!
//! ```text
//! pub fn cache_get(url: &str) -> Result<Vec<u8>> { r#"…"# }
//! ```
//!
//! is, with `P` for `::gears_runtime::__private0`, and within `::gears_runtime::__gears_stand_outside_of_impl_and_trait! { … }`:
//!
//! ```text
//! pub fn cache_get(url: &str) -> Result<Vec<u8>> {
//!     match P::callee(&cache_get::GEAR) {
//!         P::Callee::Server(gears) => cache_get::on(&gears).call(url),
//!         P::Callee::Mock(answer) => cache_get::Signature::answered(&answer, url),
//!         P::Callee::Nobody(error) => P::Outcome::from_result(P::Err(error)),
//!     }
//! }
//! pub mod cache_get {
//!     pub static GEAR: P::Gear = P::gear(P::GearParts {
//!         params: Bound::__PARAMS,
//!         returns: Bound::__RETURNS,
//!         …
//!     });
//!     pub struct On<'s>(pub(super) P::Way<'s>);   // derives Clone, Debug
//!     pub type Bound = On<'static>;
//!     pub fn on<'s>(server: impl P::ToServer<'s>) -> On<'s> { On(P::ToServer::into_way(server)) }
//!     pub fn register<'s>(server: impl P::ToServer<'s>) -> P::Result<P::Change, P::Error> {
//!         P::register_one(server, &GEAR)
//!     }
//! }
//! impl cache_get::On<'_> {
//!     #[doc(hidden)]
//!     pub const __PARAMS: &'static [P::Param] = {
//!         #[allow(unused_imports)]                // here and below: which one is used depends on the types
//!         use P::{JsonArgument as _, NotOptional as _};
//!         &[P::Param::new("url", P::Argument::<&str>::WIRE, P::Optional::<&str>::YES)]
//!     };
//!     #[doc(hidden)]
//!     pub const __RETURNS: P::Shape = {
//!         use P::JsonReturn as _;
//!         P::Returns::<<Result<Vec<u8>> as P::Outcome>::Value>::SHAPE
//!     };
//!     pub fn call(&self, url: &str) -> Result<Vec<u8>> {
//!         use P::{JsonArgument as _, JsonReturn as _};
//!         P::call(
//!             &self.0,
//!             &cache_get::GEAR,
//!             |__call| {
//!                 P::Argument::<&str>::encode(&url, __call)?;   // one line per parameter, in order
//!                 P::Ok(())
//!             },
//!             P::Returns::<<Result<Vec<u8>> as P::Outcome>::Value>::decode,
//!         )
//!     }
//! }
//! const _: () = {
//!     P::inventory::submit! { P::Submission(&cache_get::GEAR) }
//! };
//! ```
//!
//! The option `key` moves its argument to the front of those encoded, and so does `#[key]`. For `pipe` there is
//!
//! ```text
//! impl<'__gears> P::Piped<&'__gears str, Result<Vec<u8>>> for cache_get::Bound {
//!     fn gear() -> &'static P::Gear { &cache_get::GEAR }
//!     fn encode(url: &'__gears str, __call: &mut P::Call) -> P::Encoded { … }
//!     fn outcome(__reply: P::Replied) -> Result<Vec<u8>> { P::outcome(__reply, P::Returns::<…>::decode) }
//! }
//! ```
//!
//! For `mock`, a type that only the function and its module see has the types of the signature:
//!
//! ```text
//! pub mod cache_get {
//!     pub(super) struct Signature;
//!     pub fn mock<F>(answer: F) -> P::Mock
//!     where
//!         F: for<'g> Fn(<Signature as P::Parameter<0>>::Type<'g>) -> <Signature as P::Mocked>::Returns + …
//! }
//! impl P::Parameter<0> for cache_get::Signature { type Type<'g> = &'g str; }
//! impl P::Mocked for cache_get::Signature {
//!     type Returns = Result<Vec<u8>>;
//!     type Answer = dyn for<'g> Fn(&'g str) -> Result<Vec<u8>> + Send + Sync;
//! }
//! impl cache_get::Signature {
//!     fn answered(__answer: &P::Answer, url: &str) -> Result<Vec<u8>> {
//!         // encodes the arguments, calls the closure, and takes the result to the wire and back
//!     }
//! }
//! ```
//!
//! A gear that events or a command call is `pub mod on_order { pub static GEAR … }`, an
//! assertion about the type of its parameter, and the submission.
//!
//! An `async fn` has `P::AsyncWay` and `P::ToServerAsync` in these places. It says `::gears_runtime::__gears_async_is_off! {}` first (nothing, or
//! the message that the feature `aio` is missing) and ends in `P::call_async(&self.0, &cache_get::GEAR, move |__call| …, …).await`:
//! `move`, so that the future owns its arguments and is `Send` when they are.
//! A gear of mode `async` takes its value type from
//! `<<R as P::Outcome>::Value as P::EveryShard>::Item` and ends in
//! `P::Returns::<Item>::decode_each` instead of `decode`.
//!
//! **How the codec is chosen.** `Argument<T>` and `Returns<T>` have inherent
//! items for the types that travel naturally; the traits `JsonArgument` and
//! `JsonReturn` offer the same names for every type. An inherent item wins over
//! a trait's, and the compiler skips an inherent one whose bound does not hold,
//! so the type alone decides, whatever it is called. This works on concrete
//! types only, which is what signatures hold.

pub use core;
pub use core::clone::Clone;
pub use core::iter::IntoIterator;
pub use core::marker::{Send, Sync};
pub use core::option::Option::{self, None, Some};
pub use core::result::Result::{self, Err, Ok};
pub use inventory;
pub use std::boxed::Box;
pub use std::string::String;
pub use std::sync::OnceLock;
pub use std::vec::Vec;

#[cfg(not(feature = "aio"))]
pub use crate::connect::way::{ToServer as ToServerAsync, Way as AsyncWay};
#[cfg(feature = "aio")]
pub use crate::{
    call::driver::call_async,
    connect::way::asynchronous::{ToServer as ToServerAsync, Way as AsyncWay},
    register::binary::asynchronous::register_one_async,
};
pub use crate::{
    call::{
        bound::{Callee, callee},
        driver::call,
        mock::{
            Answer, JsonTravel, Mock, Mocked, NoTravel, Parameter, Travel, answered, encode, mock,
        },
        pipe::{
            chunk::{Encoded, Piped, Replied},
            outcome, pipe, pipe_async,
        },
    },
    connect::{
        gears::Gears,
        way::{ToServer, Way},
    },
    error::Error,
    function::{
        Between, Capturing, CodeParts, Exactly, Kind, PyFn, SerdeCapture, Unknown, captures,
    },
    gear::{
        cause::{
            Cause, Hook, KeyEvents, LibraryFunction, OnFailed, OnFull, OnRegistered, StreamEntries,
        },
        descriptor::{Gear, GearParts},
        mode::{Mode, Replace},
        record::{assert_arguments, assert_record},
        registry::Submission,
        shape::{Param, Returned, Shape, Wire},
    },
    register::{binary::register_one, report::Change},
    wire::{
        argument::{Argument, JsonArgument, NotOptional, Optional},
        call::Call,
        outcome::{EveryShard, Outcome},
        reply::Reply,
        returns::{JsonReturn, Returns},
    },
};

#[cfg(feature = "embedded")]
pub use crate::testing::case::{Case, Given};

/// What a gear returns that no Rust calls.
pub const NOTHING: Shape = Shape::new(Returned::Unit, true);

/// Returns the path of the module around another one.
pub const fn parent_path(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut end = bytes.len();
    while end > 1 {
        end -= 1;
        if bytes[end] == b':' {
            return path.split_at(end - 1).0;
        }
    }
    path
}

/// Returns the version of a crate, which only cargo knows.
pub const fn version(version: Option<&'static str>) -> &'static str {
    match version {
        Some(version) => version,
        None => "",
    }
}

/// Makes a descriptor.
pub const fn gear(parts: GearParts) -> Gear {
    Gear::from_parts(parts)
}

/// Stands in for the function of the feature `aio`, so that without it [`__gears_async_is_off`](crate::__gears_async_is_off)
/// is all that the compiler has to say.
#[cfg(not(feature = "aio"))]
pub async fn call_async<R: Outcome>(
    way: &Way<'_>,
    gear: &'static Gear,
    encode: impl FnOnce(&mut Call) -> crate::Result<()>,
    decode: impl FnOnce(Reply) -> crate::Result<R::Value>,
) -> R {
    call(way, gear, encode, decode)
}

/// Stands in for the function of the feature `aio`, as [`call_async`] does.
#[cfg(not(feature = "aio"))]
pub async fn register_one_async<'a>(
    server: impl ToServer<'a>,
    gear: &'static Gear,
) -> crate::Result<Change> {
    register_one(server, gear)
}

/// Expands to the items of a gear; in an `impl` or a `trait`, to one error of the compiler.
///
/// No macro can see what it stands in. But a module in an `impl` is refused as it is read, and falls away with its
/// attribute before that is expanded; anywhere else the attribute puts what it was given in the place of the module.
/// The compiler names this macro beside the error, so its name says what to do.
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_stand_outside_of_impl_and_trait {
    ($items:tt) => {
        #[$crate::__gear $items]
        mod __gear {}
    };
}

/// Refuses, where an `async fn` was annotated but the feature is off, with a message that says so.
#[cfg(not(feature = "aio"))]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_async_is_off {
    () => {
        ::core::compile_error!(
            "an `async fn` gear needs the feature `aio` of gears-runtime: add `features = [\"aio\"]`"
        );
    };
}

/// Expands to nothing: async gears are possible.
#[cfg(feature = "aio")]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_async_is_off {
    () => {};
}

/// Refuses a test with a server, where the feature is off that has one, with a message that says so.
#[cfg(not(feature = "embedded"))]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_test {
    ($($test:tt)*) => {
        ::core::compile_error!(
            "`#[gears_runtime::test]` needs the feature `embedded` of gears-runtime: add `features = [\"embedded\"]` under [dev-dependencies]"
        );
    };
}

/// Expands to the test: there can be a server.
#[cfg(feature = "embedded")]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_test {
    ($($test:tt)*) => { $($test)* };
}

/// Refuses an `async` test, where the feature is off that runs it.
#[cfg(not(feature = "aio"))]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_async_test {
    ($($test:tt)*) => {
        ::core::compile_error!(
            "`#[gears_runtime::test]` of an `async fn` needs the feature `aio` of gears-runtime: add `features = [\"aio\", \"embedded\"]` under [dev-dependencies]"
        );
    };
}

/// Expands to the test: it can be awaited.
#[cfg(feature = "aio")]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_async_test {
    ($($test:tt)*) => { $($test)* };
}

/// Refuses a test that runs gears locally, where the feature is off that does.
#[cfg(not(feature = "local"))]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_local_test {
    ($($test:tt)*) => {
        ::core::compile_error!(
            "`#[gears_runtime::test(local)]` needs the feature `local` of gears-runtime: add `features = [\"embedded\", \"local\"]` under [dev-dependencies]"
        );
    };
}

/// Expands to the test: there can be a Python of this machine.
#[cfg(feature = "local")]
#[macro_export]
#[doc(hidden)]
macro_rules! __gears_local_test {
    ($($test:tt)*) => { $($test)* };
}
