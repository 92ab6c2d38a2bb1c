//! What the client takes over from RedGrease, beside the package itself.

mod form;
mod pickle;
