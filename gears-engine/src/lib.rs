//! gears-engine
