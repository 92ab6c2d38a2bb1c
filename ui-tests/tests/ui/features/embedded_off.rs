// The crate that these are compiled in has the feature `aio` alone.

use gears_runtime::embedded::Server;

fn main() {
    drop(Server::start());
    drop(gears_runtime::local::Server::start());
}
