//! gears-benches
