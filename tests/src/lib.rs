//! gears-tests
