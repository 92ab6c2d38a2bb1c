//! The command `gears`, as people and programs call it: the real binary against real servers.

mod completion;
mod configuration;
mod connection;
mod dump;
mod execution;
mod help;
mod interrupt;
mod listing;
mod output;
mod page;
mod picture;
mod requirements;
mod run;
mod serve;
mod start;
mod tool;
mod unregister;
mod watch;
