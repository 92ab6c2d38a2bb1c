//! gears-examples
