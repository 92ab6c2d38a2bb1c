//! What a connection can be kept of, for as long as somebody wants it.

use super::Sealed;
use crate::connect::gears::Gears;

/// Whatever a [`Gears`] can be made of, to be kept: what [`bind`](crate::bind) takes, and whatever goes on in
/// the background.
///
/// # Examples
///
/// ```
/// use gears_runtime::{Gears, ToGears, redis};
///
/// let client = redis::Client::open("redis://127.0.0.1/")?;
/// let gears: Gears = client.to_gears(); // nothing is sent before the first call
/// gears_runtime::bind(&gears);
/// gears_runtime::bind(&client);
/// # Ok::<(), redis::RedisError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept for later calls",
    label = "give a `&Gears` or a `&redis::Client` here",
    note = "a connection that is lent is gone after the call: `foo::on(&mut connection)` calls over it, \
            `register_all(&mut connection)` registers over it"
)]
pub trait ToGears: Sealed {
    /// Makes a connection to the same server, without connecting.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{ToGears, redis};
    ///
    /// let client = redis::Client::open("redis://10.0.0.1:7000/")?;
    /// let address = client.to_gears().client().get_connection_info().addr().to_string();
    /// assert_eq!(address, "10.0.0.1:7000");
    /// # Ok::<(), redis::RedisError>(())
    /// ```
    fn to_gears(&self) -> Gears;
}
