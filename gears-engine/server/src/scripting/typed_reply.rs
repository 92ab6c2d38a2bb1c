//! Parts of replies that only the newer version of the protocol has; the server writes them by the
//! older one where a client speaks that.

use crate::Context;
use crate::reply::Part;

impl Context {
    /// Begins a map; a key and a value follow for each pair.
    pub fn reply_map(&self, pairs: usize) {
        self.of_the_server(&Part::Map(pairs));
    }

    /// Begins a set; so many parts follow.
    pub fn reply_set(&self, length: usize) {
        self.of_the_server(&Part::Set(length));
    }

    /// Sends a truth value.
    pub fn reply_bool(&self, truth: bool) {
        self.of_the_server(&Part::Bool(truth));
    }

    /// Sends the digits of a number of any length.
    pub fn reply_big_number(&self, digits: &str) {
        self.of_the_server(&Part::BigNumber(digits.as_bytes().to_vec()));
    }
}
