//! `gears watch`.

mod ending;
mod folders;
mod many;
mod older;
mod places;
mod redgrease;
mod reload;
mod requirements;
mod server;
mod sessionless;
mod settings;
mod watching;

use watching::{Watching, command};
