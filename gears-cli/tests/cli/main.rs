//! The command `gears`, as people and programs call it: the real binary against real servers.

mod check;
mod cluster;
mod completion;
mod configuration;
mod connection;
mod doctor;
mod dump;
mod execution;
mod help;
mod interrupt;
mod links;
mod listing;
mod misuse;
mod new;
mod output;
mod page;
mod picture;
mod progress;
mod requirements;
mod run;
mod serve;
mod tool;
mod top;
mod unregister;
mod versions;
mod watch;
