//! Python as a language of the server's own functions: `FUNCTION LOAD`, `FCALL` and `EVAL`.
//!
//! What is loaded, stored, replicated and called is the server's business; here source becomes
//! functions, and calls of them become answers.

mod answer;
mod asked;
mod call;
mod code;
mod grave;
mod language;
mod library;
mod load;
mod names;
mod natives;
mod poll;
mod reply;
mod source;
mod state;
mod tally;

pub(crate) use load::load;
pub(crate) use poll::look;
pub(crate) use state::{State, state};
pub(crate) use tally::counts;
