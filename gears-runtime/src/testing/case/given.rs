//! What the parameters of a test can be.

use super::Place;
use crate::{connect::gears::Gears, testing::embedded::Server};

/// A parameter of a test.
#[diagnostic::on_unimplemented(
    message = "a test cannot be given a `{Self}`",
    label = "the test has no such thing",
    note = "a test can take `&Gears` or `Gears`, `&redis::Client` or `redis::Client`, and `&embedded::Server`"
)]
pub trait Given<'a> {
    /// Takes it from what the test has.
    fn given(place: &'a Place) -> Self;
}

impl<'a> Given<'a> for &'a Gears {
    fn given(place: &'a Place) -> Self {
        &place.gears
    }
}

impl Given<'_> for Gears {
    fn given(place: &Place) -> Self {
        place.gears.clone()
    }
}

impl<'a> Given<'a> for &'a redis::Client {
    fn given(place: &'a Place) -> Self {
        &place.client
    }
}

impl Given<'_> for redis::Client {
    fn given(place: &Place) -> Self {
        place.client.clone()
    }
}

impl<'a> Given<'a> for &'a Server {
    fn given(place: &'a Place) -> Self {
        &place.server
    }
}
