//! gears-runtime
